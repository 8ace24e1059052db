// Gives the tablet its pages when network or server is away. What it gives was put into a cache by prepare.js, a whole
// version at a time; this file knows no version, so it hardly ever changes.
const SHELL = "/kiosk/offline";
const LONGEST = 8000;

async function kept(request) {
  const name = await (await (await caches.open("intake-current")).match("/current"))?.text();
  return (name && (await (await caches.open(name)).match(request))) || null;
}

async function page(request) {
  const stop = new AbortController();
  // Until it begins to answer: a slow page is still a page.
  const timer = setTimeout(() => stop.abort(), LONGEST);
  try {
    const response = await fetch(request, { signal: stop.signal });
    clearTimeout(timer);
    if (![502, 503, 504].includes(response.status)) return response;
    return (await kept(SHELL)) || response;
  } catch {
    return (await kept(SHELL)) || Response.error();
  }
}

async function file(request) {
  // Of any version: the page on the screen may be older than the one that was put away last.
  return (await caches.match(request)) || fetch(request);
}

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (url.searchParams.has("v")) event.respondWith(file(request));
});
// A new version waits until no patient is there: the welcome page says when.
addEventListener("message", (event) => { if (event.data === "take over") skipWaiting(); });
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
