// Where the page's parts are, and what was measured.
function byId(id) { return document.getElementById(id); }

const raw = JSON.parse(byId("data").textContent);

/** The clip lies in the page itself; it leaves the page once the browser holds it. */
function clipAddress() {
  const clip = byId("clip");
  const address = URL.createObjectURL(new Blob([bytes(clip.textContent)], { type: "video/mp4" }));
  clip.remove();
  return address;
}
