// Curves over time, tied to the player: drag to seek, the playhead follows the picture.
const PHASE_FILL = {
  descent: "var(--phase-a)", bottom: "var(--phase-b)", ascent: "var(--phase-a)",
  lockout: "var(--phase-c)",
};

/** Round steps for an axis, so that at most `most` lines are drawn. */
function ticks(from, to, most, steps) {
  const step = steps.find((s) => (to - from) / s <= most) ?? steps[steps.length - 1];
  const out = [];
  for (let v = Math.ceil(from / step) * step; v <= to + 1e-9; v += step) out.push(v);
  return out;
}

/** Curves of one kind of angle, whose degrees are as tall in each. */
const SAME_SCALE = [["tilt", "lean"], ["hip", "knee"]];

class Chart {
  constructor(host, lane, player) {
    this.lane = lane;
    this.player = player;
    this.span = [0, lastTime || 1];
    this.root = svg("svg", {
      class: "chart", tabindex: 0, role: "slider", "aria-label": say("over_time", { curve: lane.name }),
      "aria-valuemin": 0, "aria-valuemax": lastTime.toFixed(2), "aria-orientation": "horizontal",
    });
    this.root.style.height = `${lane.height}px`;
    host.append(this.root);
    this.listen();
    new ResizeObserver(() => this.build()).observe(this.root);
  }

  listen() {
    const { root } = this;
    const seek = (event) => {
      const x = event.clientX - root.getBoundingClientRect().left;
      this.player.seek(this.timeAt(x));
    };
    root.addEventListener("pointerdown", (event) => {
      if (event.target.closest(".pin")) return;
      root.setPointerCapture(event.pointerId);
      this.dragged = true;
      this.player.pause();
      seek(event);
    });
    root.addEventListener("pointermove", (event) => { if (this.dragged) seek(event); });
    for (const end of ["pointerup", "pointercancel"]) {
      root.addEventListener(end, () => { this.dragged = false; });
    }
  }

  zoom(span) {
    this.span = span;
    this.build();
  }

  x(t) {
    const [from, to] = this.span;
    return this.left + ((t - from) / (to - from)) * (this.width - this.left - this.right);
  }

  timeAt(x) {
    const [from, to] = this.span;
    const t = from + ((x - this.left) / (this.width - this.left - this.right)) * (to - from);
    return Math.min(to, Math.max(from, t));
  }

  y(value) {
    const [low, high] = this.range;
    return this.top + ((high - value) / (high - low)) * (this.height - this.top - this.bottom);
  }

  build() {
    const box = this.root.getBoundingClientRect();
    if (!box.width) return;
    const main = this.lane.main === true;
    [this.width, this.height] = [box.width, box.height];
    this.named = box.width > 460;
    const top = this.named ? 40 : 24;
    [this.left, this.right, this.top, this.bottom] = [38, 8, main ? top : 22, main ? 24 : 6];
    this.range = this.reach();
    this.root.replaceChildren();
    this.root.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    this.drawGround(main);
    const plot = svg("g", { "clip-path": `url(#${this.clip()})` });
    this.root.append(plot);
    if (main) this.drawBand(plot);
    if (main) this.drawByHand();
    if (main && series.beside) this.drawBeside(plot);
    this.drawLine(plot, main);
    this.drawHead();
    if (main) this.drawPins();
    this.show(this.player.index);
  }

  /** Frames that a person drew in: a dotted line under the curve. */
  drawByHand() {
    for (const [first, last] of raw.by_hand ?? []) {
      const [a, b] = [first, last].map((i) => Math.min(this.width - this.right, Math.max(this.left, this.x(time[i]))));
      const mark = svg("line", { class: "by-hand", x1: a, x2: Math.max(b, a + 3), y1: this.height - this.bottom - 2, y2: this.height - this.bottom - 2 });
      mark.append(svg("title", {}, say("by_hand")));
      this.root.append(mark);
    }
  }

  clip() {
    const id = `clip-${this.lane.key}`;
    const shape = svg("clipPath", { id });
    shape.append(svg("rect", {
      x: this.left, y: this.top - 1, width: Math.max(0, this.width - this.left - this.right),
      height: Math.max(0, this.height - this.top - this.bottom + 2),
    }));
    this.root.append(shape);
    return id;
  }

