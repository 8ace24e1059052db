// Touchpoints written without a connection are sealed and kept on the telephone until they have arrived.
import { sealedQueue } from "./sealed_queue.js";

const NO_ANSWER = [408, 502, 503, 504];

const { late, lateKey, csrf } = document.querySelector("[data-late]")?.dataset ?? {};
const queue = sealedQueue({
  database: "intake touchpoints", address: late, key: lateKey, token: () => csrf,
  delivered: (id) => {
    const form = document.querySelector(`[data-kept="${CSS.escape(id)}"]`);
    if (form) form.querySelector(".kept").textContent = "Sent.";
  },
});

// "Not seen" needs no sentence.
document.addEventListener("change", ({ target }) => {
  const form = target.form;
  if (target.name === "kind" && form?.matches("[data-touchpoint]")) form.elements.words.required = target.value !== "not_seen";
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-touchpoint]") || !form.elements.submission_id) return;
  event.preventDefault();
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  const button = event.submitter;
  const body = new URLSearchParams(new FormData(form, button));
  let response = null;
  try {
    response = await fetch(form.action, {
      method: "POST", body, headers: { "X-Requested-With": "fetch" }, credentials: "same-origin", cache: "no-store",
    });
  } catch { /* no connection */ }
  form.ariaBusy = "false";
  if (response && !NO_ANSWER.includes(response.status)) {
    // Refused, or signed out meanwhile: the browser's own way shows the page, with all that was typed.
    const next = response.headers.get("Content-Location");
    if (next) location.assign(next);
    else form.submit();
    return;
  }
  body.delete("csrf_token");
  const named = crypto.randomUUID();
  const id = (await queue.keep(named, { form: String(body), language: document.documentElement.lang })) && named;
  const note = form.querySelector(".kept");
  if (id) {
    form.dataset.kept = id;
    for (const field of form.elements) field.disabled = true;
  }
  note.textContent = id
    ? "Kept on this phone. It is sent by itself once there is a connection."
    : "There is no connection. Leave this page open and save again when there is one.";
});
