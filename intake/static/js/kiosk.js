// Comforts of patients' pages; all of them work without. No history is left behind: every page replaces the last one.
import { deliver, forget, keep } from "./late.js";

const SCRIPT = { "X-Script": "1" };
const LONGEST_PAUSE = 8000;
// So long before it goes a page says so.
const WARNED = 22;
let waiting = null;
let next = null;
let timers = [];
let abort = null;

const $ = (selector) => document.querySelector(selector);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const later = (ms, what) => timers.push(setTimeout(what, ms));

// --- Sending: a failed post keeps what was entered and tries again until it is through.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  event.preventDefault();
  const button = event.submitter;
  const body = new URLSearchParams(new FormData(form, button));
  const url = button?.hasAttribute("formaction") ? button.formAction : form.action;
  if (waiting) {
    // Whoever enlarges the words and goes on at once meant both; a second tap on the same thing is one.
    if (waiting.has("display")) next = { url, body };
    return;
  }
  waiting = body;
  // A late list of physicians must not move what is about to be tapped.
  clearTimeout(typing);
  abort?.abort();
  form.setAttribute("aria-busy", "true");
  try {
    let response = await send(url, body);
    while (next) {
      const { url: address, body: given } = next;
      [waiting, next] = [given, null];
      response = await send(address, given);
    }
    await show(response);
  } finally {
    waiting = null;
    form.removeAttribute("aria-busy");
  }
});

async function send(url, body) {
  let kept = null;
  for (let tries = 1; ; tries += 1) {
    let response = null;
    try {
      response = await fetch(url, { method: "POST", body, headers: SCRIPT, credentials: "same-origin", cache: "no-store" });
    } catch { /* no connection */ }
    if (response && ![408, 502, 503, 504].includes(response.status)) {
      note("");
      // Their turn on the tablet is over: what they said is taken in sealed, or not at all.
      if (!response.headers.has("X-Over")) await forget(kept);
      else if (kept || (await keep(body))) await deliver();
      return response;
    }
    // The page may be gone before the connection is back.
    kept ||= await keep(body);
    note(navigator.onLine ? document.body.dataset.retrying : document.body.dataset.offline);
    await pause(Math.min(LONGEST_PAUSE, 500 * 2 ** Math.min(tries, 4)));
  }
}

async function show(response) {
  const onward = response.headers.get("X-Onward");
  if (onward || response.redirected) {
    location.replace(onward || response.url);
    // The page is on its way out; nothing on it may be sent again meanwhile.
    await pause(5000);
    return;
  }
  const next = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const name of ["lang", "dir", "data-size", "data-contrast"]) {
    if (next.documentElement.hasAttribute(name)) document.documentElement.setAttribute(name, next.documentElement.getAttribute(name));
    else document.documentElement.removeAttribute(name);
  }
  document.title = next.title;
  document.body.replaceWith(document.importNode(next.body, true));
  start();
  const first = $("[aria-invalid=true]") || $("#problem") || $("#hits .tile");
  if (first) {
    if (!first.matches("input, textarea, button")) first.tabIndex = -1;
    first.focus();
  } else scrollTo(0, 0);
}

function note(words) {
  $(".wait")?.remove();
  if (!words) return;
  const line = document.createElement("p");
  line.className = "wait";
  line.setAttribute("role", "status");
  line.textContent = words;
  document.body.append(line);
}

// --- The order of taps says which one came to mind first.
document.addEventListener("change", (event) => {
  const list = $("input[name=tapped]");
  if (event.target.name === "source") $("#problem")?.remove();
  if (!list || event.target.name !== "source") return;
  const others = list.value.split(",").filter((code) => code && code !== event.target.value);
  list.value = (event.target.checked ? [...others, event.target.value] : others).join(",");
});

// --- Physicians while somebody types.
let typing = null;
document.addEventListener("input", (event) => {
  const url = event.target.dataset?.hits;
  if (!url) return;
  clearTimeout(typing);
  typing = setTimeout(() => suggest(url, event.target), 180);
});

async function suggest(url, input) {
  abort?.abort();
  abort = new AbortController();
  try {
    const body = new URLSearchParams(new FormData(input.form));
    const response = await fetch(url, { method: "POST", body, headers: SCRIPT, signal: abort.signal, cache: "no-store" });
    if (response.status === 200) $("#hits").innerHTML = await response.text();
  } catch { /* the search button still works */ }
}

// --- A tablet forgets whoever walks away: asked after 36 s of quiet, back at its welcome after 58.
function watch() {
  const { quiet, home, homeSeconds, stillQuestion, stillAnswer } = document.body.dataset;
  const seconds = quiet ? 58 : Number(homeSeconds || 0);
  if (!seconds) return;
  timers.forEach(clearTimeout);
  timers = [];
  if (stillQuestion) later((seconds - WARNED) * 1000, () => ask(stillQuestion, stillAnswer));
  later(seconds * 1000, () => leave(quiet, home));
}

function ask(question, answer) {
  if ($(".still")) return;
  const box = document.createElement("div");
  box.className = "still";
  box.setAttribute("role", "alert");
  const words = document.createElement("p");
  words.textContent = question;
  const button = document.createElement("button");
  button.className = "go";
  button.type = "button";
  button.textContent = answer;
  box.append(words, button);
  document.body.append(box);
}

function leave(quiet, home) {
  const url = home || "/kiosk";
  const form = $("#ask");
  document.body.replaceChildren();
  const body = form ? new URLSearchParams(new FormData(form)) : new URLSearchParams();
  // Without a connection there is no page to go to; a browser's own error page would never come back from there.
  if (waiting) note(document.body.dataset.offline);
  const gone = async () => {
    while (!(await fetch("/healthz", { cache: "no-store" }).then((answer) => answer.ok, () => false))) await pause(3000);
    location.replace(url);
  };
  if (quiet) fetch(quiet, { method: "POST", body, headers: SCRIPT, keepalive: true }).then(gone, gone);
  else gone();
}

let toldAt = 0;
function touched() {
  $(".still")?.remove();
  watch();
  const { quiet, stillHere } = document.body.dataset;
  // The server keeps its own time; it hears of touches now and then.
  if (!quiet || !stillHere || Date.now() - toldAt < 15000) return;
  toldAt = Date.now();
  fetch(stillHere, { method: "POST", body: new URLSearchParams(new FormData($("#ask"))), headers: SCRIPT }).catch(() => {});
}
for (const kind of ["pointerdown", "keydown", "input", "scroll"]) addEventListener(kind, touched, { passive: true });

// --- The waiting tablet looks whether the desk has handed a visit over.
async function poll() {
  const { waiting: url, seen, csrf } = document.body.dataset;
  if (!url) return;
  try {
    const response = await fetch(url, { headers: SCRIPT, cache: "no-store" });
    if (response.redirected) return location.replace("/kiosk");
    if (response.ok && (await response.json()).waiting) return location.replace("/kiosk");
    if (Date.now() - Number(sessionStorage.getItem("seen") || 0) > 60000) {
      sessionStorage.setItem("seen", Date.now());
      await fetch(seen, { method: "POST", headers: { ...SCRIPT, "X-CSRFToken": csrf } });
    }
  } catch { /* it asks again */ }
  setTimeout(poll, 2500);
}

// --- Links replace the page too, so that Back never leads to an earlier patient's page.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  location.replace(link.href);
});
// A page that the browser kept alive belongs to somebody who may have left.
addEventListener("pageshow", (event) => { if (event.persisted) location.replace(location.href); });

function start() {
  timers.forEach(clearTimeout);
  timers = [];
  watch();
}
start();
poll();