  reach() {
    const alike = SAME_SCALE.find((keys) => keys.includes(this.lane.key)) ?? [this.lane.key];
    const values = alike.flatMap((key) => [...(series[key] ?? [])]);
    const sd = this.lane.main ? series.sd : null;
    let [low, high] = this.lane.main ? [-8, 12] : [0, 10];
    values.forEach((v, i) => {
      if (!Number.isFinite(v)) return;
      const spread = sd && Number.isFinite(sd[i]) ? sd[i] : 0;
      low = Math.min(low, v - spread);
      high = Math.max(high, v + spread);
    });
    (this.lane.main && series.beside ? series.beside : []).forEach((v) => {
      if (Number.isFinite(v)) [low, high] = [Math.min(low, v), Math.max(high, v)];
    });
    const room = (high - low) * 0.06;
    return [low - room, high + room * (this.lane.main ? 2.4 : 1)];
  }

  drawGround(main) {
    this.drawPhases(main);
    this.drawGaps();
    const [low, high] = this.range;
    for (const v of ticks(low, high, main ? 6 : 3, [2, 5, 10, 20, 30, 45, 90])) {
      const zero = Math.abs(v) < 1e-9;
      this.root.append(svg("line", {
        class: zero ? "zero" : "grid", x1: this.left, x2: this.width - this.right,
        y1: this.y(v), y2: this.y(v),
      }));
      this.root.append(svg("text", {
        x: this.left - 6, y: this.y(v) + 4, "text-anchor": "end",
      }, `${signed(v)}${this.lane.unit ?? "°"}`));
    }
    if (!main) {
      this.root.append(svg("text", { x: this.left, y: 14, class: "strong" }, this.lane.name));
      this.root.append(svg("text", {
        x: this.width - this.right, y: 14, "text-anchor": "end",
      }, this.lane.sign));
      return;
    }
    if (standing) this.drawStanding();
    const [from, to] = this.span;
    for (const t of ticks(from, to, Math.max(3, this.width / 90), [0.2, 0.5, 1, 2, 5, 10, 30, 60, 300])) {
      this.root.append(svg("text", {
        x: this.x(t), y: this.height - 6, "text-anchor": "middle",
      }, `${String(+(t + raw.start_s).toFixed(1)).replace(".", raw.texts.decimal)} s`));
    }
  }

  drawStanding() {
    const [a, b] = standing.map((t) => Math.min(this.span[1], Math.max(this.span[0], t)));
    if (b <= a) return;
    this.root.append(svg("rect", {
      x: this.x(a), y: this.y(0) - 2, width: this.x(b) - this.x(a), height: 4, rx: 2,
      fill: "var(--neutral)",
    }));
  }

  rect(from, to, fill, title) {
    const a = Math.max(this.left, this.x(from));
    const b = Math.min(this.width - this.right, this.x(to));
    if (b <= a) return 0;
    const shape = svg("rect", {
      x: a, y: this.top, width: b - a, height: this.height - this.top - this.bottom, fill,
    });
    if (title) shape.append(svg("title", {}, title));
    this.root.append(shape);
    return b - a;
  }

  drawPhases(main) {
    for (const rep of reps) {
      for (const phase of rep.phases) {
        const fill = PHASE_FILL[phase.name];
        const room = fill ? this.rect(phase.start, phase.end, fill) : 0;
        const name = say(phase.name);
        if (main && this.named && room > name.length * 6.2 + 4) {
          const middle = (Math.max(phase.start, this.span[0]) + Math.min(phase.end, this.span[1])) / 2;
          this.root.append(svg("text", {
            x: this.x(middle), y: this.top - 6, "text-anchor": "middle",
          }, name));
        }
      }
      if (main) this.drawRepName(rep);
    }
  }

  drawRepName(rep) {
    const from = Math.max(rep.start, this.span[0]);
    const to = Math.min(rep.end, this.span[1]);
    const room = this.x(to) - this.x(from);
    if (room < 12) return;
    this.root.append(svg("line", {
      x1: this.x(from) + 1, x2: this.x(to) - 1, y1: 17.5, y2: 17.5, stroke: "var(--line-strong)",
    }));
    this.root.append(svg("text", {
      x: (this.x(from) + this.x(to)) / 2, y: 12, "text-anchor": "middle", class: "strong",
    }, room > 40 ? say("rep", { rep: rep.index }) : rep.index));
  }

