// Whoever tries the sample lift has it explained once, step by step.
{
  const steps = [["h1", 1], [".size", 2], ["#screen", 3], [".trust", 4], [".judge", 5], ["#share-title", 6]]
    .filter(([css]) => document.querySelector(css));
  const wanted = () => { try { return localStorage.getItem("backline-tour") === "wanted"; } catch { return false; } };
  let at = 0;
  let box = null;

  const close = () => {
    box?.remove();
    document.querySelector(".toured")?.classList.remove("toured");
    try { localStorage.removeItem("backline-tour"); } catch { /* it was not kept either */ }
  };

  const show = () => {
    document.querySelector(".toured")?.classList.remove("toured");
    const [css, number] = steps[at];
    const part = document.querySelector(css);
    part.classList.add("toured");
    part.scrollIntoView({ block: "center" });
    const last = at === steps.length - 1;
    const next = small(last ? texts.tour_end : texts.tour_next, () => { if (last) close(); else { at += 1; show(); } });
    next.classList.add("main");
    const words = said(texts[`tour_${number}`]);
    box.replaceChildren(words, next, ...(last ? [] : [small(texts.tour_skip, close)]));
    next.focus({ preventScroll: true });
  };

  if (wanted() && steps.length > 2) {
    box = Object.assign(document.createElement("section"), { className: "tour panel" });
    box.setAttribute("aria-label", texts.tour_name);
    document.querySelector("main").append(box);
    addEventListener("keydown", (event) => { if (event.key === "Escape" && box.isConnected) close(); });
    show();
  }
}
