// Keeps a conversation current while somebody looks at it; reading it anew in the background is no new look.
import { fetchPart } from "./sending.js";

const EVERY = 4_000;
const thread = document.querySelector("[data-thread]");

async function refresh() {
  if (document.hidden) return;
  try {
    const part = await fetchPart(location.pathname, true);
    if (part.signedOut) return location.reload();
    if (part.status !== 200) return;
    const page = document.createElement("template");
    page.innerHTML = part.html;
    const now = page.content.querySelector("[data-thread]");
    if (now.innerHTML !== thread.innerHTML) thread.replaceChildren(...now.childNodes);
  } catch { /* Away for a moment; the next look finds it. */ }
}

setInterval(refresh, EVERY);
