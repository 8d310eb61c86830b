// Ties the parts together: one player, everything else listens to it.
const LANES = [
  { key: "flexion", name: say("lane_flexion"), height: 264, main: true },
  { key: "tilt", name: say("lane_tilt"), height: 104, sign: say("sign_tilt") },
  { key: "lean", name: say("lane_lean"), height: 104, sign: say("sign_lean") },
  { key: "hip", name: say("lane_hip"), height: 104, sign: say("sign_joint") },
  { key: "knee", name: say("lane_knee"), height: 104, sign: say("sign_joint") },
  { key: "load", name: say("lane_load"), height: 104, sign: say("sign_load"), unit: "" },
  {
    key: "glute", name: say("lane_glute"), height: 104, sign: say("sign_glute"), unit: "%",
  },
];
const player = new Player(byId("video"));
const picture = new Picture(byId("canvas"), player.video);
const shapes = new Shapes(byId("shapes"));
const charts = new Map();
let span = [0, lastTime || 1];

function addChart(key) {
  const lane = LANES.find((one) => one.key === key);
  const chart = new Chart(byId("lanes"), lane, player);
  chart.span = span;
  charts.set(key, chart);
}

function showNow(index, t) {
  const flexion = series.flexion[index];
  const number = byId("now-number");
  const measured = Number.isFinite(flexion);
  number.classList.toggle("none", !measured);
  const event = measured ? eventAt(t) : null;
  const size = event ? event.signed : flexion;
  const sd = event ? event.sd : series.sd[index];
  number.textContent = measured ? `${signed(size)}°` : say("not_measurable");
  if (measured && Number.isFinite(sd)) {
    const spread = document.createElement("small");
    spread.textContent = `± ${Math.round(Math.max(sd, 1))}`;
    number.append(spread);
  }
  const gap = gapAt(index);
  const word = byId("now-word");
  const now = say("low_back", { word: flexionWord(flexion, series.sd[index]) });
  word.textContent = event ? event.words : measured ? now : gap ? gap.why : "";
  byId("now-change").textContent = event ? say("in_frame", { angle: signed(flexion), reference: raw.reference }) : "";
  byId("now-where").textContent = whereAt(t).words;
  const byHand = (raw.by_hand ?? []).some(([first, last]) => first <= index && index <= last);
  byId("clock").textContent = `${fixed(t + raw.start_s, 2)} / ${fixed(lastTime + raw.start_s, 1)} s${byHand ? ` · ${say("by_hand")}` : ""}`;
  const note = byId("why-not");
  if (player.video || !byId("video")) {
    note.hidden = measured;
    note.textContent = measured ? "" : say("not_measurable_why", { why: gap ? gap.why : say("no_angle") });
  }
}

const PAUSE = "M4 2.2h3v11.6H4zM9 2.2h3v11.6H9z";
const playIcon = byId("play").querySelector("path");
const PLAY = playIcon.getAttribute("d");

player.onChange((index, t) => {
  picture.draw(index);
  shapes.show(index);
  for (const chart of charts.values()) chart.show(index);
  showNow(index, t);
  playIcon.setAttribute("d", player.playing ? PAUSE : PLAY);
  byId("play").setAttribute("aria-label", say(player.playing ? "pause" : "play"));
  byId("play").setAttribute("aria-pressed", String(player.playing));
});

function press(button) {
  const on = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(on));
  return on;
}

byId("play").addEventListener("click", () => player.toggle());
byId("close-view")?.addEventListener("click", (event) => byId("screen").classList.toggle("close-view", press(event.currentTarget)));
byId("screen").addEventListener("click", () => player.toggle());
byId("back").addEventListener("click", () => player.step(-1));
byId("forth").addEventListener("click", () => player.step(1));
byId("speed").addEventListener("click", () => {
  const next = { 1: 0.5, 0.5: 0.25, 0.25: 1 }[player.rate];
  player.setRate(next);
  byId("speed").textContent = { 1: "1×", 0.5: "½×", 0.25: "¼×" }[next];
  byId("speed").setAttribute("aria-label", say("speed", { speed: next }));
});
for (const button of document.querySelectorAll("[data-layer]")) {
  button.addEventListener("click", () => picture.setLayer(button.dataset.layer, press(button)));
}
for (const button of document.querySelectorAll("[data-lane]")) {
  button.addEventListener("click", () => {
    const { lane } = button.dataset;
    if (press(button)) { addChart(lane); return; }
    charts.get(lane).root.remove();
    charts.delete(lane);
  });
}
for (const button of document.querySelectorAll("[data-span]")) {
  button.addEventListener("click", () => {
    for (const other of document.querySelectorAll("[data-span]")) {
      other.setAttribute("aria-pressed", String(other === button));
    }
    const rep = reps.find((one) => one.index === Number(button.dataset.span));
    span = rep ? [Math.max(0, rep.start - 0.3), Math.min(lastTime, rep.end + 0.3)] : [0, lastTime || 1];
    for (const chart of charts.values()) chart.zoom(span);
    if (rep && (player.time < rep.start || player.time > rep.end)) player.seek(rep.start);
  });
}
/** Scrolls to the picture where most of it is out of sight. */
function bringPlayer() {
  const box = byId("screen").getBoundingClientRect();
  const seen = Math.min(box.bottom, innerHeight) - Math.max(box.top, 0);
  if (seen < 0.7 * Math.min(box.height, innerHeight)) byId("player").scrollIntoView({ block: "start" });
}

for (const button of document.querySelectorAll("[data-finding]")) {
  button.addEventListener("click", () => {
    player.pause();
    player.seek(findings[Number(button.dataset.finding)].peak);
    for (const other of document.querySelectorAll(".others [data-finding]")) {
      other.setAttribute("aria-pressed", String(other.dataset.finding === button.dataset.finding));
    }
    bringPlayer();
  });
}

for (const button of document.querySelectorAll("[data-seek]")) {
  button.addEventListener("click", () => {
    player.pause();
    player.seek(shift(Number(button.dataset.seek)));
    bringPlayer();
  });
}

/** Space plays, arrows step; a focused button keeps the space bar, a field all keys for itself. */
addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.target.closest && event.target.closest("input, select, textarea")) return;
  const onButton = event.target.closest && event.target.closest("button, a, summary");
  const numbered = /^[1-9]$/.test(event.key) ? findings[event.key - 1] : null;
  if (numbered && !onButton) { player.pause(); player.seek(numbered.peak); return; }
  const act = {
    " ": () => player.toggle(),
    ArrowLeft: () => player.step(event.shiftKey ? -10 : -1),
    ArrowRight: () => player.step(event.shiftKey ? 10 : 1),
    Home: () => player.seek(0),
    End: () => player.seek(lastTime),
  }[event.key];
  const onChart = event.target.closest && event.target.closest(".chart");
  if (!act || (event.key === " " && onButton)) return;
  if ((event.key === "Home" || event.key === "End") && !onChart) return;
  event.preventDefault();
  act();
});

const stops = raw.colours.stops.map(([v]) => v);
const along = (v) => ((v - stops[0]) / (stops[stops.length - 1] - stops[0])) * 100;
byId("scale-bar").style.background = `linear-gradient(90deg, ${stops
  .map((v) => `${colour(v)} ${along(v).toFixed(1)}%`).join(", ")})`;
addChart("flexion");
new MutationObserver(() => picture.draw(player.index))
  .observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
player.tell();
if (Number.isFinite(raw.open_s)) player.seek(shift(raw.open_s));
