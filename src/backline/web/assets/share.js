// Sends a file to another program of the phone where the browser can; saves it everywhere else.
for (const link of document.querySelectorAll("a[data-share]")) {
  link.addEventListener("click", async (event) => {
    if (!navigator.canShare || !matchMedia("(pointer: coarse)").matches) return;
    event.preventDefault();
    const answer = await fetch(link.href).catch(() => null);
    if (!answer?.ok) { location.href = link.href; return; }
    const file = new File([await answer.blob()], link.download, { type: link.dataset.share });
    if (navigator.canShare({ files: [file] })) await navigator.share({ files: [file] }).catch(() => null);
    else location.href = link.href;
  });
}
