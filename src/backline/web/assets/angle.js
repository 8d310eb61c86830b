// An angle drawn in a frame: three points, kept beside a note on that moment.
{
  const drawing = { box: null, bar: null, places: [], time_s: 0 };
  let open = null;

  function sizeOf([a, b, c]) {
    const [u, v] = [a, c].map(([x, y]) => [x - b[0], y - b[1]]);
    return (Math.atan2(Math.abs(u[0] * v[1] - u[1] * v[0]), u[0] * v[0] + u[1] * v[1]) * 180) / Math.PI;
  }

  function show() {
    const { places } = drawing;
    drawing.line.setAttribute("d", places.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join(""));
    for (const [i, knob] of [...drawing.box.querySelectorAll("[data-corner]")].entries()) {
      knob.setAttribute("cx", places[i][0].toFixed(1));
      knob.setAttribute("cy", places[i][1].toFixed(1));
    }
    const whole = places.length === 3;
    drawing.size.textContent = whole ? `${Math.round(sizeOf(places))}°` : "";
    drawing.keep.disabled = !whole;
  }

  function move(i, x, y) {
    const [w, h] = lines.size;
    drawing.places[i] = [Math.min(w, Math.max(0, x)), Math.min(h, Math.max(0, y))];
    show();
  }

  function add(at) {
    const i = drawing.places.length;
    if (i === 3) return;
    drawing.box.append(dragged(drawing.box, {
      r: 2 * picture.unit, class: "knob", "stroke-width": 0.7 * picture.unit, "data-corner": i,
      "aria-label": texts.angle_point.replace("{number}", i + 1),
    }, () => drawing.places[i], (x, y) => move(i, x, y)));
    move(i, ...at);
  }

  function close() {
    drawing.box?.remove();
    drawing.bar?.remove();
    Object.assign(drawing, { box: null, bar: null, places: [] });
    open.setAttribute("aria-pressed", "false");
  }

  async function keep(event) {
    event.preventDefault();
    const [w, h] = lines.size;
    const angle = drawing.places.map(([x, y]) => [x / w, y / h]);
    const text = drawing.bar.querySelector("input").value;
    if (await ask("note", { time_s: drawing.time_s, text, angle }, drawing.keep)) drawing.box?.classList.add("sent");
  }

  function start(event) {
    if (drawing.box) { close(); return; }
    player.pause();
    closeHand();
    while (zoom) zoomButton.click();
    open.setAttribute("aria-pressed", "true");
    drawing.time_s = nowSeconds();
    drawing.box = overlay(texts.angle);
    drawing.line = svg("path", { class: "hand-line angle-line", "stroke-width": 0.7 * picture.unit });
    drawing.box.append(drawing.line);
    drawing.box.addEventListener("click", (tap) => {
      if (!tap.target.matches("[data-corner]")) add(inPicture(drawing.box, tap));
    });
    drawing.bar = Object.assign(document.createElement("form"), { className: "hand-bar acts" });
    drawing.size = Object.assign(document.createElement("b"), { className: "angle-size" });
    drawing.size.setAttribute("role", "status");
    const field = Object.assign(document.createElement("input"), { maxLength: 300, placeholder: texts.angle_what });
    field.setAttribute("aria-label", texts.angle_what);
    drawing.keep = Object.assign(small(texts.angle_keep), { type: "submit" });
    drawing.bar.append(said(texts.angle_text), drawing.size, field, drawing.keep, small(texts.hand_close, close));
    drawing.bar.addEventListener("submit", keep);
    byId("screen").after(drawing.bar);
    show();
    if (event.detail === 0) { // opened with a key: points to move with the arrow keys
      const [w, h] = lines.size;
      for (const [x, y] of [[0.5, 0.3], [0.5, 0.5], [0.6, 0.6]]) add([w * x, h * y]);
    }
  }

  if (lines && !lines.limbs && player.video) {
    open = small(texts.angle, start);
    open.id = "angle";
    open.setAttribute("aria-pressed", "false");
    document.querySelector("#player .layers").append(open);
    handButton?.addEventListener("click", () => { if (drawing.box) close(); });
    player.onChange(() => { if (drawing.box && Math.abs(nowSeconds() - drawing.time_s) > 1e-6) close(); });
  }
}
