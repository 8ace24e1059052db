// New texts appear by themselves; what somebody types or is about to set stays untouched.
const main = document.getElementById("phones");
const toEnd = () => { const list = main.querySelector("[data-end]"); if (list) list.scrollTop = list.scrollHeight; };
let known = null;

async function look() {
  try {
    const answer = await fetch(`/part${location.search}`);
    if (!answer.ok) return;
    const html = await answer.text();
    if (html === known) return;
    const first = known === null;
    known = html;
    if (first) return;
    const page = document.createElement("template");
    page.innerHTML = html;
    for (const kept of page.content.querySelectorAll("[data-keep]")) {
      const now = main.querySelector(`[data-keep="${CSS.escape(kept.dataset.keep)}"]`);
      const typed = [...(now?.querySelectorAll("input:not([type=hidden], [type=radio], [type=checkbox])") ?? [])].some((box) => box.value !== box.defaultValue);
      if (now && (now.contains(document.activeElement) || typed || (kept.dataset.keep === "faults"))) kept.replaceWith(now);
    }
    const focused = document.activeElement;
    main.replaceChildren(page.content);
    if (focused?.isConnected) focused.focus();
    toEnd();
  } catch { /* The demo has stopped; it may come back. */ }
}

toEnd();
look();
setInterval(look, 1500);
