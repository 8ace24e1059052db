// Says at once that a file is too large; the server refuses it either way.
const input = document.querySelector("input[type=file][data-most-megabytes]");
input?.addEventListener("change", () => {
  const most = Number(input.dataset.mostMegabytes);
  const file = input.files[0];
  const size = file ? file.size / 1024 / 1024 : 0;
  input.setCustomValidity(size > most ? `This file has ${Math.round(size)} MB. The most is ${most} MB.` : "");
  input.reportValidity();
});
input?.form.addEventListener("submit", (event) => {
  if (!input.checkValidity()) {
    event.preventDefault();
    input.reportValidity();
  }
});
