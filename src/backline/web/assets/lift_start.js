// The page is put up by a framework: wait until its parts are there.
function byId(id) { return document.getElementById(id); }

const raw = JSON.parse(byId("data").textContent);
const more = JSON.parse(byId("more").textContent);
const texts = JSON.parse(byId("texts").textContent);
const clipAddress = () => more.clip;

await new Promise((done) => {
  const look = () => (byId("canvas") && document.querySelector("svg") ? done() : setTimeout(look, 20));
  look();
});
