// Comforts of patients' pages; all of them work without. No history is left behind: every page replaces the last one.
import { offerReading, readAloud } from "./read_aloud.js";

export const SCRIPT = { "X-Script": "1" };
// What a tablet does besides (tablet/tablet.js); a phone has none of it.
export const tablet = { clock: null, keep: null, arrived: null, goOn: null, answers: null, hits: null, follows: null, home: null, leaves: null };
const LONGEST_PAUSE = 8000;
const LONGEST_REQUEST = 15000;
const TELL_EVERY = 15000;
const MOST_TRIES = 12;
// A tablet that has kept the answer goes on by itself after so many.
const TRIES_BEFORE_GOING_ON = 3;
// So long before it goes a page says so; longer where words are large or written.
const [WARNED, WARNED_LONGER] = [22, 40];
// A second tap on the same thing within it is a hand that shakes.
const SHAKING = 500;
let waiting = null;
let next = null;
let timers = [];
let abort = null;
let pressed = "";

const $ = (selector) => document.querySelector(selector);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const later = (ms, what) => timers.push(setTimeout(what, ms));

// --- Sending: a failed post keeps what was entered and tries again until it is through.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  event.preventDefault();
  const button = event.submitter;
  pressed = button?.name === "display" ? button.value.split(":")[0] : "";
  const body = new URLSearchParams(new FormData(form, button));
  const url = button?.hasAttribute("formaction") ? button.formAction : form.action;
  if (waiting) {
    // Whoever enlarges the words and goes on at once meant both; a second tap on the same thing is one.
    if (waiting.has("display")) next = { url, body };
    return;
  }
  // A late list of physicians must not move what is about to be tapped.
  clearTimeout(typing);
  abort?.abort();
  form.setAttribute("aria-busy", "true");
  try {
    let [given, shown] = [{ url, body }, null];
    // Until the new page stands, what is tapped on the old one waits.
    while (given) {
      waiting = given.body;
      const response = await send(given.url, given.body, tablet.clock?.());
      shown = response && await read(response);
      [given, next] = [next, null];
    }
    if (shown) await show(shown);
  } finally {
    [waiting, next] = [null, null];
    form.removeAttribute("aria-busy");
  }
});

// Returns the server's response, the page that a tablet without connection goes on with, or null: nothing was sent, and
// what was entered is still on the page.
async function send(url, body, pressedAt) {
  if (tablet.answers?.()) return tablet.goOn(url, body, pressedAt);
  const { retrying, offline, unsent } = document.body.dataset;
  let kept = false;
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    let response = null;
    try {
      const signal = AbortSignal.timeout(LONGEST_REQUEST);
      response = await fetch(url, { method: "POST", body, headers: SCRIPT, credentials: "same-origin", cache: "no-store", signal });
    } catch { /* no connection */ }
    if (response && ![408, 502, 503, 504].includes(response.status)) {
      note("");
      await tablet.arrived?.(body, response, pressedAt);
      return response;
    }
    if (!kept) note(retrying);
    // The page may be gone before the connection is back.
    kept ||= Boolean(await tablet.keep?.(body, pressedAt));
    note(kept ? offline : retrying);
    if (tablet.goOn && tries >= TRIES_BEFORE_GOING_ON && (kept || !body.has("submission_id"))) {
      const page = await tablet.goOn(url, body, pressedAt);
      if (page) {
        note("");
        return page;
      }
    }
    await pause(Math.min(LONGEST_PAUSE, 500 * 2 ** Math.min(tries, 4)));
  }
  note(kept ? offline : unsent);
  return null;
}

// The page of a response, or the address that it leads to.
async function read(response) {
  if (!(response instanceof Response)) return { page: response };
  const onward = response.headers.get("X-Onward") || (response.redirected && response.url);
  return onward ? { onward } : { page: await response.text() };
}

async function show({ onward, page }) {
  if (!onward) return swap(page);
  location.replace(onward);
  // The page is on its way out; nothing on it may be sent again meanwhile.
  await pause(5000);
}

