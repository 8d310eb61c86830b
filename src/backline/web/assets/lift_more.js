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
  button.textContent = zoom ? `${texts.zoom} ${zooms[zoom]}×` : texts.zoom;
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

async function ask(act, body) {
  const answer = await fetch(`/api/lifts/${more.id}/${act}`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
  }).catch(() => null);
  if (answer?.ok) { location.reload(); return; }
  const said = answer ? (await answer.json()).error : texts.offline;
  document.dispatchEvent(new CustomEvent("backline-say", { detail: said }));
}

function small(word, act) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "button", textContent: word });
  if (act) button.addEventListener("click", act);
  return button;
}

/** What one thinks of a finding, and what can be done with it. */
function judging(card, finding, number) {
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
    const note = document.createElement("p");
    note.className = "note";
    note.textContent = judged.verdict === "accepted" ? texts.accepted
      : texts.rejected_note.replace("{reason}", judged.reason || "-");
    card.classList.add(judged.verdict);
    box.append(small(texts.take_back, () => ask("judge", { finding: finding.key, verdict: "" })), note);
  } else {
    const reason = document.createElement("input");
    Object.assign(reason, { maxLength: 300, placeholder: texts.reason, hidden: true });
    reason.setAttribute("aria-label", texts.reason);
    const reject = small(texts.reject, () => {
      if (reason.hidden) { reason.hidden = false; reason.focus(); return; }
      ask("judge", { finding: finding.key, verdict: "rejected", reason: reason.value });
    });
    reason.addEventListener("keydown", (event) => { if (event.key === "Enter") reject.click(); });
    box.append(small(texts.accept, () => ask("judge", { finding: finding.key, verdict: "accepted" })), reject, reason);
  }
  card.querySelector(".card-text").append(box);
}
document.querySelectorAll(".cards .card").forEach((card, i) => judging(card, more.findings[i], i));

for (const button of document.querySelectorAll("[data-take]")) {
  button.addEventListener("click", () => {
    byId(button.dataset.take).value = (player.time + raw.start_s).toFixed(2);
  });
}
byId("correct")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  const pair = (name) => {
    const ends = ["from", "to"].map((end) => String(form.get(`${name}-${end}`)).replace(",", ".").trim());
    return ends.every((end) => end === "") ? null : ends.map(Number);
  };
  const told = Object.fromEntries([...byId("told").querySelectorAll("input, select")].map((one) => [one.name, one.value]));
  const body = { span: pair("span"), lift: form.get("lift"), side: form.get("side"), told };
  const standingNow = pair("standing");
  const shown = standing ? standing.map((t) => (t + raw.start_s).toFixed(2)) : null;
  if (!shown || !standingNow || standingNow.some((t, i) => t.toFixed(2) !== shown[i])) body.standing = standingNow;
  ask("again", body);
});

/** All reps on the common phase axis, one line each; the worst one is strong. */
function drawOverlaid() {
  const root = byId("overlaid");
  const { width, height } = root.getBoundingClientRect();
  if (width < 80 || !reps.length) return;
  const axis = commonAxis();
  root.setAttribute("viewBox", `0 0 ${width} ${height}`);
  root.replaceChildren();
  const all = [...series.flexion].filter(Number.isFinite);
  const [low, high] = [Math.min(-6, ...all), Math.max(10, ...all)];
  const x = (share) => 34 + share * (width - 40);
  const y = (v) => 8 + ((high - v) / (high - low)) * (height - 32);
  for (const [name, [from, to]] of Object.entries(axis)) {
    root.append(svg("rect", { x: x(from), width: x(to) - x(from), y: 6, height: height - 28, fill: PHASE_FILL[name] ?? "none" }));
    root.append(svg("text", { x: (x(from) + x(to)) / 2, y: height - 6, "text-anchor": "middle" }, name));
  }
  for (const v of ticks(low, high, 5, [5, 10, 20, 30])) {
    root.append(svg("line", { x1: x(0), x2: x(1), y1: y(v), y2: y(v), class: Math.abs(v) < 1e-9 ? "zero" : "grid" }));
    root.append(svg("text", { x: 28, y: y(v) + 4, "text-anchor": "end" }, `${signed(v)}°`));
  }
  reps.forEach((rep, n) => {
    let d = "";
    for (const phase of rep.phases) {
      const [from, to] = axis[phase.name] ?? [0, 0];
      for (let i = frameAt(phase.start); i <= frameAt(phase.end); i += 1) {
        const v = series.flexion[i];
        const share = (time[i] - phase.start) / (phase.end - phase.start || 1);
        if (!Number.isFinite(v) || share < 0 || share > 1) continue;
        d += `${d ? "L" : "M"}${x(from + share * (to - from)).toFixed(1)} ${y(v).toFixed(1)}`;
      }
    }
    const line = svg("path", { d, class: "lane", "stroke-dasharray": ["", "7 4", "2 4", "10 3 2 3"][n % 4] });
    line.append(svg("title", {}, `Rep ${rep.index}`));
    const strong = findings.some((f) => f.rep === rep.index);
    line.style.stroke = strong ? "var(--rounded)" : "var(--soft)";
    root.append(line);
  });
}
if (byId("overlaid")) new ResizeObserver(drawOverlaid).observe(byId("overlaid"));

addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.target.closest?.("input, select, textarea, button, a, summary")) return;
  if (/^[1-9]$/.test(event.key) && findings[event.key - 1]) {
    player.pause();
    player.seek(findings[event.key - 1].peak);
  }
  if (event.key === "l" || event.key === "L") {
    const near = findings.filter((f) => Number.isFinite(f.peak))
      .sort((a, b) => Math.abs(a.peak - player.time) - Math.abs(b.peak - player.time))[0];
    if (near) setLoop(near);
  }
  if (event.key === "z" || event.key === "Z") zoomButton.click();
});
document.documentElement.dataset.player = "ready";
