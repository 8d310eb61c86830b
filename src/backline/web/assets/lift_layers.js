// Layers that the report does not draw: skeleton and bar path. Each has its button.
const layers = more.layers && {
  ...more.layers,
  skeleton: points(more.layers.skeleton, more.layers.units),
  bar: points(more.layers.bar, more.layers.units),
};

function layerButton(name, word) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "button", textContent: word });
  button.dataset.layer = name;
  button.setAttribute("aria-pressed", "false");
  document.querySelector(".layers").append(button);
}

if (layers) {
  layerButton("skeleton", texts.skeleton);
  layerButton("bar", texts.bar);
  const plain = Picture.prototype.draw;
  Picture.prototype.draw = function draw(index) {
    plain.call(this, index);
    if (!lines || !(this.layers.skeleton || this.layers.bar)) return;
    const pen = this.canvas.getContext("2d");
    const casing = "rgb(12 16 22 / 70%)";
    if (this.layers.skeleton) {
      for (const [from, to] of layers.bones) {
        const ends = [from, to].map((j) => this.run(layers.skeleton, index, layers.joints, j, j)[0]);
        this.stroke(pen, ends, "rgb(120 200 255)", 0.4, casing);
      }
    }
    if (this.layers.bar) this.drawBarPath(pen, index, casing);
  };
  Picture.prototype.drawBarPath = function drawBarPath(pen, index, casing) {
    const t = time[index];
    const rep = reps.find((one) => t >= one.start - 0.2 && t <= one.end + 0.2);
    const first = frameAt(rep ? rep.start : Math.max(0, t - 2));
    const path = [];
    for (let i = first; i <= index; i += 1) path.push([layers.bar[2 * i], layers.bar[2 * i + 1]]);
    this.stroke(pen, path, "rgb(255 214 90)", 0.5, casing);
    const [x, y] = path[path.length - 1] ?? [NaN, NaN];
    if (!Number.isFinite(x)) return;
    pen.beginPath();
    pen.arc(x, y, this.unit * 1.2, 0, 7);
    pen.fillStyle = "rgb(255 214 90)";
    pen.fill();
  };
}
