const texts = JSON.parse(document.getElementById("live_texts").textContent);
const setup = JSON.parse(document.getElementById("live_setup").textContent);
const byId = (id) => document.getElementById(id);
while (!byId("live-form")) await new Promise((done) => setTimeout(done, 20));