export function swap(html, prepare = () => {}) {
  const page = typeof html === "string" ? new DOMParser().parseFromString(html, "text/html") : html;
  prepare(page);
  for (const name of ["lang", "dir", "data-size", "data-contrast"]) {
    if (page.documentElement.hasAttribute(name)) document.documentElement.setAttribute(name, page.documentElement.getAttribute(name));
    else document.documentElement.removeAttribute(name);
  }
  document.title = page.title;
  document.body.replaceWith(document.importNode(page.body, true));
  start();
  // Focus never stays behind on what is gone: a screen reader goes on with the new page's question.
  const again = pressed && $(`[name=display][value^="${pressed}:"]`);
  const first = again || $("[aria-invalid=true]") || $("#problem") || $("#hits .tile") || $("h1");
  if (first && !first.matches("input, textarea, button")) first.tabIndex = -1;
  first?.focus({ preventScroll: first.matches("h1") });
  if (first?.matches("h1")) scrollTo(0, 0);
}

export function note(words) {
  $(".wait")?.remove();
  if (!words) return;
  const line = document.createElement("p");
  line.className = "wait";
  line.setAttribute("role", "status");
  line.textContent = words;
  document.body.append(line);
}

// --- A shaking hand taps twice, which would take back what it has just chosen. A key pressed twice is meant.
let tapped = { what: "", at: 0 };
document.addEventListener("click", (event) => {
  const one = event.target.closest?.(".tile input, [name=display]");
  if (!one || !event.detail) return;
  const what = one.name === "display" ? one.value.split(":")[0] : one.value;
  const again = tapped.what === what && event.timeStamp - tapped.at < SHAKING;
  tapped = { what, at: event.timeStamp };
  if (again) event.preventDefault();
}, { capture: true });

// --- The order of taps says which one came to mind first.
document.addEventListener("change", (event) => {
  const list = $("input[name=tapped]");
  if (event.target.name === "source") $("#problem")?.remove();
  if (!list || event.target.name !== "source") return;
  const others = list.value.split(",").filter((code) => code && code !== event.target.value);
  list.value = (event.target.checked ? [...others, event.target.value] : others).join(",");
});

// --- What is below the screen is chosen less: said while there is something, and counted with the answer.
let below = null;
function lookBelow() {
  below?.disconnect();
  const [list, more] = [$(".tiles"), $("#more")];
  if (!list || !more) return;
  const bar = [more.parentElement, more.closest(".foot")].find((each) => each?.getClientRects().length);
  const edge = () => bar.getBoundingClientRect().top;
  const seen = $("input[name=in_view]");
  if (seen) seen.value = [...list.children].filter((tile) => tile.getBoundingClientRect().bottom <= edge() + 1).length;
  // On a phone the ways out stand below the tiles, on a tablet beside Continue.
  const foot = $(".foot");
  const last = foot && getComputedStyle(foot).display === "contents" ? $(".outs") : list.lastElementChild;
  const covered = Math.max(0, Math.round(innerHeight - edge()));
  below = new IntersectionObserver(([entry]) => { more.hidden = entry.isIntersecting; }, { rootMargin: `0px 0px -${covered}px 0px`, threshold: 0.5 });
  below.observe(last);
}
addEventListener("resize", lookBelow);
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("#more")) return;
  const smooth = matchMedia("(prefers-reduced-motion: no-preference)").matches;
  scrollBy({ top: innerHeight * 0.6, behavior: smooth ? "smooth" : "auto" });
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("#read-aloud");
  if (button) readAloud(button, touched);
});

// --- Physicians while somebody types.
let typing = null;
document.addEventListener("input", (event) => {
  const url = event.target.dataset?.hits;
  if (!url) return;
  // Who was chosen before stands only as long as nobody else is looked for.
  $("#stands")?.remove();
  clearTimeout(typing);
  typing = setTimeout(() => (tablet.answers?.() ? tablet.hits(event.target) : suggest(url, event.target)), 180);
});

export function listHits(html) {
  $("#hits").innerHTML = html;
  $("#found").textContent = $("#hits #count")?.textContent ?? "";
}

async function suggest(url, input) {
  abort?.abort();
  abort = new AbortController();
  try {
    const body = new URLSearchParams(new FormData(input.form));
    const response = await fetch(url, { method: "POST", body, headers: SCRIPT, signal: abort.signal, cache: "no-store" });
    if (response.status === 200) listHits(await response.text());
  } catch { /* the search button still works */ }
}

