// Whom to measure, tapped in the picture; the clip is looked at again then.
{
  const shown = byId("source-clip") ?? byId("screen");
  const picture = byId("source-clip") ?? byId("video");
  const button = byId("tap");
  let waiting = false;

  /** Where a point of the page lies in the clip's picture, shares of its sides; null beside it. */
  function shareOf(event) {
    const box = picture.getBoundingClientRect();
    const [w, h] = [picture.videoWidth, picture.videoHeight];
    const scale = Math.min(box.width / w, box.height / h);
    const x = (event.clientX - box.left - (box.width - w * scale) / 2) / (w * scale);
    const y = (event.clientY - box.top - (box.height - h * scale) / 2) / (h * scale);
    return x >= 0 && x <= 1 && y >= 0 && y <= 1 ? [x, y] : null;
  }

  if (button && picture) {
    button.hidden = false;
    button.addEventListener("click", () => {
      waiting = !waiting;
      button.setAttribute("aria-pressed", String(waiting));
      shown.classList.toggle("tapping", waiting);
      picture.pause();
      button.parentElement.querySelector(".told-now").textContent = waiting ? texts.tap_text : "";
      if (waiting) shown.scrollIntoView({ block: "center" });
    });
    shown.addEventListener("click", (event) => {
      if (!waiting) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const place = shareOf(event);
      if (!place) return;
      waiting = false;
      button.setAttribute("aria-pressed", "false");
      shown.classList.remove("tapping");
      ask("again", { person: [nowSeconds(), ...place], anyway: true }, button, texts.tap_done);
    }, true);
  }
}
