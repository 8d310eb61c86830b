// Opens the app to the phones of this network, and closes it again.
(async () => {
  "use strict";
  while (!document.querySelector(".phone")) await new Promise((done) => setTimeout(done, 20));
  const texts = JSON.parse(document.getElementById("texts").textContent);
  const place = document.querySelector(".phone .told-now");

  async function tell(act, body) {
    const answer = await fetch(`/api/phone/${act}`, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
    }).catch(() => null);
    if (answer?.ok) { location.reload(); return; }
    place.textContent = answer ? (await answer.json()).error : texts.offline;
    place.classList.add("wrong");
  }

  document.getElementById("phone")?.addEventListener("submit", (event) => {
    event.preventDefault();
    tell("open", { yes: document.getElementById("phone-yes").checked, password: document.getElementById("phone-password")?.value });
  });
  document.querySelector("[data-phone]")?.addEventListener("click", () => tell("close", {}));
})();