// --- A tablet forgets whoever walks away: asked after 36 s of quiet, back at its welcome after 58. Who writes, or reads
// large words, has twice as long.
const written = () => Boolean($("#text")?.value.trim());
function watch() {
  const { quiet, home, homeSeconds, stillQuestion, stillAnswer } = document.body.dataset;
  const seconds = quiet ? 58 : Number(homeSeconds || 0);
  if (!seconds) return;
  timers.forEach(clearTimeout);
  timers = [];
  const longer = stillQuestion && (written() || Number(document.documentElement.dataset.size) > 1);
  const goes = longer ? seconds * 2 : seconds;
  const warned = longer ? WARNED_LONGER : WARNED;
  if (stillQuestion) later((goes - warned) * 1000, () => ask(stillQuestion, stillAnswer, warned));
  later(goes * 1000, () => leave(quiet, home));
}

function ask(question, answer, seconds) {
  if ($(".still")) return;
  const box = document.createElement("dialog");
  box.className = "still";
  box.setAttribute("role", "alertdialog");
  box.setAttribute("aria-labelledby", "still");
  const words = document.createElement("p");
  words.id = "still";
  words.textContent = question;
  const button = document.createElement("button");
  button.className = "go";
  button.type = "button";
  button.textContent = answer;
  // Seen, not read out: a voice that counts would talk over the question.
  const left = document.createElement("span");
  left.className = "still-left";
  left.setAttribute("aria-hidden", "true");
  for (let second = 0; second < seconds; second += 1) later(second * 1000, () => { left.textContent = seconds - second; });
  left.textContent = seconds;
  box.append(words, left, button);
  document.body.append(box);
  box.showModal();
}

async function leave(quiet, home) {
  const url = home || "/kiosk";
  const [form, at, hasWritten] = [$("#ask"), tablet.clock?.(), written()];
  document.body.replaceChildren();
  const body = form ? new URLSearchParams(new FormData(form)) : new URLSearchParams();
  // Without a connection there is no page to go to, unless the tablet keeps one; a browser's own error page would never
  // come back from there.
  const gone = async () => {
    while (!navigator.serviceWorker?.controller && !(await fetch("/healthz", { cache: "no-store" }).then((answer) => answer.ok, () => false))) await pause(3000);
    location.replace(url);
  };
  // The server keeps what was written with the answer; a tablet without connection seals it.
  const heard = quiet && (await fetch(quiet, { method: "POST", body, headers: SCRIPT, keepalive: true, signal: AbortSignal.timeout(5000) }).then((answer) => answer.ok, () => false));
  if (hasWritten && !heard) await (quiet ? tablet.keep : tablet.leaves)?.(body, at);
  gone();
}

let toldAt = 0;
let telling = null;
function touched(event) {
  const still = $(".still");
  // Not when the finger comes down: when it goes up it would press what lay beneath.
  if (still && event?.type === "pointerdown") return;
  still?.close();
  still?.remove();
  watch();
  // The server keeps its own time; it hears of touches now and then, and of the last one.
  clearTimeout(telling);
  telling = setTimeout(tell, Math.max(0, toldAt + TELL_EVERY - Date.now()));
}
function tell() {
  const { quiet, stillHere } = document.body.dataset;
  if (!quiet || !stillHere) return;
  toldAt = Date.now();
  fetch(stillHere, { method: "POST", body: new URLSearchParams(new FormData($("#ask"))), headers: SCRIPT }).catch(() => {});
}
for (const kind of ["pointerdown", "click", "input", "scroll"]) addEventListener(kind, touched, { passive: true });
addEventListener("keydown", (event) => {
  // The key that answers the question whether somebody is there does nothing else.
  if ($(".still")) event.preventDefault();
  touched(event);
});

// --- Links replace the page too, so that Back never leads to an earlier patient's page.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  if (!tablet.follows?.(link)) location.replace(link.href);
});
// A page that the browser kept alive belongs to somebody who may have left.
addEventListener("pageshow", (event) => { if (event.persisted) location.replace(location.href); });

function start() {
  timers.forEach(clearTimeout);
  timers = [];
  watch();
  lookBelow();
  offerReading();
  tablet.home?.();
}
start();
// The code of a tablet's picture stands behind the #, where no server sees it.
if ($("#code[name=code]") && location.pathname === "/kiosk/pair" && location.hash) {
  $("#code").value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname);
}
