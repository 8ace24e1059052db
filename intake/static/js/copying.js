// "Copy" beside something that is shown once; without this file it can be selected and copied by hand.
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
    button.textContent = "Copied";
  });
}
for (const input of document.querySelectorAll("[data-select]")) input.addEventListener("focus", () => input.select());
