  // What the Live page draws: lines on a picture, the gauge, the pelvis, and the last rep.
  const svgNumber = (id, name, value) => byId(id).setAttribute(name, value.toFixed(2));

  function drawLine(pen, points, colour, dash) {
    if (!points?.length) return;
    const { width, height } = pen.canvas;
    pen.beginPath();
    points.forEach(([x, y], i) => (i ? pen.lineTo(x * width, y * height) : pen.moveTo(x * width, y * height)));
    pen.setLineDash(dash);
    pen.lineWidth = Math.max(3, width / 160);
    pen.strokeStyle = colour;
    pen.stroke();
  }

  function drawOver(told) {
    const over = byId("live-over");
    const pen = over.getContext("2d");
    pen.clearRect(0, 0, over.width, over.height);
    drawLine(pen, told.ghost, "rgb(255 255 255 / 75%)", [10, 8]);
    drawLine(pen, told.line, told.lumbar_deg === null ? "rgb(160 170 185 / 60%)" : "#35c2ff", []);
  }

  function drawGauge(told) {
    const known = told.lumbar_deg !== null;
    const scale = 100 / setup.reach_deg;
    const clip = (v) => Math.max(-100, Math.min(100, v));
    const [low, high] = known ? [told.lumbar_deg - told.sd_deg, told.lumbar_deg + told.sd_deg].map((v) => clip(v * scale)) : [0, 0];
    svgNumber("gauge-width", "x", low);
    svgNumber("gauge-width", "width", Math.max(high - low, known ? 1 : 0));
    byId("gauge-mark").style.visibility = known ? "visible" : "hidden";
    if (known) byId("gauge-mark").setAttribute("transform", `translate(${clip(told.lumbar_deg * scale)} 0)`);
    const band = told.drill?.band_deg;
    const [from, to] = band ? band.map((v) => clip(v * scale)) : [0, 0];
    svgNumber("gauge-target", "x", from);
    svgNumber("gauge-target", "width", to - from);
    byId("pelvis-wedge").style.visibility = told.pelvis_deg === null ? "hidden" : "visible";
    if (told.pelvis_deg !== null) byId("pelvis-wedge").setAttribute("transform", `rotate(${told.pelvis_deg})`);
    const angle = known ? `${told.lumbar_deg > 0 ? "+" : ""}${told.lumbar_deg.toFixed(0)} ± ${Math.max(told.sd_deg, 1).toFixed(0)}°` : "–";
    byId("live-angle").textContent = angle;
    byId("live-gauge").setAttribute("aria-label", known ? texts.gauge.replace("{angle}", angle) : texts.gauge_none);
  }

  let replay = null;
  function showShot(i, words) {
    const canvas = byId("live-replay");
    const pen = canvas.getContext("2d");
    canvas.hidden = false;
    if (canvas.width !== replay.pictures[i].width || canvas.height !== replay.pictures[i].height) {
      [canvas.width, canvas.height] = [replay.pictures[i].width, replay.pictures[i].height];
    }
    pen.drawImage(replay.pictures[i], 0, 0);
    drawLine(pen, replay.lines[i], i === replay.worst ? "#e13b1f" : "#35c2ff", []);
    canvas.dataset.shot = i;
    byId("replay-words").textContent = words;
  }

  async function playReplay() {
    const mine = replay;
    const data = byId("live-replay").dataset;
    data.state = "playing";
    data.rep = mine.rep;
    const start = performance.now() / 1000;
    const words = texts.replay_rep.replace("{rep}", mine.rep);
    for (let i = 0; i < mine.pictures.length; i++) {
      const wait = mine.times_s[i] - mine.times_s[0] - (performance.now() / 1000 - start);
      if (wait > 0) await new Promise((done) => setTimeout(done, 1000 * wait));
      if (replay !== mine) return;
      if (mine.cut) break;
      showShot(i, words);
    }
    if (mine.worst !== null) {
      const place = texts[`place_${mine.place}`];
      showShot(mine.worst, `${words}: ${texts.replay_worst.replace("{size}", mine.worst_deg.toFixed(0)).replace("{place}", place)}`);
    }
    data.state = "frozen";
  }

  async function takeReplay(told, pictures) {
    let from = 0;
    const parts = told.bytes.map((size) => pictures.slice(from, (from += size)));
    const made = await Promise.all(parts.map((part) => createImageBitmap(new Blob([part], { type: "image/jpeg" }))));
    const old = replay;
    if (byId("live-replay").dataset.state === "playing") { // the next rep came first: the worst moment at least
      old.cut = true;
      await new Promise((done) => setTimeout(done, 1000));
    }
    replay = { ...told, pictures: made };
    old?.pictures.forEach((one) => one.close());
    byId("replay-again").hidden = false;
    await playReplay();
  }
