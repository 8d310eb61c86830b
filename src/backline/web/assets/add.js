// Add a lift: files go to the server one by one, as they are; the camera is one more file.
(async () => {
  "use strict";
  const texts = JSON.parse(document.getElementById("texts").textContent);
  const byId = (id) => document.getElementById(id);
  while (!byId("add")) await new Promise((done) => setTimeout(done, 20));
  const form = byId("add");

  function row(name) {
    const item = document.createElement("li");
    const words = Object.assign(document.createElement("span"), { textContent: texts.sending.replace("{name}", name) });
    const bar = document.createElement("progress");
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", name);
    const stop = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: texts.stop });
    item.append(words, " ", bar, " ", stop);
    byId("sending").append(item);
    return { item, words, bar, stop };
  }

  let unsent = 0;
  addEventListener("beforeunload", (event) => { if (unsent) event.preventDefault(); });

  function send(file, name) {
    return new Promise((done) => {
      unsent += 1;
      const { item, words, bar, stop } = row(name);
      const fields = new URLSearchParams(new FormData(form));
      fields.delete("files");
      fields.set("name", name);
      const request = new XMLHttpRequest();
      request.open("POST", `/api/lifts?${fields}`);
      request.setRequestHeader("content-type", "application/octet-stream");
      request.upload.addEventListener("progress", (event) => { if (event.total) bar.value = event.loaded / event.total; });
      const end = (text, wrong) => {
        bar.remove();
        stop.remove();
        words.textContent = text;
        item.className = wrong ? "wrong" : "sent";
        if (!wrong) setTimeout(() => item.remove(), 8000);
        unsent -= 1;
        done();
      };
      request.addEventListener("load", () => {
        let said = {};
        try { said = JSON.parse(request.responseText); } catch { /* said nothing */ }
        if (request.status === 201) end(texts.sent.replace("{name}", name), false);
        else end(`${name}: ${said.error ?? texts.offline}`, true);
      });
      request.addEventListener("error", () => end(`${name}: ${texts.offline}`, true));
      request.addEventListener("abort", () => { item.remove(); unsent -= 1; done(); });
      stop.addEventListener("click", () => request.abort());
      request.send(file);
    });
  }

  async function sendAll(files) { for (const file of files) await send(file, file.name); }

  byId("files").addEventListener("change", async (event) => {
    const files = [...event.target.files];
    event.target.value = "";
    await sendAll(files);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  const drop = byId("drop");
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
  }
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => { event.preventDefault(); sendAll([...event.dataTransfer.files]); });

  let stream = null;
  let recorder = null;
  function closeCamera() {
    if (recorder?.state === "recording") recorder.stop();
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    byId("camera").hidden = true;
  }
  byId("film").addEventListener("click", async () => {
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: "environment", width: { ideal: 1920 }, frameRate: { ideal: 60, min: 30 } }, audio: false,
      });
    } catch {
      document.dispatchEvent(new CustomEvent("backline-say", { detail: texts.record_none }));
      byId("files").setAttribute("capture", "environment");
      return;
    }
    byId("finder").srcObject = stream;
    byId("camera").hidden = false;
    await byId("finder").play();
  });
  byId("close-camera").addEventListener("click", closeCamera);
  byId("record").addEventListener("click", () => {
    if (recorder?.state === "recording") { recorder.stop(); return; }
    const parts = [];
    recorder = new MediaRecorder(stream);
    recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
    recorder.addEventListener("stop", () => {
      byId("record").textContent = texts.record_start;
      const mp4 = recorder.mimeType.includes("mp4");
      const stamp = new Date().toISOString().slice(0, 16).replace(":", ".");
      send(new Blob(parts, { type: recorder.mimeType }), `${stamp}.${mp4 ? "mp4" : "webm"}`);
    });
    recorder.start(1000);
    byId("record").textContent = texts.record_stop;
  });
  document.documentElement.dataset.add = "ready";
})();
