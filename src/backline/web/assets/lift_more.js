// Tools of the app around the report's player: loop, zoom, judgements, corrections, overlaid reps.
let loop = null;

function tool(word, key, act) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "button", textContent: word, title: key });
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => act(button));
  byId("speed").after(button);
  return button;
}

const zooms = [1, 1.6, 2.4];
let zoom = 0;
function showZoom() {
  const to = zooms[zoom];
  const [w, h] = lines ? lines.size : [1, 1];
  const at = (player.index * (lines ? lines.points : 0) + (lines ? lines.s1 : 0)) * 2;
  const [x, y] = lines ? [lines.back[at] / w, lines.back[at + 1] / h] : [0.5, 0.5];
  const place = Number.isFinite(x) && Number.isFinite(y) ? [x, y] : [0.5, 0.5];
  for (const part of byId("screen").querySelectorAll("video, canvas")) {
    part.style.transformOrigin = `${(place[0] * 100).toFixed(1)}% ${(place[1] * 100).toFixed(1)}%`;
    part.style.transform = to === 1 ? "" : `scale(${to})`;
  }
}
const zoomButton = tool(texts.zoom, "Z", (button) => {
  zoom = (zoom + 1) % zooms.length;
  button.setAttribute("aria-pressed", String(zoom > 0));
  button.textContent = zoom ? `${texts.zoom} ${String(zooms[zoom]).replace(".", raw.texts.decimal)}×` : texts.zoom;
  showZoom();
});

function setLoop(finding) {
  loop = finding && loop?.finding === finding ? null : finding && {
    finding, from: Math.max(0, finding.start - 0.25), to: Math.min(lastTime, finding.end + 0.25),
  };
  for (const button of document.querySelectorAll("[data-loop]")) {
    const on = loop !== null && findings[Number(button.dataset.loop)] === loop.finding;
    button.setAttribute("aria-pressed", String(on));
    button.textContent = on ? texts.loop_stop : texts.loop;
  }
  if (!loop) return;
  player.seek(loop.from);
  if (!player.playing) player.play();
}
player.onChange((_, t) => {
  if (loop && player.playing && (t > loop.to || t < loop.from - 0.1)) player.seek(loop.from);
  if (zoom) showZoom();
});
byId("video")?.addEventListener("ended", () => {
  if (loop) { player.seek(loop.from); player.play(); }
});

function said(words) {
  return Object.assign(document.createElement("p"), { className: "note", textContent: words });
}

/** Tells the server at once, beside the button; a rejection shows everywhere before it is worked out. */
function judge(event, key, verdict, reason = "") {
  return ask("judge", { finding: key, verdict, reason }, event.currentTarget, verdict === "accepted" ? texts.accepted : !verdict && more.judged[key] ? texts.taken_back : "");
}

function markRejected(number) {
  for (const one of document.querySelectorAll(`[data-finding="${number}"]`)) one.classList.add("rejected");
  document.querySelectorAll(".cards .card")[number]?.classList.add("rejected");
  document.querySelector("h1").classList.add("stale");
}

function small(word, act) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "button", textContent: word });
  if (act) button.addEventListener("click", act);
  return button;
}

/** What one thinks of a finding, and what can be done with it. */
function judging(place, card, finding, number) {
  const box = document.createElement("div");
  box.className = "judge";
  const looping = small(texts.loop, () => setLoop(findings[number]));
  looping.dataset.loop = number;
  looping.setAttribute("aria-pressed", "false");
  const link = document.createElement("a");
  link.className = "button";
  link.textContent = texts.what_if;
  const numbers = {
    tuck: Math.round(finding.size_deg), lean: Math.round(finding.lean_deg), load: more.load_kg,
    mass: more.body_mass_kg, height: more.height_cm, place: more.lift === "deadlift" ? "hands" : "high_bar",
  };
  link.href = `/what-if?${new URLSearchParams(numbers)}`;
  box.append(looping, link);
  const judged = more.judged[finding.key];
  if (judged) {
    card.classList.add(judged.verdict);
    box.append(small(texts.take_back, (event) => judge(event, finding.key, "")), said(texts.accepted));
  } else {
    const reason = document.createElement("input");
    Object.assign(reason, { maxLength: 300, placeholder: texts.reason, hidden: true });
    reason.setAttribute("aria-label", texts.reason);
    const reject = small(texts.reject, async (event) => {
      if (reason.hidden) { reason.hidden = false; reason.focus(); return; }
      if (await judge(event, finding.key, "rejected", reason.value)) markRejected(number);
    });
    reason.addEventListener("keydown", (event) => { if (event.key === "Enter") reject.click(); });
    const accept = small(texts.accept, async (event) => {
      if (await judge(event, finding.key, "accepted")) card.classList.add("accepted");
    });
    box.append(accept, reject, reason);
  }
  place.append(box);
}
const cardsOfFindings = [...document.querySelectorAll(".cards .card")];
cardsOfFindings.forEach((card, i) => judging(card.querySelector(".card-text"), card, more.findings[i], i));
// The finding that the page opens on is judged where it is read first.
const lead = findings.findIndex((f) => Math.abs(f.peak - shift(raw.open_s)) < 1e-6);
if (lead >= 0 && document.querySelector(".size")) judging(document.querySelector(".size"), cardsOfFindings[lead], more.findings[lead], lead);

/** What was rejected is no finding any more; it is listed, and can be taken back. */
for (const one of more.rejected) {
  const row = said(texts.rejected_one.replace("{what}", one.words).replace("{reason}", one.reason || "–"));
  row.className = "note rejected-row";
  row.append(" ", small(texts.take_back, (event) => judge(event, one.key, "")));
  document.querySelector(".verdict").append(row);
}

addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.target.closest?.("input, select, textarea, button, a, summary")) return;
  if (event.key === "l" || event.key === "L") {
    const near = findings.filter((f) => Number.isFinite(f.peak))
      .sort((a, b) => Math.abs(a.peak - player.time) - Math.abs(b.peak - player.time))[0];
    if (near) setLoop(near);
  }
  if (event.key === "z" || event.key === "Z") zoomButton.click();
});
document.documentElement.dataset.player = "ready";
