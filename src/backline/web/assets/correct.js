// Corrections: told to the server at once, shown beside their button, worked out before any film.
const nowSeconds = () => (typeof player === "undefined" ? byId("source-clip").currentTime : player.time + raw.start_s);

/** Says something to the server; the answer stands beside the button that was pressed. */
async function ask(act, body, button, done = "") {
  const place = button?.closest(".acts, .judge, p")?.querySelector(".told-now")
    ?? button?.parentElement.appendChild(Object.assign(document.createElement("span"), { className: "told-now" }));
  place?.setAttribute("role", "status");
  const show = (words, wrong) => {
    if (!place) return;
    place.textContent = words;
    place.classList.toggle("wrong", wrong);
  };
  show(texts.working_now, false);
  const answer = await fetch(`/api/lifts/${more.id}/${act}`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
  }).catch(() => null);
  if (answer?.ok) {
    show(done || texts.working_now, false);
    if (!done) document.documentElement.dataset.outdated = "";  // until the page has the new numbers
    return true;
  }
  const told = answer ? await answer.json() : { error: texts.offline };
  show(told.error, true);
  const field = told.field && byId(`told-${told.field}`);
  if (field) { field.setAttribute("aria-invalid", "true"); field.focus(); }
  return false;
}

for (const button of document.querySelectorAll("[data-take]")) {
  button.addEventListener("click", () => { byId(button.dataset.take).value = nowSeconds().toFixed(2); });
}

const lastSecond = () => (typeof player === "undefined" ? byId("source-clip").duration : lastTime + raw.start_s);

function ends(name) {
  const fields = ["from", "to"].map((end) => byId(`${name}-${end}`));
  const values = fields.map((one) => one.value.replace(",", ".").trim());
  const changed = fields.some((one) => one.value.trim() !== one.dataset.was);
  const [from, to] = values;
  return { changed, value: from || to ? [Number(from), to === "" ? lastSecond() : Number(to)] : null };
}

byId("correct")?.addEventListener("submit", (event) => {
  event.preventDefault();
  for (const one of event.target.querySelectorAll("[aria-invalid]")) one.removeAttribute("aria-invalid");
  const form = new FormData(event.target);
  const told = Object.fromEntries([...byId("told").querySelectorAll("input, select")].map((one) => [one.name, one.value]));
  const body = { span: ends("span").value, lift: form.get("lift"), side: form.get("side"), told,
    sex: form.get("sex"), bar_place: form.get("bar_place"),
    tags: [...byId("tags").querySelectorAll("input:checked")].map((one) => one.name) };
  if (ends("standing").changed) body.standing = ends("standing").value;
  if (ends("trim").changed) body.trim = ends("trim").value;
  if (byId("source-clip")) body.anyway = true;  // the first look, which stopped it, was answered
  ask("again", body, event.submitter ?? event.target.querySelector("[type=submit]"));
});
byId("undo-correction")?.addEventListener("click", (event) => ask("again", { undo: true }, event.currentTarget));
byId("use-moment")?.addEventListener("click", (event) => {
  const at = nowSeconds();
  ask("again", { standing: [Math.max(0, at - 0.5), at + 0.5], anyway: true }, event.currentTarget);
});
if (byId("source-clip")) byId("side").addEventListener("change", (event) =>
  ask("again", { side: event.currentTarget.value, anyway: true }, event.currentTarget));
