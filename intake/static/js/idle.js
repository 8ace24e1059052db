// Keeps the session while somebody works here, warns before it runs out, and leaves the page when it has.
// The server ends the session by its own clock; this only spares people the surprise, and the screen their patients.
const watch = document.querySelector("#idle-watch");
const limit = Number(watch.dataset.seconds) * 1000;
const leaveAt = Math.max(limit - 15_000, limit / 2);
const warnAt = Math.max(leaveAt - 60_000, leaveAt / 2);
const pingEvery = Math.min(60_000, warnAt / 2);
const tabs = "BroadcastChannel" in window ? new BroadcastChannel("intake-idle") : null;
let seen = Date.now();
let touched = null;
let leaving = false;

const dialog = document.createElement("dialog");
dialog.className = "idle panel";
dialog.setAttribute("aria-labelledby", "idle-title");
dialog.innerHTML = `<h2 class="h3" id="idle-title">Are you still there?</h2>
  <p>In about a minute you will be signed out. What you are writing is kept for a while.</p>
  <button class="btn btn-primary" type="button">Stay signed in</button>`;
document.body.append(dialog);

function here(moment) {
  seen = Math.max(seen, moment);
  if (dialog.open) dialog.close();
}

async function stay() {
  const moment = Date.now();
  here(moment);
  try {
    const answer = await fetch(watch.dataset.still, { redirect: "manual", cache: "no-store" });
    if (answer.status === 204) tabs?.postMessage({ seen: moment });
    else leave();
  } catch {
    // Offline: nothing is lost yet, and the next movement asks again.
    seen = moment - pingEvery;
  }
}

function worked() {
  if (!leaving && Date.now() - seen >= pingEvery) stay();
}

function field(form, name, value) {
  const input = document.createElement("input");
  Object.assign(input, { type: "hidden", name, value });
  form.append(input);
}

function typed() {
  if (!touched?.isConnected) return [];
  const secret = new Set([...touched.querySelectorAll("input[type=password]")].map((input) => input.name));
  return [...new FormData(touched)].filter(([name, value]) => typeof value === "string" && !secret.has(name));
}

function leave() {
  if (leaving) return;
  leaving = true;
  const form = document.createElement("form");
  form.method = "post";
  form.action = watch.dataset.leave;
  form.hidden = true;
  field(form, "csrf_token", watch.dataset.token);
  field(form, "page", location.pathname + location.search);
  if (touched) {
    const target = new URL(touched.getAttribute("action") || location.href, location.href);
    field(form, "action", target.pathname + target.search);
    field(form, "fields", JSON.stringify(typed()));
  }
  document.body.append(form);
  form.submit();
}

function look() {
  if (leaving) return;
  const quiet = Date.now() - seen;
  if (quiet >= leaveAt) leave();
  else if (quiet >= warnAt && !dialog.open) dialog.showModal();
}

tabs?.addEventListener("message", (event) => { here(event.data.seen); });
dialog.querySelector("button").addEventListener("click", stay);
dialog.addEventListener("cancel", (event) => { event.preventDefault(); stay(); });
for (const kind of ["keydown", "pointerdown", "wheel", "touchstart"]) addEventListener(kind, worked, { passive: true });
addEventListener("input", (event) => {
  const form = event.target.form;
  if (form?.method === "post" && form.action && !form.closest("[data-no-draft]")) touched = form;
});
addEventListener("submit", (event) => { if (event.target === touched) touched = null; });
// A page brought back by the browser, or a computer that slept, looks at the clock first.
addEventListener("pageshow", look);
document.addEventListener("visibilitychange", look);
setInterval(look, Math.min(5000, warnAt / 4));
