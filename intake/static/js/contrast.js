// Says while a colour is picked whether everybody can read it; the server decides by the same rule (practice/look.py).
const field = document.querySelector("#accent");
const said = document.querySelector("#contrast");
const light = (colour) => [1, 3, 5].map((place) => parseInt(colour.slice(place, place + 2), 16) / 255)
  .map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4))
  .reduce((sum, each, place) => sum + each * [0.2126, 0.7152, 0.0722][place], 0.05);
field.addEventListener("input", () => {
  const [low, high] = [light(field.value), light(field.dataset.ground)].sort((one, other) => one - other);
  const enough = high / low >= Number(field.dataset.least);
  said.textContent = `Contrast ${(high / low).toFixed(1)} to 1${enough ? ": everybody can read it." : `; at least ${Number(field.dataset.least)} is needed. Choose a darker one.`}`;
});
