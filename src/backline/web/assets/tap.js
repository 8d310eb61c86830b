// Whom to measure, tapped in the picture; the clip is looked at again then.
{
  const shown = byId("source-clip") ?? byId("screen");
  const picture = byId("source-clip") ?? byId("video");
  const button = byId("tap");
  const unmeasured = Boolean(byId("source-clip"));
  const ring = Object.assign(document.createElement("i"), { className: "tap-ring", hidden: true });
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

  function mark(event) {
    const box = picture.parentElement.getBoundingClientRect();
    ring.style.left = `${((100 * (event.clientX - box.left)) / box.width).toFixed(1)}%`;
    ring.style.top = `${((100 * (event.clientY - box.top)) / box.height).toFixed(1)}%`;
    ring.hidden = false;
  }

  /** While a tap is awaited the clip's own buttons would take it. */
  function awaitTap(on) {
    waiting = on;
    button.setAttribute("aria-pressed", String(on));
    shown.classList.toggle("tapping", on);
    if (unmeasured) picture.controls = !on;
  }

  if (button && picture) {
    button.hidden = false;
    if (unmeasured) picture.after(ring);
    button.addEventListener("click", () => {
      awaitTap(!waiting);
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
      awaitTap(false);
      if (unmeasured) mark(event);
      ask("again", { person: [nowSeconds(), ...place], anyway: true }, button, texts.tap_done);
    }, true);
  }
}
