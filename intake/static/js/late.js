// Forms that find no connection: sealed to the server's key and kept here until they have arrived. Nothing kept here can
// be read here; only the server holds the key that opens it. Without a secure page nothing is kept. Patients' tablets
// keep answers so, and liaisons' telephones touchpoints; each page delivers what is kept for the address it names.
const place = document.querySelector("[data-late]")?.dataset ?? {};
const { late: address, lateKey } = place;
const TABLET = "/kiosk/late";
const usable = Boolean(address && lateKey && globalThis.crypto?.subtle && globalThis.indexedDB);
const EVERY = 20000;
let sending = false;

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));

function store(mode, act) {
  return new Promise((done, failed) => {
    const opening = indexedDB.open("intake", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("late", { keyPath: "id" });
    opening.onerror = () => failed(opening.error);
    opening.onsuccess = () => {
      const transaction = opening.result.transaction("late", mode);
      const request = act(transaction.objectStore("late"));
      transaction.oncomplete = () => { opening.result.close(); done(request.result); };
      transaction.onerror = () => { opening.result.close(); failed(transaction.error); };
    };
  });
}

// ECDH on P-256 with a key made for this answer only, HKDF, AES-GCM; intake/capture/kiosk/sealing.py opens it.
async function sealed(words) {
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const theirs = await crypto.subtle.importKey("raw", bytes(lateKey), curve, false, []);
  const mine = await crypto.subtle.generateKey(curve, true, ["deriveBits"]);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, mine.privateKey, 256);
  const secret = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: new TextEncoder().encode("intake late answer") };
  const key = await crypto.subtle.deriveKey(how, secret, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const hidden = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new TextEncoder().encode(words));
  const open = await crypto.subtle.exportKey("raw", mine.publicKey);
  return text(await new Blob([open, iv, hidden]).arrayBuffer());
}

// Returns what `forget` takes once the answer has arrived after all; null when it could not be kept.
export async function keep(body) {
  if (!usable || !body.has("submission_id") || body.has("display")) return null;
  const id = crypto.randomUUID();
  const given = new URLSearchParams(body);
  given.delete("csrf_token");
  try {
    const language = document.documentElement.lang;
    const at = Date.now();
    const hidden = await sealed(JSON.stringify({ form: String(given), language }));
    await store("readwrite", (all) => all.add({ id, at, to: address, sealed: hidden }));
    return id;
  } catch {
    return null;
  }
}

export async function forget(id) {
  if (id) await store("readwrite", (all) => all.delete(id)).catch(() => {});
}

export async function deliver() {
  if (!usable || sending) return;
  sending = true;
  try {
    for (const { id, at, to = TABLET, sealed: hidden } of await store("readonly", (all) => all.getAll())) {
      if (to !== address) continue;
      const csrf = document.querySelector("input[name=csrf_token]")?.value || place.csrf || "";
      const waited = Math.max(0, Math.round((Date.now() - at) / 1000));
      const body = new URLSearchParams({ csrf_token: csrf, sealed: hidden, waited });
      const response = await fetch(address, { method: "POST", body, headers: { "X-Script": "1" }, cache: "no-store", redirect: "manual" });
      // Anything but a clear "kept" or "this can never be taken in" is tried again later.
      if (![204, 422].includes(response.status)) break;
      await forget(id);
      document.dispatchEvent(new CustomEvent("delivered", { detail: id }));
    }
  } catch { /* still no connection */ } finally {
    sending = false;
  }
}

addEventListener("online", deliver);
document.addEventListener("visibilitychange", () => { if (!document.hidden) deliver(); });
setInterval(deliver, EVERY);
deliver();
