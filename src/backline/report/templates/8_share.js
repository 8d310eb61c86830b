// A before/after picture and ten seconds with the line, made by the browser and saved as files.
const CLIP_S = 10;

function saved(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

/** The stills of the page side by side, with their words under them. */
function beforeAfter() {
  const images = [...document.querySelectorAll(".still img")];
  if (!images.length) return null;
  const tall = Math.min(...images.map((one) => one.naturalHeight));
  const wide = images.map((one) => Math.round((one.naturalWidth * tall) / one.naturalHeight));
  const strip = Math.round(tall * 0.08);
  const sheet = document.createElement("canvas");
  sheet.width = wide.reduce((a, b) => a + b, 8 * (wide.length - 1));
  sheet.height = tall + strip;
  const pen = sheet.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, sheet.width, sheet.height);
  pen.fillStyle = "#13171d";
  pen.font = `600 ${Math.round(strip * 0.42)}px sans-serif`;
  pen.textBaseline = "middle";
  let left = 0;
  images.forEach((one, i) => {
    pen.drawImage(one, left, 0, wide[i], tall);
    pen.fillText(one.closest("figure").querySelector("b").textContent, left + 8, tall + strip / 2, wide[i] - 16);
    left += wide[i] + 8;
  });
  return sheet;
}

/** Plays ten seconds about the opening moment and records what is on the screen. */
function recordClip(video, note) {
  const kinds = ["video/mp4;codecs=avc1.42E01E", "video/mp4", "video/webm;codecs=vp9", "video/webm"];
  const kind = typeof MediaRecorder === "undefined" ? null : kinds.find((one) => MediaRecorder.isTypeSupported(one));
  const surface = document.createElement("canvas");
  if (!kind || !surface.captureStream) { note.hidden = false; return Promise.resolve(); }
  [surface.width, surface.height] = lines.size;
  const pen = surface.getContext("2d");
  const paint = () => {
    const over = picture.canvas;
    const scale = Math.min(over.width / surface.width, over.height / surface.height);
    const [w, h] = [surface.width * scale, surface.height * scale];
    pen.drawImage(video, 0, 0, surface.width, surface.height);
    pen.drawImage(over, (over.width - w) / 2, (over.height - h) / 2, w, h, 0, 0, surface.width, surface.height);
  };
  const about = Number.isFinite(raw.open_s) ? shift(raw.open_s) : 0;
  const from = Math.max(0, Math.min(about - 0.6 * CLIP_S, lastTime - CLIP_S));
  return new Promise((done) => {
    const parts = [];
    const recorder = new MediaRecorder(surface.captureStream(), { mimeType: kind, videoBitsPerSecond: 3e6 });
    recorder.ondataavailable = (event) => parts.push(event.data);
    recorder.onstop = () => {
      player.pause();
      saved(new Blob(parts, { type: kind }), `backline.${kind.slice(6, 10) === "webm" ? "webm" : "mp4"}`);
      done();
    };
    player.setRate(1);
    player.seek(from);
    player.play();
    recorder.start();
    const until = Math.min(lastTime, from + CLIP_S);
    const tick = () => {
      paint();
      if (player.time >= until - 0.02 || (!player.playing && player.time > from)) recorder.stop();
      else requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
}

byId("share-picture")?.addEventListener("click", () => {
  beforeAfter()?.toBlob((blob) => saved(blob, "before_after.jpg"), "image/jpeg", 0.9);
});
byId("share-clip")?.addEventListener("click", async (event) => {
  const button = event.currentTarget;
  button.disabled = true;
  await recordClip(player.video, byId("share-none"));
  button.disabled = false;
});
byId("share-sheet")?.addEventListener("click", () => print());
