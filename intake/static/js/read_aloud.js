// Reads the page aloud with the device's own voices; the button is there only where one speaks the page's language.
const speech = globalThis.speechSynthesis;
const voice = () => {
  const [language] = document.documentElement.lang.toLowerCase().split("-");
  return speech?.getVoices().find((each) => each.lang.toLowerCase().replace("_", "-").split("-")[0] === language);
};

// What is seen, in its order: the question, its help, the choices, the buttons. Nothing that somebody typed.
const words = () => [...document.querySelectorAll("main h1, main .help, main .lead, main .problem, main .tile-words, main .words-label, main .box span, main button, main a")]
  .filter((part) => part.checkVisibility?.() !== false && !part.closest(".tile button") && !(part.matches("button") && part.querySelector(".tile-words")))
  .map((part) => part.textContent.replace(/\s+/g, " ").trim()).filter(Boolean);

let reading = null;
export function stopReading() {
  speech?.cancel();
  const button = document.querySelector("#read-aloud");
  if (button) {
    button.setAttribute("aria-pressed", "false");
    button.querySelector(".ctl-words").textContent = button.dataset.start;
  }
  reading = null;
}
export function offerReading() {
  stopReading();
  const button = document.querySelector("#read-aloud");
  if (button) button.hidden = !voice();
}
speech?.addEventListener?.("voiceschanged", offerReading);

/** Reads on; `heard` is told with each piece, so that the page isn't taken from somebody who listens. */
export function readAloud(button, heard) {
  if (reading) return stopReading();
  const chosen = voice();
  if (!chosen) return undefined;
  reading = words();
  button.setAttribute("aria-pressed", "true");
  button.querySelector(".ctl-words").textContent = button.dataset.stop;
  reading.forEach((piece, place) => {
    const spoken = new SpeechSynthesisUtterance(piece);
    Object.assign(spoken, { voice: chosen, lang: chosen.lang, rate: 0.9 });
    spoken.onstart = heard;
    if (place === reading.length - 1) spoken.onend = stopReading;
    speech.speak(spoken);
  });
  return undefined;
}
