// What was measured, unpacked; all other parts read it from here. Times are seconds from the first frame.
function bytes(text) {
  const plain = atob(text);
  const out = new Uint8Array(plain.length);
  for (let i = 0; i < plain.length; i += 1) out[i] = plain.charCodeAt(i);
  return out;
}

/** A text of the catalogue, its places filled in. */
function say(key, values = {}) {
  return raw.texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** A number with the language's decimal mark. */
const fixed = (value, digits) => value.toFixed(digits).replace(".", raw.texts.decimal);

const floats = (text) => new Float32Array(bytes(text).buffer);

function points(text, units) {
  const packed = new Int16Array(bytes(text).buffer);
  return Float32Array.from(packed, (v) => (v === -32768 ? NaN : v / units));
}

function capital(words) { return `${words[0].toUpperCase()}${words.slice(1)}`; }

const time = new Float64Array(bytes(raw.time).buffer);
const series = Object.fromEntries(Object.entries(raw.series).map(([k, v]) => [k, floats(v)]));
const shift = (t) => t - raw.start_s;
const reps = raw.reps.map((rep) => ({
  ...rep, start: shift(rep.start), end: shift(rep.end),
  phases: rep.phases.map(([name, start, end]) => ({ name, start: shift(start), end: shift(end) })),
}));
const findings = raw.findings.map((f) => ({
  ...f, start: shift(f.start), peak: shift(f.peak), end: shift(f.end),
  signed: f.kind === "over_extension" ? -f.size : f.size,
  words: capital(f.name),
}));
const standing = raw.standing && raw.standing[0] !== null ? raw.standing.map(shift) : null;
const lastTime = time.length ? time[time.length - 1] : 0;
const frameGap = time.length > 1 ? lastTime / (time.length - 1) : 1 / 30;

const lines = raw.lines && {
  ...raw.lines,
  back: points(raw.lines.back, raw.lines.units.pixel),
  visible: bytes(raw.lines.visible),
  ghost: points(raw.lines.ghost, raw.lines.units.pixel),
  ticks: points(raw.lines.ticks, raw.lines.units.pixel),
  shapes: points(raw.lines.shapes, raw.lines.units.shape),
  own: points(raw.lines.own, raw.lines.units.shape),
  limbs: raw.lines.limbs ? points(raw.lines.limbs, raw.lines.units.pixel) : null,
  head: raw.lines.head ? points(raw.lines.head, raw.lines.units.pixel) : null,
};

/** The largest finding of a rep, or outside the reps, that holds a time; its number is the one of its card. */
function eventAt(t) {
  const there = findings.filter((f) => f.kind !== "drift" && f.start <= t + 1e-3 && t <= f.end + 1e-3);
  return there.length ? there.reduce((a, b) => (b.size > a.size ? b : a)) : null;
}

/** Index of the last frame that is on screen at a time. */
function frameAt(t) {
  let low = 0;
  let high = time.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (time[middle] <= t + 1e-4) low = middle; else high = middle - 1;
  }
  return low;
}

function colour(degrees) {
  const stops = raw.colours.stops;
  if (!Number.isFinite(degrees)) return `rgb(${raw.colours.unmeasured.join(" ")})`;
  let i = 1;
  while (i < stops.length - 1 && degrees > stops[i][0]) i += 1;
  const [from, a] = stops[i - 1];
  const [to, b] = stops[i];
  const part = Math.min(1, Math.max(0, (degrees - from) / (to - from)));
  return `rgb(${a.map((v, c) => Math.round(v + (b[c] - v) * part)).join(" ")})`;
}

/** The scale's grey is made for video; on the page's own ground it must stand out. */
function inkColour(degrees) {
  if (!Number.isFinite(degrees)) return "var(--soft)";
  const share = Math.min(1, Math.max(0, (Math.abs(degrees) - 3) / 5));
  return `color-mix(in srgb, ${colour(degrees)} ${Math.round(share * 100)}%, var(--neutral))`;
}

function signed(degrees) {
  const whole = Math.round(degrees);
  return whole === 0 ? "0" : `${whole > 0 ? "+" : "\u2212"}${Math.abs(whole)}`;
}

/** What a change is called; one smaller than its own standard deviation is none. */
function flexionWord(degrees, sd) {
  if (!Number.isFinite(degrees)) return "";
  if (Math.abs(degrees) < Math.max(3, Number.isFinite(sd) ? sd : 0)) return say("word_as_reference");
  return say(degrees > 0 ? "word_flexed" : "word_arched");
}

/** Rep and phase at a time, in words; the last phase that has begun wins. */
function whereAt(t) {
  const rep = reps.filter((r) => t >= r.start - 1e-4 && t <= r.end + 1e-4).pop();
  if (!rep) return { rep: 0, phase: "", words: reps.length ? say("between") : "" };
  const phase = rep.phases.filter((p) => t >= p.start - 1e-4 && t <= p.end + 1e-4).pop();
  const name = phase ? phase.name : "";
  return { rep: rep.index, phase: name, words: name ? say("rep_phase", { rep: rep.index, phase: say(name) }) : say("rep", { rep: rep.index }) };
}

const gapAt = (index) => raw.gaps.find((gap) => index >= gap.first && index <= gap.last);

const SVG = document.querySelector("svg").namespaceURI;

/** Makes an SVG element; text goes in as text, never as markup. */
function svg(name, attributes = {}, text = null) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== null) element.textContent = text;
  return element;
}
