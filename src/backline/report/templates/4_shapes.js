// The lumbar curve at the reference, and now, side by side on the same pelvis.
class Shapes {
  constructor(root) {
    this.root = root;
    this.index = 0;
    new ResizeObserver(() => this.build()).observe(root);
  }

  build() {
    const { width, height } = this.root.getBoundingClientRect();
    this.root.replaceChildren();
    if (!width || !lines) return;
    this.root.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const size = Math.min((height - 62) / 1.04, width * 0.7);
    this.size = size;
    this.base = height - 40;
    this.left = width * 0.27;
    this.right = width * 0.73;
    const { root } = this;
    root.append(svg("line", {
      x1: width / 2, x2: width / 2, y1: 12, y2: height - 12, stroke: "var(--line)",
    }));
    this.pelvis(this.left);
    this.pelvis(this.right);
    this.label(this.left, height - 8, say("reference"));
    this.nowLabel = this.label(this.right, height - 8, say("now"));
    const own = this.path(lines.own, 0, this.left);
    if (own) root.append(this.curve(own, "var(--neutral)", 5));
    else this.label(this.left, this.base - size / 2, say("not_seen"));
    const ghost = this.path(lines.own, 0, this.right);
    if (ghost) {
      const dashes = this.curve(ghost, "var(--neutral)", 2);
      dashes.setAttribute("stroke-dasharray", "3 5");
      root.append(dashes);
    }
    this.now = this.curve("", "currentColor", 5.5);
    root.append(this.now);
    this.show(this.index);
  }

  label(x, y, text) {
    const element = svg("text", { x, y, "text-anchor": "middle" }, text);
    this.root.append(element);
    return element;
  }

  pelvis(x) {
    const s = this.size * 0.11;
    this.root.append(svg("path", {
      d: `M${x - s} ${this.base + 3}q${s} ${s * 1.5} ${2 * s} 0`, fill: "none",
      stroke: "var(--line-strong)", "stroke-width": 3, "stroke-linecap": "round",
    }));
  }

  curve(d, stroke, width) {
    return svg("path", {
      d, stroke, fill: "none", "stroke-width": width, "stroke-linecap": "round",
      "stroke-linejoin": "round",
    });
  }

  path(array, index, x) {
    const count = lines.shape_points;
    let d = "";
    for (let i = 0; i < count; i += 1) {
      const at = (index * count + i) * 2;
      if (!Number.isFinite(array[at]) || !Number.isFinite(array[at + 1])) return "";
      const px = x + array[at] * this.size;
      const py = this.base - array[at + 1] * this.size;
      d += `${i ? "L" : "M"}${px.toFixed(1)} ${py.toFixed(1)}`;
    }
    return d;
  }

  show(index) {
    this.index = index;
    if (!this.now) return;
    const flexion = series.flexion[index];
    const d = Number.isFinite(flexion) ? this.path(lines.shapes, index, this.right) : "";
    this.now.setAttribute("d", d);
    this.now.setAttribute("stroke", "");
    this.now.style.stroke = inkColour(flexion);
    this.nowLabel.textContent = d ? say("now_angle", { angle: signed(flexion) }) : say("now_none");
  }
}
