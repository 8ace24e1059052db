// The question's form on a page of its own: type-ahead, and waiting when the database can't be reached.
import { attach } from "./combobox.js";

for (const area of document.querySelectorAll("[data-physicians]")) {
  const charted = area.dataset.chartedId ? { id: area.dataset.chartedId, name: area.dataset.chartedName } : null;
  for (const box of area.querySelectorAll("[data-combo]")) {
    attach(box, { address: box.dataset.combo === "physician" ? area.dataset.physicians : area.dataset.patients, charted });
  }
}

// A post that meets a stopped database would leave this page and what was typed on it: ask first whether it is there.
for (const form of document.querySelectorAll("form[method=post]:not(.who-menu form)")) {
  let waiting = false;
  form.addEventListener("submit", async (event) => {
    if (form.dataset.ready) return;
    event.preventDefault();
    if (waiting) return;
    waiting = true;
    const { submitter } = event;
    for (let attempt = 0; !(await ready()); attempt += 1) {
      tell(form);
      await new Promise((resolve) => setTimeout(resolve, Math.min(1000 * 2 ** attempt, 10_000)));
    }
    form.dataset.ready = "yes";
    form.requestSubmit(submitter);
  });
  // Coming back to this page with the browser's back button must not leave it deaf.
  addEventListener("pageshow", () => { delete form.dataset.ready; waiting = false; });
}

async function ready() {
  try {
    return (await fetch("/readyz")).ok;
  } catch {
    return false;
  }
}

function tell(form) {
  if (form.querySelector(".desk-waiting")) return;
  const note = document.createElement("p");
  note.className = "desk-waiting notice is-warn";
  note.setAttribute("role", "status");
  note.textContent = "Not saved yet: Intake can’t be reached. What you entered stays here and is sent again by itself.";
  form.prepend(note);
}
