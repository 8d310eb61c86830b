// What every page needs: buttons that tell the server something, and short notices.
(() => {
  "use strict";
  const texts = JSON.parse(document.getElementById("texts").textContent);

  function notice(words, button) {
    const box = document.getElementById("toast");
    if (!box) return;
    box.replaceChildren(Object.assign(document.createElement("p"), { textContent: words }));
    if (button) box.firstChild.append(" ", button);
    clearTimeout(notice.timer);
    notice.timer = setTimeout(() => box.replaceChildren(), button ? 30000 : 8000);
  }
  document.addEventListener("backline-say", (event) => notice(event.detail));

  async function tell(id, act, body = {}) {
    const answer = await fetch(`/api/lifts/${id}/${act}`, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
    }).catch(() => null);
    if (!answer) { notice(texts.offline); return false; }
    if (!answer.ok) { notice((await answer.json()).error); return false; }
    return true;
  }

  function undoButton(id) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: texts.undo });
    button.addEventListener("click", async () => {
      if (await tell(id, "undo")) { sessionStorage.removeItem("backline-deleted"); notice(texts.restored); location.reload(); }
    });
    return button;
  }

  const acts = {
    cancel: (id) => tell(id, "cancel"),
    again: (id) => tell(id, "again"),
    anyway: (id) => tell(id, "again", { anyway: true }),
    forget: async (name) => {
      const answer = await fetch("/api/lifters/forget", {
        method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ name }),
      }).catch(() => null);
      if (answer?.ok) { location.href = "/lifters"; return; }
      notice(answer ? (await answer.json()).error : texts.offline);
    },
    sample: async () => {
      const answer = await fetch("/api/sample", { method: "POST" }).catch(() => null);
      const told = answer && await answer.json();
      if (!answer?.ok) { notice(told?.error ?? texts.offline); return; }
      try { localStorage.setItem("backline-tour", "wanted"); } catch { /* no tour then */ }
      location.href = `/lift/${told.id}`;
    },
    undo: async (id) => { if (await tell(id, "undo")) location.reload(); },
    delete: async (id, then) => {
      if (!(await tell(id, "delete"))) return;
      if (then) { sessionStorage.setItem("backline-deleted", id); location.href = then; return; }
      notice(texts.deleted, undoButton(id));
    },
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    if (button) acts[button.dataset.act](button.dataset.id, button.dataset.then);
    if (event.target.closest("[data-print]")) print();
  });

  /** Words that are explained where the pointer rests on them: the first of each in a section. */
  function explain() {
    const told = JSON.parse(document.getElementById("words").textContent);
    const known = Object.keys(told).sort((a, b) => b.length - a.length);
    const any = new RegExp(`(?<![\\w-])(${known.join("|")})(?![\\w-])`, "i");
    const seen = new Map();
    for (const part of document.querySelectorAll("main :is(h2, h3, p, dt, th, li, legend, figcaption, .legend span, .card-name, [data-lane])")) {
      if (part.id) continue;
      const within = part.closest("section, .panel") ?? document.body;
      if (!seen.has(within)) seen.set(within, new Set());
      if (part.matches("button *, button")) {
        const word = any.exec(part.textContent)?.[1].toLowerCase();
        if (word && !part.title) part.title = told[word];
        continue;
      }
      for (const text of [...part.childNodes].filter((one) => one.nodeType === Node.TEXT_NODE)) {
        const found = any.exec(text.data);
        if (!found || seen.get(within).has(found[1].toLowerCase())) continue;
        seen.get(within).add(found[1].toLowerCase());
        const word = text.splitText(found.index);
        word.splitText(found[1].length);
        const mark = Object.assign(document.createElement("abbr"), { className: "word", title: told[found[1].toLowerCase()] });
        word.replaceWith(mark);
        mark.append(word);
      }
    }
  }

  const ready = () => {
    if (!document.getElementById("theme")) { setTimeout(ready, 20); return; }
    document.querySelector("main.q-page")?.setAttribute("role", "none"); // the framework's own: ours is the one landmark
    document.getElementById("theme").addEventListener("click", () => {
      const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
      document.documentElement.dataset.theme = next;
      try { localStorage.setItem("backline-theme", next); } catch { /* kept for this view only */ }
    });
    explain();
    const gone = sessionStorage.getItem("backline-deleted");
    if (gone) { sessionStorage.removeItem("backline-deleted"); notice(texts.deleted, undoButton(gone)); }
  };
  ready();
})();
