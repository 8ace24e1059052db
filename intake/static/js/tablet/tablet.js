// What a tablet of the practice does besides showing pages: waits for the desk, tells how it is, and asks by itself when
// there is no connection.
import { note, SCRIPT, tablet } from "../kiosk.js";
import { hear, sealedQueue, serverNow } from "../sealed_queue.js";
import { offline } from "./offline.js";
import { current, prepare } from "./prepare.js";

const body = () => document.body.dataset;
const token = () => document.querySelector("input[name=csrf_token]")?.value || body().csrf || "";
const EVERY = 2500;
const TELL_EVERY = 60000;
const LONGEST = 10000;

let kept = { waiting: 0, refused: 0 };
function showCount() {
  const place = document.querySelector("#kept-here");
  if (!place) return;
  place.lastElementChild.textContent = kept.waiting + kept.refused;
  place.hidden = !(kept.waiting + kept.refused);
}
const queue = sealedQueue({
  database: "intake", address: body().late, key: body().lateKey, token,
  changed: (count) => { kept = count; showCount(); },
});
const alone = offline(queue, serverNow);
tablet.home = showCount;

const ask = (url, given) => fetch(url, { headers: { ...SCRIPT, "X-CSRFToken": token() }, cache: "no-store", signal: AbortSignal.timeout(LONGEST), ...given });

// --- The waiting tablet looks whether the desk has handed a visit over, or has something to say.
let failed = 0;
async function poll() {
  const { waiting: url, look } = body();
  if (!url) return;
  try {
    const response = await ask(url);
    if (response.redirected) return location.replace("/kiosk");
    if (response.ok) {
      const now = await response.json();
      if (now.waiting || now.look !== look) return location.replace("/kiosk");
      await tell();
    }
    failed = 0;
  } catch {
    // The page that asks alone is better than one whose every link fails.
    failed += 1;
    if (failed > 2 && navigator.serviceWorker?.controller && (await current())) return location.replace("/kiosk");
  }
  setTimeout(poll, EVERY);
}

// --- How the tablet is: for the page of tablets, and so that it can go on alone.
let toldAt = 0;
async function tell() {
  if (!body().seen || Date.now() - toldAt < TELL_EVERY) return;
  toldAt = Date.now();
  const battery = await navigator.getBattery?.().catch(() => null);
  const health = new URLSearchParams({
    ...kept, version: body().version, stores: (await queue.works()) ? 1 : 0, ready: ready ? 1 : 0,
    lasting: (await navigator.storage?.persisted?.().catch(() => false)) ? 1 : 0,
    ...(battery ? { battery: Math.round(battery.level * 100), charging: battery.charging ? 1 : 0 } : {}),
  });
  const response = await ask(body().seen, { method: "POST", body: health });
  if (!response.ok) return;
  const { now, tag } = await response.json();
  hear(now);
  ready = await prepare(tag);
  queue.deliver();
}
let ready = false;

async function settle() {
  if (!navigator.serviceWorker || !body().seen) return;
  try {
    const registration = await navigator.serviceWorker.register("/kiosk/worker.js", { scope: "/kiosk", updateViaCache: "none" });
    // Nobody is answering on this page, so a newer one may take over now.
    registration.waiting?.postMessage("take over");
    await navigator.storage?.persist?.();
  } catch { /* it works as before while there is a connection */ }
}

// --- Calling somebody leaves the page as it is.
addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.id !== "call") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const heard = await ask(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) }).then((response) => response.ok, () => false);
  note(heard ? form.dataset.called : form.dataset.failed);
  setTimeout(() => note(""), LONGEST);
}, { capture: true });

// --- Without connection: back to the live page as soon as there is one, and nobody in the middle of an answer.
async function lookForServer() {
  const back = await ask("/healthz").then((response) => response.ok, () => false);
  if (back && !(await alone).busy) return location.replace("/kiosk");
  setTimeout(lookForServer, EVERY * 2);
}

settle();
if ("away" in body()) {
  alone.then((asking) => asking.start());
  lookForServer();
} else poll();
