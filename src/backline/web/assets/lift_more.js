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
