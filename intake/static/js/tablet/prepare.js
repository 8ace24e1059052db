// Puts away what the tablet needs to ask without a connection: pages in every language, styles, scripts, fonts, names.
const CURRENT = "/current";
const PREFIX = "intake-pages-";

export const current = async () => {
  try {
    return (await (await (await caches.open("intake-current")).match(CURRENT))?.text())?.slice(PREFIX.length) || "";
  } catch { return ""; }
};

/** Make version `tag` the one that is used, once it is here whole. True when it is. */
export async function prepare(tag) {
  if (!globalThis.caches || !navigator.serviceWorker) return false;
  try {
    if ((await current()) === tag) return true;
    const listed = await fetch("/kiosk/offline/list", { cache: "no-store", redirect: "error" });
    const { tag: found, addresses } = await listed.json();
    const name = PREFIX + found;
    const cache = await caches.open(name);
    for (const address of addresses) {
      const response = await fetch(address, { cache: "no-cache", redirect: "error" });
      if (!response.ok) throw new Error(address);
      await cache.put(address, response);
    }
    await (await caches.open("intake-current")).put(CURRENT, new Response(name));
    for (const other of await caches.keys()) if (other.startsWith(PREFIX) && other !== name) await caches.delete(other);
    return true;
  } catch { return false; }
}

/** What was put away under `address`, as JSON; null when it isn't there. */
export async function putAway(address) {
  try {
    return (await (await caches.match(address))?.json()) || null;
  } catch { return null; }
}
