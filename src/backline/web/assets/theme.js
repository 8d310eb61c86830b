// Light or dark, before anything is painted.
(() => {
  "use strict";
  let kept = null;
  try { kept = localStorage.getItem("backline-theme"); } catch { /* no storage */ }
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const show = (name) => { document.documentElement.dataset.theme = name; };
  show(kept === "dark" || kept === "light" ? kept : dark.matches ? "dark" : "light");
  dark.addEventListener("change", (event) => { if (!kept) show(event.matches ? "dark" : "light"); });
})();
