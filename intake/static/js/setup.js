// A guess at the time zone, and a short code from the name; both can be overruled.
const zone = document.querySelector("[data-zone]");
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !zone.value && [...zone.options].some((option) => option.value === here)) zone.value = here;
const name = document.querySelector("#location-name");
const code = document.querySelector("#location-code");
let ours = !code?.value;
code?.addEventListener("input", () => { ours = false; });
name?.addEventListener("input", () => {
  if (!ours) return;
  const words = name.value.normalize("NFKD").replace(/[^\x20-\x7e]/g, "").toUpperCase().split(/[^A-Z0-9]+/);
  code.value = (words.find(Boolean) ?? "").slice(0, 12);
});
