// The clip trimmed on its curve: two handles, dragged or moved by the arrow keys.
const TRIM_LEAST_S = 1;
const trim = { box: null, bar: null, ends: [0, 0] };
const trimFields = ["from", "to"].map((end) => byId(`trim-${end}`));
const trimButton = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: texts.trim });
trimButton.setAttribute("aria-pressed", "false");

/** Puts handles and shades where the stretch ends, and its times into the fields. */
function showTrim() {
  const chart = charts.get("flexion");
  const [from, to] = trim.ends.map((t) => chart.x(t));
  const [before, after] = trim.box.querySelectorAll(".trim-out");
  before.style.cssText = `left:${chart.left}px;width:${Math.max(0, from - chart.left)}px`;
  after.style.cssText = `left:${to}px;width:${Math.max(0, chart.width - chart.right - to)}px`;
  trim.box.style.height = `${chart.height}px`;
  for (const [i, knob] of trim.box.querySelectorAll(".trim-end").entries()) {
    const t = trim.ends[i] + raw.start_s;
    knob.style.left = `${[from, to][i]}px`;
    knob.setAttribute("aria-valuenow", t.toFixed(2));
    knob.setAttribute("aria-valuetext", `${fixed(t, 2)} s`);
    trimFields[i].value = t.toFixed(2);
  }
}

function moveTrim(i, t) {
  const [low, high] = i ? [trim.ends[0] + TRIM_LEAST_S, lastTime] : [0, trim.ends[1] - TRIM_LEAST_S];
  trim.ends[i] = Math.min(high, Math.max(low, t));
  player.pause();
  player.seek(trim.ends[i]);
  showTrim();
}

function trimKnob(i) {
  const knob = Object.assign(document.createElement("button"), { type: "button", className: "trim-end" });
  for (const [name, value] of Object.entries({ role: "slider", "aria-label": i ? texts.trim_end : texts.trim_start,
    "aria-valuemin": raw.start_s.toFixed(2), "aria-valuemax": (lastTime + raw.start_s).toFixed(2) })) knob.setAttribute(name, value);
  knob.addEventListener("pointerdown", (event) => { knob.setPointerCapture(event.pointerId); });
  knob.addEventListener("pointermove", (event) => {
    if (!knob.hasPointerCapture(event.pointerId)) return;
    moveTrim(i, charts.get("flexion").timeAt(event.clientX - trim.box.getBoundingClientRect().left));
  });
  knob.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (!way) return;
    event.preventDefault();
    event.stopPropagation(); // the player steps by these keys
    moveTrim(i, trim.ends[i] + way * (event.shiftKey ? 1 : 0.1));
  });
  return knob;
}

function openTrim() {
  document.querySelector("[data-span='0']")?.click();
  trim.ends = [0, lastTime];
  trim.box = Object.assign(document.createElement("div"), { className: "trim-box" });
  for (let i = 0; i < 2; i += 1) trim.box.append(Object.assign(document.createElement("div"), { className: "trim-out" }));
  trim.box.append(trimKnob(0), trimKnob(1));
  byId("lanes").append(trim.box);
  trim.bar = Object.assign(document.createElement("p"), { className: "acts trim-bar" });
  const use = Object.assign(document.createElement("button"), { type: "button", className: "button main", textContent: texts.trim_use });
  use.addEventListener("click", () => ask("again", { trim: trimFields.map((one) => Number(one.value)) }, use));
  trim.bar.append(use, Object.assign(document.createElement("span"), { className: "note", textContent: texts.trim_text }));
  byId("lanes").after(trim.bar);
  showTrim();
}

function closeTrim() {
  trim.box.remove();
  trim.bar.remove();
  trim.box = null;
  for (const one of trimFields) one.value = one.dataset.was;
}

if (trimFields.every(Boolean) && time.length) {
  document.querySelector(".curve .head").append(trimButton);
  trimButton.addEventListener("click", () => (press(trimButton) ? openTrim() : closeTrim()));
  new ResizeObserver(() => { if (trim.box) showTrim(); }).observe(byId("lanes"));
}
