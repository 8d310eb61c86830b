(() => {
  "use strict";
  let kept = null;
  try { kept = localStorage.getItem("backline-theme"); } catch { /* no storage for local files */ }
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const show = (name) => { document.documentElement.dataset.theme = name; };
  show(kept === "dark" || kept === "light" ? kept : dark.matches ? "dark" : "light");
  dark.addEventListener("change", (event) => { if (!kept) show(event.matches ? "dark" : "light"); });
  addEventListener("DOMContentLoaded", () => {
    document.getElementById("theme").addEventListener("click", () => {
      kept = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
      show(kept);
      try { localStorage.setItem("backline-theme", kept); } catch { /* kept for this view only */ }
    });
  });
})();
