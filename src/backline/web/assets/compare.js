// Two lifts on one phase axis: one slider moves both, phase by phase.
const $ = (id) => document.getElementById(id);
while (!$("through")) await new Promise((done) => setTimeout(done, 20));
const told = JSON.parse($("pair").textContent);
const loaded = await Promise.all(told.map(async (one) => (await fetch(one.view)).json()));
const sides = ["a", "b"].map((key, n) => {
  const video = $(`video-${key}`);
  const parts = lift(loaded[n].data, video);
  const player = new parts.Player(null);
  if (video) video.src = video.dataset.src;
  const picture = parts.lines ? new parts.Picture($(`canvas-${key}`), video) : null;
  if (picture && parts.lines.limbs === null) picture.layers.ghost = false;
  const side = { key, video, parts, player, picture, index: 0, rep: null };
  if (video && picture) {
    const [w, h] = parts.lines.size;
    $(`screen-${key}`).style.aspectRatio = `${w} / ${h}`;
  }
  video?.addEventListener("seeked", () => { side.busy = false; if (side.wanted !== undefined) seek(side, side.wanted); });
  return side;
});

function seek(side, t) {
  side.wanted = undefined;
  if (!side.video) return;
  if (side.busy) { side.wanted = t; return; }
  side.busy = true;
  side.video.currentTime = t;
}

/** Phases that both reps have, each with the mean of its two lengths as its width. */
function axisOf() {
  const [a, b] = sides.map((side) => side.rep?.phases ?? []);
  const shared = a.filter((p) => b.some((q) => q.name === p.name)).map((p) => p.name);
  const wide = shared.map((name) => [a, b].reduce((sum, list) => {
    const p = list.find((one) => one.name === name);
    return sum + (p.end - p.start) / 2;
  }, 0));
  const whole = wide.reduce((x, y) => x + y, 0) || 1;
  let at = 0;
  return shared.map((name, i) => {
    const span = { name, from: at, to: at + wide[i] / whole };
    at = span.to;
    return span;
  });
}

function timeAt(side, share) {
  const span = axis.find((one) => share <= one.to) ?? axis[axis.length - 1];
  if (!span) return side.rep?.start ?? 0;
  const phase = side.rep.phases.find((one) => one.name === span.name);
  return phase.start + ((share - span.from) / (span.to - span.from || 1)) * (phase.end - phase.start);
}

