// Draws the back line over the video, or the whole figure where there is no picture.
// In a smaller picture lines keep the width that they have in one of this side, pixels.
const LEAST_SIDE = 380;

class Picture {
  constructor(canvas, video) {
    this.canvas = canvas;
    this.video = video;
    this.layers = { back: true, ghost: true, ticks: false };
    this.index = 0;
    new ResizeObserver(() => this.draw(this.index)).observe(canvas);
  }

  setLayer(name, on) {
    this.layers[name] = on;
    this.draw(this.index);
  }

  fit() {
    const box = this.canvas.getBoundingClientRect();
    const dense = Math.min(3, window.devicePixelRatio || 1);
    const wide = Math.round(box.width * dense);
    const tall = Math.round(box.height * dense);
    if (this.canvas.width !== wide || this.canvas.height !== tall) {
      this.canvas.width = wide;
      this.canvas.height = tall;
    }
    const [w, h] = lines.size;
    const zoom = Math.min(wide / w, tall / h);
    const pen = this.canvas.getContext("2d");
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, wide, tall);
    pen.setTransform(zoom, 0, 0, zoom, (wide - w * zoom) / 2, (tall - h * zoom) / 2);
    pen.lineCap = "round";
    pen.lineJoin = "round";
    const seen = (this.canvas.closest(".screen") ?? this.canvas).getBoundingClientRect();
    this.unit = (Math.max(seen.width, seen.height, LEAST_SIDE) * dense) / zoom / 165;
    return pen;
  }

  draw(index) {
    this.index = index;
    if (!lines) return;
    const pen = this.fit();
    if (lines.limbs) this.drawLimbs(pen, index);
    this.drawMeasured(pen, index);
    for (const one of raw.angles ?? []) if (frameAt(shift(one.time_s)) === index) this.drawAngle(pen, one);
  }

  /** An angle that a person drew in this frame: its two arms, an arc between them, its size. */
  drawAngle(pen, { points: places, size_deg: size }) {
    const [a, b, c] = places.map(([x, y]) => [x * lines.size[0], y * lines.size[1]]);
    const ink = "rgb(120 255 190)";
    const casing = "rgb(12 16 22 / 85%)";
    const toward = ([x, y]) => Math.atan2(y - b[1], x - b[0]);
    const turn = ((toward(c) - toward(a) + 3 * Math.PI) % (2 * Math.PI)) - Math.PI;
    const radius = Math.min(10 * this.unit, 0.6 * Math.hypot(a[0] - b[0], a[1] - b[1]));
    const arc = Array.from({ length: 25 }, (_, i) => {
      const at = toward(a) + (turn * i) / 24;
      return [b[0] + radius * Math.cos(at), b[1] + radius * Math.sin(at)];
    });
    this.stroke(pen, [a, b, c], ink, 0.6, casing);
    this.stroke(pen, arc, ink, 0.35, casing);
    const middle = toward(a) + turn / 2;
    pen.font = `650 ${6 * this.unit}px system-ui, sans-serif`;
    pen.textAlign = "center";
    pen.lineWidth = 1.4 * this.unit;
    pen.strokeStyle = casing;
    pen.fillStyle = ink;
    const at = [b[0] + (radius + 6 * this.unit) * Math.cos(middle), b[1] + (radius + 6 * this.unit) * Math.sin(middle) + 2 * this.unit];
    pen.strokeText(`${size}°`, ...at);
    pen.fillText(`${size}°`, ...at);
    pen.textAlign = "start";
  }

  drawMeasured(pen, index) {
    const flexion = series.flexion[index];
    if (!Number.isFinite(flexion)) return;
    const casing = lines.limbs ? "transparent" : "rgb(12 16 22 / 85%)";
    if (this.layers.ticks) {
      for (const from of [0, 2]) {
        this.stroke(pen, this.run(lines.ticks, index, 4, from, from + 1), this.line(), 0.6, casing);
      }
    }
    if (this.layers.back) this.drawBack(pen, index, flexion, casing);
    if (this.layers.ghost) this.drawGhost(pen, index, casing); // above, or only its end stands out
  }

  line() { return lines.limbs ? getComputedStyle(this.canvas).color : "rgb(240 243 247)"; }

  drawBack(pen, index, flexion, casing) {
    const parts = [
      [0, lines.points - 1, this.line(), 0.5],
      [lines.t12, lines.s1, this.tone(flexion), 1.3],
    ];
    for (const [first, last, ink, width] of parts) {
      for (const [a, b, seen] of this.seenRuns(index, first, last)) {
        const path = this.run(lines.back, index, lines.points, a, b);
        if (seen) { this.stroke(pen, path, ink, width, casing); continue; }
        pen.setLineDash([this.unit * 1.5, this.unit * 2]);
        pen.globalAlpha = 0.65;
        this.stroke(pen, path, ink, width * 0.45, "transparent");
        pen.globalAlpha = 1;
        pen.setLineDash([]);
      }
    }
  }

  drawGhost(pen, index, casing) {
    const path = this.run(lines.ghost, index, lines.ghost_points, 0, lines.ghost_points - 1);
    pen.setLineDash([this.unit * 1.3, this.unit * 1.8]);
    this.stroke(pen, path, this.line(), 0.5, casing);
    pen.setLineDash([]);
    this.nameGhost(pen, path[0], index);
  }

  /** Says beside the dashes what they show, where they stand well off the line. */
  nameGhost(pen, [x, y], index) {
    const name = this.canvas.dataset.reference;
    const [[u, v]] = this.run(lines.back, index, lines.points, lines.t12, lines.t12);
    if (!name || !(Math.hypot(x - u, y - v) > 4 * this.unit)) return;
    pen.font = `600 ${5 * this.unit}px system-ui, sans-serif`;
    const [left, right] = this.shownSpan();
    const width = pen.measureText(name).width;
    const start = x < u ? x - width - 2 * this.unit : x + 2 * this.unit;
    pen.lineWidth = 1.4 * this.unit;
    pen.strokeStyle = lines.limbs ? "transparent" : "rgb(12 16 22 / 85%)";
    pen.fillStyle = this.line();
    const at = [Math.max(left + 2 * this.unit, Math.min(right - width - 2 * this.unit, start)), y - 2 * this.unit];
    pen.strokeText(name, ...at);
    pen.fillText(name, ...at);
  }

  /** Left and right end of what is on screen of the picture, its pixels (the lifter alone, or all). */
  shownSpan() {
    const all = this.canvas.getBoundingClientRect();
    const seen = (this.canvas.closest(".screen") ?? this.canvas).getBoundingClientRect();
    const [w, h] = lines.size;
    const scale = Math.min(all.width / w, all.height / h);
    const edge = all.left + (all.width - w * scale) / 2;
    return [Math.max(0, (seen.left - edge) / scale), Math.min(w, (seen.right - edge) / scale)];
  }

  drawLimbs(pen, index) {
    const ink = getComputedStyle(this.canvas).color;
    pen.globalAlpha = 0.32;
    this.stroke(pen, this.run(lines.limbs, index, 5, 0, 4), ink, 1.5, "transparent");
    const [x, y] = this.run(lines.head, index, 1, 0, 0)[0];
    if (Number.isFinite(x)) {
      const radius = lines.size[1] * 0.042;
      const [neck] = this.run(lines.back, index, lines.points, 0, 0);
      const rest = 1 - (radius + this.unit * 0.75) / Math.hypot(x - neck[0], y - neck[1]);
      const chin = [neck[0] + (x - neck[0]) * rest, neck[1] + (y - neck[1]) * rest];
      this.stroke(pen, [neck, chin], ink, 1.5, "transparent");
      pen.beginPath();
      pen.arc(x, y, radius, 0, 7);
      pen.fillStyle = ink;
      pen.fill();
    }
    pen.globalAlpha = 1;
  }

  tone(flexion) {
    if (!lines.limbs) return colour(flexion);
    return Math.abs(flexion) < 4 ? "#8b95a3" : colour(flexion);
  }

  /** Stretches of a line that are all seen, or all hidden. */
  seenRuns(index, first, last) {
    const runs = [];
    const at = index * lines.points;
    for (let i = first; i < last; i += 1) {
      const seen = lines.visible[at + i] === 1 && lines.visible[at + i + 1] === 1;
      const before = runs[runs.length - 1];
      if (before && before[2] === seen) before[1] = i + 1; else runs.push([i, i + 1, seen]);
    }
    return runs;
  }

  run(array, index, count, first, last) {
    const path = [];
    for (let i = first; i <= last; i += 1) {
      const at = (index * count + i) * 2;
      path.push([array[at], array[at + 1]]);
    }
    return path;
  }

  stroke(pen, path, ink, width, casing) {
    const whole = path.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
    if (whole.length < 2) return;
    pen.beginPath();
    whole.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
    for (const [tone, size] of [[casing, width * 1.5 + 0.4], [ink, width]]) {
      if (tone === "transparent") continue;
      pen.strokeStyle = tone;
      pen.lineWidth = this.unit * size;
      pen.stroke();
    }
  }
}
