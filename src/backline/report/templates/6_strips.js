// One small curve for each rep; every phase has the same width in all of them.
const PHASE_ORDER = ["standing", "unrack", "descent", "bottom", "ascent", "lockout"];

/** Where each phase lies on the common axis: its mean share of a rep, 0 to 1. */
function commonAxis() {
  const names = [];
  for (const rep of reps) {
    for (const { name } of rep.phases) if (!names.includes(name)) names.push(name);
  }
  const bottomFirst = reps.some((r) => r.phases.length && r.phases[0].name === "bottom");
  const order = bottomFirst ? ["bottom", "ascent", "lockout", "descent"] : PHASE_ORDER;
  const rank = (name) => (order.includes(name) ? order.indexOf(name) : order.length);
  names.sort((a, b) => rank(a) - rank(b));
  const lengths = names.map((name) => {
    const found = reps.flatMap((r) => r.phases.filter((p) => p.name === name));
    return found.reduce((sum, p) => sum + p.end - p.start, 0) / found.length;
  });
  const floor = lengths.reduce((a, b) => a + b, 0) * 0.14;
  const wide = lengths.map((v) => Math.max(v, floor));
  const whole = wide.reduce((a, b) => a + b, 0) || 1;
  const axis = {};
  let at = 0;
  names.forEach((name, i) => {
    axis[name] = [at, at + wide[i] / whole];
    at += wide[i] / whole;
  });
  return axis;
}

class Strips {
  constructor(host, player) {
    this.player = player;
    this.axis = commonAxis();
    this.range = this.reach();
    this.boxes = reps.map((rep) => this.box(host, rep));
    new ResizeObserver(() => this.boxes.forEach((box) => this.build(box))).observe(host);
  }

  reach() {
    let [low, high] = [-6, 10];
    for (const v of series.flexion) {
      if (Number.isFinite(v)) { low = Math.min(low, v); high = Math.max(high, v); }
    }
    return [low, high];
  }

  box(host, rep) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "strip";
    const name = document.createElement("b");
    name.textContent = `Rep ${rep.index}`;
    const top = document.createElement("span");
    const root = svg("svg", { "aria-hidden": "true" });
    button.append(top, name, root);
    host.append(button);
    const event = this.event(rep);
    const peak = event ? frameAt(event.peak) : this.peak(rep);
    top.textContent = event ? `${event.name} ${signed(event.signed)}°`
      : peak === null ? "not measured" : `up to ${signed(series.flexion[peak])}°`;
    button.setAttribute("aria-label", `Rep ${rep.index}, ${top.textContent}. Go to it.`);
    button.addEventListener("click", () => {
      this.player.pause();
      this.player.seek(peak === null ? rep.start : time[peak]);
    });
    return { rep, root };
  }

  /** The rep's largest rounding, else its largest finding: the strip tells that one's number. */
  event(rep) {
    const own = findings.filter((f) => f.rep === rep.index);
    const rounding = own.filter((f) => f.kind === "rounding");
    return (rounding.length ? rounding : own).sort((a, b) => b.size - a.size)[0] || null;
  }

  peak(rep) {
    let best = null;
    for (let i = frameAt(rep.start); i <= frameAt(rep.end); i += 1) {
      const v = series.flexion[i];
      if (Number.isFinite(v) && (best === null || v > series.flexion[best])) best = i;
    }
    return best;
  }

  build({ rep, root }) {
    const { width, height } = root.getBoundingClientRect();
    if (!width) return;
    const [low, high] = this.range;
    const y = (v) => 4 + ((high - v) / (high - low)) * (height - 22);
    root.setAttribute("viewBox", `0 0 ${width} ${height}`);
    root.replaceChildren();
    for (const [name, [from, to]] of Object.entries(this.axis)) {
      root.append(svg("rect", {
        x: from * width, width: (to - from) * width, y: 2, height: height - 18,
        fill: PHASE_FILL[name] ?? "none",
      }));
      if ((to - from) * width > name.length * 5.4) {
        root.append(svg("text", {
          x: ((from + to) / 2) * width, y: height - 4, "text-anchor": "middle",
        }, name));
      }
    }
    this.drawGaps(root, rep, width, height);
    root.append(svg("line", { x1: 0, x2: width, y1: y(0), y2: y(0), stroke: "var(--line-strong)" }));
    for (const phase of rep.phases) this.drawPhase(root, phase, width, y);
    for (const finding of findings.filter((f) => f.rep === rep.index)) {
      const x = this.place(rep, finding.peak);
      const v = series.flexion[frameAt(finding.peak)];
      if (x === null || !Number.isFinite(v)) continue;
      root.append(svg("circle", {
        cx: x * width, cy: y(v), r: 4, fill: "var(--ink)", stroke: "var(--card)", "stroke-width": 1.5,
      }));
    }
  }

  /** Hatch what was not measured, so that an empty stretch is not taken for a still back. */
  drawGaps(root, rep, width, height) {
    const id = `strip-hatch-${rep.index}`;
    const pattern = svg("pattern", {
      id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)",
    });
    pattern.append(svg("rect", { width: 2, height: 6, fill: "var(--hatch)" }));
    root.append(pattern);
    for (const gap of raw.gaps) {
      for (const phase of rep.phases) {
        const start = Math.max(phase.start, time[gap.first]);
        const end = Math.min(phase.end, time[Math.min(gap.last + 1, time.length - 1)]);
        if (end <= start) continue;
        const [from, to] = this.axis[phase.name];
        const scale = ((to - from) / (phase.end - phase.start)) * width;
        root.append(svg("rect", {
          class: "unmeasured", x: from * width + (start - phase.start) * scale,
          width: (end - start) * scale, y: 2, height: height - 18, fill: `url(#${id})`,
        }));
      }
    }
  }

  place(rep, t) {
    const phase = rep.phases.filter((p) => t >= p.start - 1e-4 && t <= p.end + 1e-4).pop();
    if (!phase || phase.end <= phase.start) return null;
    const [from, to] = this.axis[phase.name];
    return from + ((t - phase.start) / (phase.end - phase.start)) * (to - from);
  }

  /** Short pieces, each in the colour of its own flexion, on a soft ground down to standing. */
  drawPhase(root, phase, width, y) {
    const [from, to] = this.axis[phase.name];
    const long = phase.end - phase.start || 1;
    const first = frameAt(phase.start);
    const last = Math.min(time.length - 1, frameAt(phase.end) + 1);
    const step = Math.max(1, Math.floor((last - first) / 60));
    let before = null;
    for (let i = first; i <= last; i += step) {
      const v = series.flexion[i];
      if (!Number.isFinite(v)) { before = null; continue; }
      const share = Math.min(1, Math.max(0, (time[i] - phase.start) / long));
      const here = [(from + share * (to - from)) * width, y(v), v];
      if (before) {
        const fill = svg("path", {
          d: `M${before[0]} ${y(0)}L${before[0]} ${before[1]}L${here[0]} ${here[1]}L${here[0]} ${y(0)}Z`,
          opacity: 0.22,
        });
        const line = svg("path", {
          d: `M${before[0]} ${before[1]}L${here[0]} ${here[1]}`, fill: "none", "stroke-width": 2,
          "stroke-linecap": "round",
        });
        fill.style.fill = inkColour((before[2] + v) / 2);
        line.style.stroke = inkColour((before[2] + v) / 2);
        root.append(fill, line);
      }
      before = here;
    }
  }
}