  drawGaps() {
    const id = `hatch-${this.lane.key}`;
    const pattern = svg("pattern", {
      id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)",
    });
    pattern.append(svg("rect", { width: 2, height: 6, fill: "var(--hatch)" }));
    this.root.append(pattern);
    for (const gap of raw.gaps) {
      const end = gap.last + 1 < time.length ? time[gap.last + 1] : lastTime;
      this.rect(time[gap.first], end, `url(#${id})`, say("not_measured_why", { why: gap.why }));
    }
  }

  /** Frames to draw: all that fall into the span, thinned to about two a pixel. */
  *frames() {
    const first = Math.max(0, frameAt(this.span[0]) - 1);
    const last = Math.min(time.length - 1, frameAt(this.span[1]) + 1);
    const step = Math.max(1, Math.floor((last - first) / (this.width * 2)));
    for (let i = first; i <= last; i += step) yield i;
  }

  /** The outline of a series as a path, broken where it is unknown. */
  path(values) {
    let d = "";
    let pen = "M";
    for (const i of this.frames()) {
      if (!Number.isFinite(values[i])) { pen = "M"; continue; }
      d += `${pen}${this.x(time[i]).toFixed(1)} ${this.y(values[i]).toFixed(1)}`;
      pen = "L";
    }
    return d;
  }

  /** The second estimate, where a source makes two: thin and dashed, without a say of its own. */
  drawBeside(plot) {
    plot.append(svg("path", { d: this.path(series.beside), class: "lane beside" }));
  }

  drawLine(plot, main) {
    const path = svg("path", { d: this.path(series[this.lane.key]), class: "lane" });
    if (main) {
      path.style.stroke = `url(#${this.gradient()})`;
      path.style.strokeWidth = 2.75;
    }
    plot.append(path);
  }

  /** The curve carries the colour of the back line, by its height. */
  gradient() {
    const [low, high] = this.range;
    const id = `tone-${this.lane.key}`;
    const shape = svg("linearGradient", {
      id, gradientUnits: "userSpaceOnUse", x1: 0, x2: 0, y1: this.y(high), y2: this.y(low),
    });
    const at = [high, ...raw.colours.stops.map(([v]) => v).reverse(), low];
    for (const v of at.filter((value) => value <= high && value >= low)) {
      const stop = svg("stop", { offset: (high - v) / (high - low) });
      stop.style.stopColor = inkColour(v);
      shape.append(stop);
    }
    this.root.append(shape);
    return id;
  }

  drawBand(plot) {
    let upper = "";
    let lower = [];
    const close = () => {
      if (lower.length) {
        plot.append(svg("path", { d: `${upper}L${lower.reverse().join("L")}Z`, fill: "var(--band)" }));
      }
      upper = "";
      lower = [];
    };
    for (const i of this.frames()) {
      const [v, sd] = [series.flexion[i], series.sd[i]];
      if (!Number.isFinite(v) || !Number.isFinite(sd)) { close(); continue; }
      const x = this.x(time[i]).toFixed(1);
      upper += `${upper ? "L" : "M"}${x} ${this.y(v + sd).toFixed(1)}`;
      lower.push(`${x} ${this.y(v - sd).toFixed(1)}`);
    }
    close();
  }

  drawPins() {
    findings.forEach((finding, i) => {
      if (finding.peak < this.span[0] || finding.peak > this.span[1]) return;
      const value = series.flexion[frameAt(finding.peak)];
      if (!Number.isFinite(value)) return;
      const x = this.x(finding.peak);
      const y = Math.max(this.top + 11, this.y(value) - 18);
      const pin = svg("g", { class: "pin" });
      pin.append(svg("title", {}, say("pin", { name: finding.name, rep: finding.rep })));
      pin.append(svg("circle", { cx: x, cy: y, r: 9.5 }));
      pin.append(svg("text", { x, y: y + 4, "text-anchor": "middle" }, i + 1));
      pin.addEventListener("click", () => { this.player.pause(); this.player.seek(finding.peak); });
      this.root.append(pin);
    });
  }

  drawHead() {
    this.head = svg("g", { "pointer-events": "none" });
    this.headLine = svg("line", { class: "head-line", y1: this.top, y2: this.height - this.bottom });
    this.dot = svg("circle", { r: 4.5, stroke: "var(--card)", "stroke-width": 2 });
    this.head.append(this.headLine, this.dot);
    this.root.append(this.head);
  }

  show(index) {
    if (!this.head) return;
    const t = time[index];
    const value = series[this.lane.key][index];
    const inside = t >= this.span[0] - frameGap && t <= this.span[1] + frameGap;
    this.head.setAttribute("visibility", inside ? "visible" : "hidden");
    const x = this.x(Math.min(this.span[1], Math.max(this.span[0], t)));
    this.headLine.setAttribute("x1", x);
    this.headLine.setAttribute("x2", x);
    const measured = Number.isFinite(value);
    this.dot.setAttribute("visibility", measured && inside ? "visible" : "hidden");
    if (measured) {
      this.dot.setAttribute("cx", x);
      this.dot.setAttribute("cy", this.y(value));
      this.dot.style.fill = this.lane.main ? inkColour(value) : "var(--soft)";
    }
    const angle = measured ? say("degrees", { angle: signed(value) }) : say("not_measured");
    this.root.setAttribute("aria-valuenow", t.toFixed(2));
    this.root.setAttribute("aria-valuetext", say("at", { time: fixed(t + raw.start_s, 2), angle }));
  }
}
