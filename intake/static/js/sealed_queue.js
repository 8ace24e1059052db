// A queue of what finds no connection: each entry is sealed to the server's key and kept in this browser until the
// server has taken it in. Nothing kept here can be read here; intake/accounts/sealing.py opens it. Without a secure page
// nothing can be kept, and `keep` says so. General: whoever uses it names the database, the address and what to send.
const STORE = "late";
const LONGEST_STEP = 4000;
const LONGEST_REQUEST = 20000;
const EVERY = 20000;
const SOON = 1000;

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
const within = (promise, ms) => Promise.race([promise, new Promise((_, failed) => setTimeout(() => failed(new Error("no reply")), ms))]);

// --- The server's time. A device's clock may be wrong, and may be set right while something waits.
let heard = null;
const lasting = {
  read: (name) => { try { return localStorage.getItem(name); } catch { return null; } },
  write: (name, value) => { try { localStorage.setItem(name, value); } catch { /* full, or not allowed: only comfort is lost */ } },
};
export function hear(serverTime) {
  heard = { serverTime, local: Date.now(), ticks: performance.now() };
  lasting.write("intake-skew", String(serverTime - heard.local));
}
export function serverNow() {
  if (!heard) return Date.now() + (Number(lasting.read("intake-skew")) || 0);
  const ticked = performance.now() - heard.ticks;
  const passed = Date.now() - heard.local;
  // A clock that ran back was set; one that ran ahead of the ticks slept meanwhile.
  return heard.serverTime + (passed < ticked - 5000 ? ticked : passed);
}

// ECDH on P-256 with a key made for this entry only, HKDF, AES-GCM.
async function seal(key, words) {
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const theirs = await crypto.subtle.importKey("raw", bytes(key), curve, false, []);
  const mine = await crypto.subtle.generateKey(curve, true, ["deriveBits"]);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, mine.privateKey, 256);
  const secret = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: new TextEncoder().encode("intake late answer") };
  const sealing = await crypto.subtle.deriveKey(how, secret, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const hidden = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, sealing, new TextEncoder().encode(words));
  const open = await crypto.subtle.exportKey("raw", mine.publicKey);
  return text(await new Blob([open, iv, hidden]).arrayBuffer());
}

/**
 * A queue in the IndexedDB `database`, sent to `address`, sealed to the public `key`. `token()` gives the form token,
 * `changed({ waiting, refused })` hears of every change, `delivered(id)` of what was taken in. At most `most` entries are kept.
 */
export function sealedQueue({ database, address, key, token, changed = () => {}, delivered = () => {}, most = 500 }) {
  const usable = Boolean(address && key && globalThis.crypto?.subtle && globalThis.indexedDB);
  let sending = false;
  let failures = 0;

  const once = (mode, act) => new Promise((done, failed) => {
    const opening = indexedDB.open(database, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: "id" });
    opening.onblocked = opening.onerror = () => failed(opening.error || new Error("blocked"));
    opening.onsuccess = () => {
      const held = opening.result;
      const end = (how, what) => { held.close(); how(what); };
      held.onversionchange = () => held.close();
      try {
        const transaction = held.transaction(STORE, mode);
        const request = act(transaction.objectStore(STORE));
        // Only a transaction that is complete has been written.
        transaction.oncomplete = () => end(done, request.result);
        transaction.onabort = transaction.onerror = () => end(failed, transaction.error || new Error("aborted"));
      } catch (error) { end(failed, error); }
    };
  });
  // The browser may close its store under the page (iOS does in the background): opened anew it works.
  const store = async (mode, act) => {
    try { return await within(once(mode, act), LONGEST_STEP); } catch { return within(once(mode, act), LONGEST_STEP); }
  };
  const all = async () => (await store("readonly", (entries) => entries.getAll())).filter((entry) => entry.sealed);

  async function count() {
    try {
      const entries = usable ? await all() : [];
      const refused = entries.filter((entry) => entry.refused).length;
      return { waiting: entries.length - refused, refused };
    } catch { return { waiting: 0, refused: 0 }; }
  }
  const told = async () => changed(await count());

  // True once it is written. What was kept under the same id is replaced, even while it is being sent.
  async function keep(id, words, { at = serverNow() } = {}) {
    if (!usable) return false;
    try {
      const entries = await all();
      if (entries.length >= most && !entries.some((entry) => entry.id === id)) return false;
      const sealed = await within(seal(key, JSON.stringify(words)), LONGEST_STEP);
      await store("readwrite", (kept) => kept.put({ id, at, true_time: true, sealed }));
      told();
      return true;
    } catch { return false; }
  }

  // Deletes an entry that the server has taken in by another way.
  async function forget(id) {
    if (!usable || !id) return;
    await store("readwrite", (kept) => kept.delete(id)).catch(() => {});
    told();
  }

  // Whether this browser can keep anything: tried, since private windows and full disks only say so when asked.
  async function works() {
    if (!usable) return false;
    try {
      if ((await all()).length >= most) return false;
      await store("readwrite", (kept) => kept.put({ id: "trial" }));
      await store("readwrite", (kept) => kept.delete("trial"));
      return true;
    } catch { return false; }
  }

  async function send({ id, at, true_time: trueTime, sealed }) {
    const now = serverNow();
    const given = trueTime ? at : at + now - Date.now();
    const body = new URLSearchParams({ csrf_token: token(), sealed, at: Math.round(given), waited: Math.max(0, Math.round((now - given) / 1000)) });
    const response = await fetch(address, {
      method: "POST", body, headers: { "X-Script": "1" }, cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(LONGEST_REQUEST),
    });
    // What can't be read there is kept for somebody to look at; it must not hold up the others.
    if ([204, 422].includes(response.status)) await store("readwrite", (kept) => {
      const reading = kept.get(id);
      reading.onsuccess = () => {
        // Something was added meanwhile: it is sent again.
        if (reading.result?.sealed !== sealed) return;
        if (response.status === 204) kept.delete(id);
        else kept.put({ ...reading.result, refused: true });
      };
      return reading;
    });
    if (response.status === 204) delivered(id);
    // What the server stumbles over waits; the others go on.
    return [204, 422, 500].includes(response.status);
  }

  async function sendAll() {
    if (sending) return;
    sending = true;
    try {
      const due = (await all()).filter((entry) => !entry.refused);
      for (const entry of due.sort((one, other) => one.at - other.at)) {
        if (!(await send(entry))) throw new Error("not taken in");
        failures = 0;
      }
    } catch { failures += 1; } finally {
      sending = false;
      told();
    }
  }
  // Two tabs send one after the other; where the browser can't tell, the server takes in a repeat only once.
  const deliver = async () => {
    if (!usable) return;
    if (navigator.locks) await navigator.locks.request(`${database} sends`, { ifAvailable: true }, (lock) => lock && sendAll());
    else await sendAll();
  };
  addEventListener("online", deliver);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) deliver(); });
  // What broke off is tried again at once, then ever later: a bad connection is not none.
  const onAndOn = async () => {
    await deliver();
    setTimeout(onAndOn, failures ? Math.min(EVERY, SOON * 2 ** (failures - 1)) : EVERY);
  };
  onAndOn();
  told();
  return { keep, forget, works, count, deliver };
}