const SVG_NAME = document.querySelector("svg").namespaceURI;
function draw(name, attributes, text) {
  const element = document.createElementNS(SVG_NAME, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

const STEPS = 200;
const value = (side, key, share) => side.parts.series[key][side.parts.frameAt(timeAt(side, share))];

function chart(root, lines, band) {
  const { width, height } = root.getBoundingClientRect();
  if (width < 80) return;
  root.setAttribute("viewBox", `0 0 ${width} ${height}`);
  root.replaceChildren();
  const shares = Array.from({ length: STEPS + 1 }, (_, i) => i / STEPS);
  const values = lines.flatMap((line) => shares.map(line.at)).filter(Number.isFinite);
  if (band) values.push(...shares.flatMap((s) => [lines[0].at(s) + band(s), lines[0].at(s) - band(s)]).filter(Number.isFinite));
  const [low, high] = [Math.min(-6, ...values) - 2, Math.max(8, ...values) + 2];
  const x = (share) => 34 + share * (width - 40);
  const y = (v) => 6 + ((high - v) / (high - low)) * (height - 28);
  axis.forEach((span, i) => {
    root.append(draw("rect", { x: x(span.from), y: 6, width: x(span.to) - x(span.from), height: height - 28, fill: i % 2 ? "var(--phase-b)" : "var(--phase-a)" }));
    root.append(draw("text", { x: (x(span.from) + x(span.to)) / 2, y: height - 6, "text-anchor": "middle" }, sides[0].parts.say(span.name)));
  });
  for (let v = Math.ceil(low / 10) * 10; v <= high; v += 10) {
    root.append(draw("line", { x1: x(0), x2: x(1), y1: y(v), y2: y(v), class: v === 0 ? "zero" : "grid" }));
    root.append(draw("text", { x: 28, y: y(v) + 4, "text-anchor": "end" }, `${v > 0 ? "+" : ""}${v}°`));
  }
  if (band) {
    const whole = shares.filter((s) => Number.isFinite(lines[0].at(s)) && Number.isFinite(band(s)));
    const edge = [...whole.map((s) => [s, 1]), ...whole.reverse().map((s) => [s, -1])];
    const d = edge.map(([s, sign], i) => `${i ? "L" : "M"}${x(s).toFixed(1)} ${y(lines[0].at(s) + sign * band(s)).toFixed(1)}`).join("");
    root.append(draw("path", { d: `${d}Z`, fill: "var(--band)" }));
  }
  for (const line of lines) {
    let d = "";
    let pen = "M";
    for (const s of shares) {
      const v = line.at(s);
      if (!Number.isFinite(v)) { pen = "M"; continue; }
      d += `${pen}${x(s).toFixed(1)} ${y(v).toFixed(1)}`;
      pen = "L";
    }
    const path = draw("path", { d, class: "lane" });
    Object.assign(path.style, line.style);
    root.append(path);
  }
  const head = draw("line", { class: "head-line", y1: 6, y2: height - 22, x1: x(share), x2: x(share) });
  root.append(head);
  root.move = (s) => { head.setAttribute("x1", x(s)); head.setAttribute("x2", x(s)); };
}

let axis = [];
let share = 0;

function build() {
  for (const side of sides) {
    const number = Number($(`rep-${side.key}`).value);
    side.rep = side.parts.reps.find((rep) => rep.index === number) ?? side.parts.reps[0];
  }
  axis = axisOf();
  const both = sides.map((side, n) => ({
    at: (s) => value(side, "flexion", s),
    style: n ? { stroke: "var(--second)", strokeDasharray: "7 4", strokeWidth: 2.25 } : { stroke: "var(--first)", strokeWidth: 2.25 },
  }));
  chart($("curves"), both);
  const less = (s) => value(sides[1], "flexion", s) - value(sides[0], "flexion", s);
  const spread = (s) => Math.hypot(value(sides[0], "sd", s), value(sides[1], "sd", s));
  chart($("difference"), [{ at: less, style: { stroke: "var(--ink)", strokeWidth: 2 } }], spread);
  show(share);
}

/** Which way the lifter looks: over a rep the shoulders move to the front while the hips bend. */
function facing(side) {
  const { back, points, s1 } = side.parts.lines;
  let best = 0;
  for (let i = 0; i < side.parts.time.length; i += 1) {
    const lean = back[(i * points) * 2] - back[(i * points + s1) * 2];
    if (Math.abs(lean) > Math.abs(best)) best = lean;
  }
  return Math.sign(best) || 1;
}

/** The low back of B, turned and moved onto the pelvis of A. */
function drawGhost() {
  const [a, b] = sides;
  if (!a.picture || !b.parts.lines || $("over").getAttribute("aria-pressed") !== "true") return;
  const lines = a.parts.lines;
  const pen = a.picture.canvas.getContext("2d");
  const at = (side, point) => {
    const i = (side.index * side.parts.lines.points + point) * 2;
    return [side.parts.lines.back[i], side.parts.lines.back[i + 1]];
  };
  const [s1, t12] = [at(a, lines.s1), at(a, lines.t12)];
  const [own, top] = [at(b, b.parts.lines.s1), at(b, b.parts.lines.t12)];
  const size = Math.hypot(t12[0] - s1[0], t12[1] - s1[1]) / (Math.hypot(top[0] - own[0], top[1] - own[1]) || 1);
  const mirrored = facing(a) === facing(b) ? 1 : -1;
  const path = [];
  for (let p = b.parts.lines.t12; p <= b.parts.lines.s1; p += 1) {
    const [x, y] = at(b, p);
    path.push([s1[0] + (x - own[0]) * size * mirrored, s1[1] + (y - own[1]) * size]);
  }
  pen.setLineDash([a.picture.unit * 1.5, a.picture.unit * 1.5]);
  a.picture.stroke(pen, path, "rgb(122 176 255)", 0.9, "rgb(12 16 22 / 80%)");
  pen.setLineDash([]);
}

function show(s) {
  share = s;
  for (const side of sides) {
    const t = timeAt(side, s);
    side.index = side.parts.frameAt(t);
    seek(side, side.parts.time[side.index] + side.parts.frameGap * 0.3);
    side.picture?.draw(side.index);
    const v = side.parts.series.flexion[side.index];
    $(`now-${side.key}`).textContent = Number.isFinite(v) ? `${side.parts.signed(v)}°` : "–";
  }
  drawGhost();
  const phase = axis.find((one) => s <= one.to)?.name;
  $("phase").textContent = phase ? sides[0].parts.say(phase) : "";
  $("curves").move?.(s);
  $("difference").move?.(s);
}

$("through").addEventListener("input", (event) => show(Number(event.target.value) / 1000));
for (const side of sides) $(`rep-${side.key}`).addEventListener("change", build);
$("over").addEventListener("click", () => {
  $("over").setAttribute("aria-pressed", String($("over").getAttribute("aria-pressed") !== "true"));
  show(share);
});
let playing = false;
$("both").addEventListener("click", () => {
  playing = !playing;
  $("both").setAttribute("aria-pressed", String(playing));
  if (share >= 1) share = 0;
  let before = performance.now();
  const rep = sides[0].rep;
  const long = Math.max(1, (rep?.end ?? 1) - (rep?.start ?? 0)) * 1000;
  const tick = (now) => {
    if (!playing) return;
    const next = share + (now - before) / long / 2;
    before = now;
    $("through").value = Math.min(1000, next * 1000);
    show(Math.min(1, next));
    if (next >= 1) { playing = false; $("both").setAttribute("aria-pressed", "false"); return; }
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
});
new ResizeObserver(build).observe($("curves"));
new MutationObserver(build).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
document.documentElement.dataset.compare = "ready";
