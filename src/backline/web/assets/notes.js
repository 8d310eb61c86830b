// A coach's notes on moments: written beside the picture, kept with the lift.
{
  let bar = null;
  const open = small(texts.note, () => {
    if (bar) { bar.remove(); bar = null; return; }
    player.pause();
    bar = Object.assign(document.createElement("form"), { className: "hand-bar acts" });
    const field = Object.assign(document.createElement("input"), { maxLength: 300, id: "note-text" });
    field.setAttribute("aria-label", texts.note_what);
    field.placeholder = texts.note_what;
    const keep = Object.assign(small(texts.note_keep), { type: "submit" });
    bar.append(field, keep);
    bar.addEventListener("submit", async (event) => {
      event.preventDefault();
      await ask("note", { time_s: nowSeconds(), text: field.value }, keep);
    });
    byId("screen").after(bar);
    field.focus();
  });
  open.id = "note";
  document.querySelector("#player .layers").append(open);
  for (const row of document.querySelectorAll("[data-note]")) {
    row.append(" ", small(texts.note_remove, (event) => ask("note", { remove: Number(row.dataset.note) }, event.currentTarget)));
  }
}
