// The back line and the hip, drawn by hand on the frame that is shown: points to drag over the picture.
// Neck, thorax, T12, three between, S1, buttock, fold under it: places on the page's line.
const middleOf = (a, b, share) => a + (b - a) * share;
const handAt = lines ? [0, lines.t12 / 2, ...[0, 0.25, 0.5, 0.75].map((k) => middleOf(lines.t12, lines.s1, k)),
  lines.s1, middleOf(lines.s1, lines.points - 1, 0.5), lines.points - 1] : [];
const HANDS = handAt.length;
const HAND_ZOOM = 2.4;
const hand = { box: null, bar: null, places: [], hip: null, index: -1 };
const handable = lines && !lines.limbs && layers;

/** The line of this frame, or of the nearest that has one. */
function lineNear(index) {
  const whole = (i) => i >= 0 && i < time.length && Number.isFinite(lines.back[i * lines.points * 2]);
  for (let away = 0; away < time.length; away += 1) {
    if (whole(index - away)) return index - away;
    if (whole(index + away)) return index + away;
  }
  return -1;
}

function hipOf(index) {
  const joint = more.side === "right" ? 9 : 8;
  const at = (index * layers.joints + joint) * 2;
  return [layers.skeleton[at], layers.skeleton[at + 1]];
}

function handPath() {
  return hand.places.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
}

function showHand() {
  hand.line.setAttribute("d", handPath());
  for (const [i, knob] of [...hand.box.querySelectorAll("[data-hand]")].entries()) {
    const [x, y] = i < HANDS ? hand.places[i] : hand.hip;
    knob.setAttribute("cx", x.toFixed(1));
    knob.setAttribute("cy", y.toFixed(1));
  }
}

function moveHand(i, x, y) {
  const [w, h] = lines.size;
  const place = [Math.min(w, Math.max(0, x)), Math.min(h, Math.max(0, y))];
  if (i < HANDS) hand.places[i] = place; else hand.hip = place;
  showHand();
}

/** Where a pointer is in the picture that lies under an overlay, pixels of the picture. */
function inPicture(box, event) {
  const at = box.getBoundingClientRect();
  const [w, h] = lines.size;
  const scale = Math.min(at.width / w, at.height / h);
  return [(event.clientX - at.left - (at.width - w * scale) / 2) / scale,
    (event.clientY - at.top - (at.height - h * scale) / 2) / scale];
}

/** An empty overlay over the picture, for points that are dragged. */
function overlay(label) {
  const box = svg("svg", { class: "hand-box", viewBox: `0 0 ${lines.size[0]} ${lines.size[1]}`, role: "group", "aria-label": label });
  box.addEventListener("click", (event) => event.stopPropagation());
  byId("film").append(box);
  return box;
}

/** A point that is dragged, or moved with the arrow keys; `get` and `set` know its place. */
function dragged(box, attributes, get, set) {
  const knob = svg("circle", { tabindex: 0, role: "button", ...attributes });
  knob.addEventListener("pointerdown", (event) => { knob.setPointerCapture(event.pointerId); event.preventDefault(); knob.focus(); });
  knob.addEventListener("pointermove", (event) => { if (knob.hasPointerCapture(event.pointerId)) set(...inPicture(box, event)); });
  knob.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const [x, y] = get();
    const far = event.shiftKey ? 5 : 1;
    set(x + by[0] * far, y + by[1] * far);
  });
  return knob;
}

function knobOf(i, label) {
  const unit = Math.max(...lines.size) / 165 / HAND_ZOOM * 1.4;
  return dragged(hand.box, {
    r: (i < HANDS ? 2.1 : 3) * unit, class: i < HANDS ? "knob" : "knob hip",
    "aria-label": label, "data-hand": i, "stroke-width": 0.8 * unit,
  }, () => (i < HANDS ? hand.places[i] : hand.hip), (x, y) => moveHand(i, x, y));
}

/** Brings the back near, so that the points lie apart; 1 shows the whole picture again. */
function nearHand(scale) {
  const [w, h] = lines.size;
  const [x, y] = hand.places[4];
  for (const part of byId("screen").querySelectorAll("video, canvas, .hand-box")) {
    part.style.transformOrigin = `${((x / w) * 100).toFixed(1)}% ${((y / h) * 100).toFixed(1)}%`;
    part.style.transform = scale === 1 ? "" : `scale(${scale})`;
  }
}

function closeHand() {
  if (hand.box) nearHand(1);
  hand.box?.remove();
  hand.bar?.remove();
  hand.box = hand.bar = null;
  handButton?.setAttribute("aria-pressed", "false");
}

function openHand() {
  player.pause();
  while (zoom) zoomButton.click();
  const index = player.index;
  const from = lineNear(index);
  const hip = hipOf(index);
  hand.bar = Object.assign(document.createElement("div"), { className: "hand-bar acts" });
  hand.bar.append(said(from < 0 || !Number.isFinite(hip[0]) ? texts.hand_none : texts.hand_text));
  byId("screen").after(hand.bar);
  handButton.setAttribute("aria-pressed", "true");
  hand.index = index;
  if (from >= 0 && Number.isFinite(hip[0])) {
    const there = hipOf(from);
    const shiftBy = Number.isFinite(there[0]) ? [hip[0] - there[0], hip[1] - there[1]] : [0, 0];
    hand.places = handAt.map((place) => {
      const low = Math.min(Math.floor(place), lines.points - 2);
      const at = (from * lines.points + low) * 2;
      return [0, 1].map((k) => middleOf(lines.back[at + k], lines.back[at + 2 + k], place - low) + shiftBy[k]);
    });
    hand.hip = hip;
    hand.box = overlay(texts.hand);
    hand.line = svg("path", { class: "hand-line", "stroke-width": Math.max(...lines.size) / 220 / HAND_ZOOM });
    hand.box.append(hand.line);
    for (let i = 0; i < HANDS; i += 1) hand.box.append(knobOf(i, texts.hand_point.replace("{number}", i + 1).replace("{count}", HANDS)));
    hand.box.append(knobOf(HANDS, texts.hand_hip));
    showHand();
    nearHand(HAND_ZOOM);
    hand.bar.append(small(texts.hand_use, (event) => sendHand(event, true)), small(texts.hand_out, (event) => sendHand(event, false)));
  }
  if (more.drawn.length) hand.bar.append(small(texts.hand_clear, (event) => ask("hand", { clear: true }, event.currentTarget)));
  hand.bar.append(small(texts.hand_close, closeHand));
}

async function sendHand(event, drawn) {
  const [w, h] = lines.size;
  const share = ([x, y]) => [x / w, y / h];
  const body = {
    time_s: time[hand.index] + raw.start_s,
    handles: drawn ? hand.places.map(share) : null, hip: drawn ? share(hand.hip) : null,
  };
  if (await ask("hand", body, event.currentTarget)) hand.box.classList.add("sent");
}

let handButton = null;
if (handable) {
  handButton = small(texts.hand, () => (hand.bar ? closeHand() : openHand()));
  handButton.id = "hand";
  handButton.setAttribute("aria-pressed", "false");
  document.querySelector("#player .layers").append(handButton);
  player.onChange((index) => { if (hand.bar && index !== hand.index) closeHand(); });
}
document.documentElement.dataset.hand = "ready";
