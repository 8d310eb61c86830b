// Ties the parts together: one player, everything else listens to it.
const LANES = [
  { key: "flexion", name: "Lumbar flexion", height: 264, main: true },
  { key: "tilt", name: "Pelvic tilt", height: 104, sign: "+ anterior" },
  { key: "lean", name: "Trunk lean", height: 104, sign: "+ forward" },
  { key: "hip", name: "Hip flexion", height: 104, sign: "+ flexion" },
  { key: "knee", name: "Knee flexion", height: 104, sign: "+ flexion" },
  { key: "load", name: "Compression on L5/S1", height: 104, sign: "kN, one muscle", unit: "" },
  {
    key: "glute", name: "Gluteus maximus", height: 104, sign: "+ longer than standing", unit: "%",
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
  number.textContent = measured ? `${signed(size)}°` : "Not measurable";
  if (measured && Number.isFinite(sd)) {
    const spread = document.createElement("small");
    spread.textContent = `± ${Math.round(sd)}`;
    number.append(spread);
  }
  const gap = gapAt(index);
  const word = byId("now-word");
  const now = `Low back ${flexionWord(flexion, series.sd[index])}`;
  word.textContent = event ? event.words : measured ? now : gap ? gap.why : "";
  byId("now-change").textContent = event ? `In this frame ${signed(flexion)}° from ${raw.reference}` : "";
  byId("now-where").textContent = whereAt(t).words;
  const byHand = (raw.by_hand ?? []).some(([first, last]) => first <= index && index <= last);
  byId("clock").textContent = `${(t + raw.start_s).toFixed(2)} / ${(lastTime + raw.start_s).toFixed(1)} s${byHand ? ` · ${raw.by_hand_word}` : ""}`;
  const note = byId("why-not");
  if (player.video || !byId("video")) {
    note.hidden = measured;
    note.textContent = measured ? "" : `Not measurable: ${gap ? gap.why : "no angle in this frame"}`;
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
  byId("play").setAttribute("aria-label", player.playing ? "Pause" : "Play");
  byId("play").setAttribute("aria-pressed", String(player.playing));
});

function press(button) {
  const on = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(on));
  return on;
}

byId("play").addEventListener("click", () => player.toggle());
byId("near")?.addEventListener("click", (event) => byId("screen").classList.toggle("near", press(event.currentTarget)));
byId("screen").addEventListener("click", () => player.toggle());
byId("back").addEventListener("click", () => player.step(-1));
byId("forth").addEventListener("click", () => player.step(1));
byId("speed").addEventListener("click", () => {
  const next = { 1: 0.5, 0.5: 0.25, 0.25: 1 }[player.rate];
  player.setRate(next);
  byId("speed").textContent = { 1: "1×", 0.5: "½×", 0.25: "¼×" }[next];
  byId("speed").setAttribute("aria-label", `Speed ${next}`);
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
for (const button of document.querySelectorAll("[data-finding]")) {
  button.addEventListener("click", () => {
    player.pause();
    player.seek(findings[Number(button.dataset.finding)].peak);
    for (const other of document.querySelectorAll(".others [data-finding]")) {
      other.setAttribute("aria-pressed", String(other.dataset.finding === button.dataset.finding));
    }
    const box = byId("screen").getBoundingClientRect();
    const seen = Math.min(box.bottom, innerHeight) - Math.max(box.top, 0);
    if (seen < 0.7 * Math.min(box.height, innerHeight)) byId("player").scrollIntoView({ block: "start" });
  });
}

for (const button of document.querySelectorAll("[data-seek]")) {
  button.addEventListener("click", () => { player.pause(); player.seek(shift(Number(button.dataset.seek))); });
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
