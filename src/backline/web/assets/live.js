  // The Live page: the newest picture goes to the server, one at a time; nothing waits in a queue.
  const WIDEST_PX = 640;
  const PATIENCE_MS = 15000;
  const NO_PICTURE_MS = 2000;
  const room = [...crypto.getRandomValues(new Uint8Array(16))].map((v) => v.toString(16).padStart(2, "0")).join("");
  let stream = null, socket = null, running = false, counted = 0, spoken = "", sound = null;
  let answered = null, replayTold = null, lock = null;

  const words = (text) => { byId("live-text").textContent = text; };
  const show = (on) => {
    byId("live-start").hidden = on;
    byId("live-stop").hidden = !on;
    for (const field of byId("live-form").elements) field.disabled = on;
    document.documentElement.dataset.live = on ? "running" : "ready";
  };

  function speak(text) {
    if (!window.speechSynthesis || !text) return;
    speechSynthesis.cancel();
    const said = new SpeechSynthesisUtterance(text);
    said.lang = document.documentElement.lang || "en";
    speechSynthesis.speak(said);
  }

  function rising() {
    const now = sound.currentTime;
    const tone = new OscillatorNode(sound, { frequency: 440 });
    const loud = new GainNode(sound, { gain: 0 });
    tone.frequency.linearRampToValueAtTime(880, now + 0.25);
    loud.gain.linearRampToValueAtTime(0.4, now + 0.02);
    loud.gain.linearRampToValueAtTime(0, now + 0.3);
    tone.connect(loud).connect(sound.destination);
    tone.start(now);
    tone.stop(now + 0.32);
  }

  function giveCue(cue) {
    const item = document.createElement("li");
    item.textContent = texts.cue.replace("{rep}", cue.rep).replace("{place}", texts[`place_${cue.place}`])
      .replace("{size}", cue.size_deg.toFixed(0)).replace("{sd}", Math.max(cue.sd_deg, 1).toFixed(0)) + (cue.heard ? "" : ` ${texts.cue_silent}`);
    Object.assign(item.dataset, { rep: cue.rep, place: cue.place, time: cue.time_s, heard: cue.heard });
    byId("live-cues").append(item);
    if (!cue.heard) return;
    if (byId("sound").value === "tone") rising();
    if (byId("sound").value === "word") speak(texts[`word_${cue.place}`]);
  }

  function aloud(told) {
    if (!byId("aloud").checked) return;
    const now = told.drill?.text ?? (told.finished > counted ? String(told.finished) : told.stage !== "live" ? told.text : "");
    if (now && now !== spoken) speak(now);
    if (now || told.stage === "live") spoken = now;
  }

  /** From the first rep on nobody is told to begin. */
  const lifting = (told) => told.finished > 0 || (told.stage === "live" && told.phase !== "standing");

  function take(told) {
    drawOver(told);
    drawGauge(told);
    aloud(told);
    counted = told.finished;
    byId("live-reps").textContent = told.finished;
    byId("live-phase").textContent = told.stage === "live" ? texts[`phase_${told.phase}`] : "–";
    byId("live-count").textContent = told.stage === "stand_still" && told.countdown > 0 ? String(Math.max(1, Math.ceil(3 * (1 - told.countdown)))) : "";
    words(told.drill ? `${told.drill.text} ${told.drill.left_s ? `${Math.ceil(told.drill.left_s)} s` : ""}` : told.text || (lifting(told) ? "" : texts.going));
    document.documentElement.dataset.stage = told.stage;
    byId("live-screen").dataset.light = told.stage === "live" ? (told.lumbar_deg === null ? "stop" : "") : told.stage === "framing" ? "stop" : "go";
    if (told.drill) document.documentElement.dataset.drill = told.drill.kind;
    if (told.cue) giveCue(told.cue);
    if (told.drill?.kind === "over") stop();
  }

  function hear(event) {
    if (typeof event.data !== "string") {
      takeReplay(replayTold, event.data);
      return;
    }
    const told = JSON.parse(event.data);
    if (told.error) { over(told.error); return; }
    if (told.over) { left(told); return; }
    if (told.replay) replayTold = told.replay;
    if (!told.late) take(told);
    answered?.();
  }

  function left(told) {
    over(texts.over);
    if (told.lift) {
      const link = Object.assign(document.createElement("a"), { href: `/lift/${told.lift}`, textContent: texts.kept });
      byId("live-left").replaceChildren(link);
    }
    if (told.drill) byId("live-left").textContent = told.drill;
  }

  function connect() {
    return new Promise((done, failed) => {
      const made = new WebSocket(`${location.origin.replace("http", "ws")}/api/live`);
      made.binaryType = "arraybuffer";
      made.addEventListener("message", hear);
      made.addEventListener("close", () => { answered?.(); failed(); });
      made.addEventListener("open", () => {
        made.send(JSON.stringify({
          room, train: byId("train").value, schedule: byId("schedule").value, side: byId("side").value,
          delay_s: Math.min(10, Math.max(0, Number(byId("delay").value))), keep: byId("keep").checked,
          drill: byId("drill").checked, lifter: byId("live-lifter").value,
        }));
        done(made);
      });
    });
  }

  const nextPicture = (video) => new Promise((done) => {
    const timer = setTimeout(done, NO_PICTURE_MS, false);
    video.requestVideoFrameCallback(() => { clearTimeout(timer); done(true); });
  });

  async function sendOne(canvas, video) {
    const time = performance.now() / 1000;
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
    const picture = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    const head = new DataView(new ArrayBuffer(8));
    head.setFloat64(0, time, true);
    const body = await new Blob([head.buffer, picture]).arrayBuffer();
    if (!running || socket?.readyState !== WebSocket.OPEN) return; // stopped while it was packed
    const reply = new Promise((done) => { answered = done; setTimeout(done, PATIENCE_MS); });
    socket.send(body);
    await reply;
  }

  async function loop() {
    const video = byId("live-video");
    const share = Math.min(1, WIDEST_PX / Math.max(video.videoWidth, video.videoHeight));
    const even = (v) => 2 * Math.round((v * share) / 2);
    const canvas = Object.assign(document.createElement("canvas"), { width: even(video.videoWidth), height: even(video.videoHeight) });
    Object.assign(byId("live-over"), { width: canvas.width, height: canvas.height });
    while (running) {
      if (stream.getVideoTracks()[0].readyState === "ended") { words(texts.unplugged); await again(video); continue; }
      if (socket?.readyState !== WebSocket.OPEN) {
        try { socket = await connect(); } catch { words(texts.waiting); await new Promise((done) => setTimeout(done, 1000)); continue; }
        if (!running) { socket.close(); socket = null; break; } // stopped while it was opened
      }
      if (!(await nextPicture(video))) { if (running) words(texts.waiting_camera); continue; }
      if (running && socket.readyState === WebSocket.OPEN) await sendOne(canvas, video);
    }
  }

  async function again(video) {
    await new Promise((done) => setTimeout(done, 1000));
    try { stream = await camera(); video.srcObject = stream; await video.play(); } catch { /* not back yet */ }
  }

  const camera = () => navigator.mediaDevices.getUserMedia({
    video: { facingMode: "environment", width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 }, resizeMode: { ideal: "none" } }, audio: false,
  });

  function why(error) {
    const known = { NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "no_camera", OverconstrainedError: "no_camera", NotReadableError: "busy" };
    return texts[known[error.name]] ?? texts.insecure;
  }

  /** Says before anybody presses Start that no camera is there, and takes it back when one is. */
  async function lookForCamera() {
    if (!navigator.mediaDevices) { words(texts.insecure); return; }
    const found = await navigator.mediaDevices.enumerateDevices().catch(() => null);
    if (running || !found) return;
    const none = !found.some((one) => one.kind === "videoinput");
    if (none) words(texts.no_camera);
    else if (byId("live-text").textContent === texts.no_camera) words(texts.begin);
  }

  /** Waits for a promise; where it takes longer than the patience for a picture, that is said. */
  async function orSay(promise, text) {
    const timer = setTimeout(words, NO_PICTURE_MS, text);
    try { return await promise; } finally { clearTimeout(timer); }
  }

  async function start() {
    if (!navigator.mediaDevices) { words(texts.insecure); return; }
    try { stream = await orSay(camera(), texts.asking); } catch (error) { words(why(error)); return; }
    sound ??= new AudioContext();
    sound.resume();
    const video = byId("live-video");
    video.srcObject = stream;
    await orSay(video.play(), texts.waiting_camera);
    byId("live-cues").replaceChildren();
    byId("live-left").textContent = "";
    [running, counted, spoken] = [true, 0, ""];
    show(true);
    words(texts.loading);
    lock = await navigator.wakeLock?.request("screen").catch(() => null);
    loop().catch((error) => over(String(error.message ?? error)));
  }

  function stop() {
    running = false;
    if (socket?.readyState === WebSocket.OPEN) socket.send("stop"); else over(texts.over);
  }

  function over(text) {
    running = false;
    stream?.getTracks().forEach((track) => track.stop());
    lock?.release();
    socket?.close();
    socket = null;
    words(text);
    byId("live-screen").dataset.light = "";
    show(false);
  }

  byId("live-start").addEventListener("click", start);
  byId("live-stop").addEventListener("click", stop);
  byId("replay-again").addEventListener("click", playReplay);
  byId("live-form").addEventListener("submit", (event) => event.preventDefault());
  show(false);
  navigator.mediaDevices?.addEventListener("devicechange", lookForCamera);
  lookForCamera();
