// Comforts only: every page works without this file.
// A browser keeps on disk what was sent for the page it shows, names and all, to send it again after a crash.
if (document.documentElement.hasAttribute("data-posted")) history.replaceState(history.state, "", location.href);
// The second press of a double click, or of a key held down, would decide what the first brought under the same
// button, which nobody has read. A page that the first led to counts its clicks anew, so time and place are kept.
const SAME_PRESS = 500;
const decides = (target) => target.closest?.("button, input[type=submit]")?.form?.method === "post";
addEventListener("click", (event) => {
  if (!event.detail || !decides(event.target)) return;
  const [at, x, y] = JSON.parse(sessionStorage.getItem("intake-pressed") ?? "[0, 0, 0]");
  if (event.detail > 1 || (Date.now() - at < SAME_PRESS && Math.hypot(event.screenX - x, event.screenY - y) < 8)) {
    event.preventDefault();
    event.stopImmediatePropagation();
  } else {
    sessionStorage.setItem("intake-pressed", JSON.stringify([Date.now(), event.screenX, event.screenY]));
  }
}, true);
addEventListener("keydown", (event) => { if (event.repeat && event.key === "Enter" && decides(event.target)) event.preventDefault(); }, true);
const toasts = document.querySelectorAll(".toast-line");
for (const toast of toasts) {
  toast.querySelector("[data-dismiss]")?.addEventListener("click", () => toast.remove());
  // One that can be undone stays until the next page; WCAG 2.2.1 forbids taking a choice away by the clock.
  if (!toast.querySelector("form")) setTimeout(() => toast.remove(), 8000);
}
for (const menu of document.querySelectorAll("details.who")) {
  document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}
// On a phone the rows of pages scroll sideways; where one is should be in sight.
for (const rail of document.querySelectorAll(".main-nav, .review-tabs")) {
  const here = rail.querySelector("[aria-current]");
  if (!here) continue;
  const [from, to] = [rail.getBoundingClientRect(), here.getBoundingClientRect()];
  rail.scrollLeft += to.left - from.left - (from.width - to.width) / 2;
}
// A refused form shows its first error to people who can't see the whole page at once.
document.querySelector("[aria-invalid=true]")?.focus();
// A long report takes a while to print: meanwhile the link says so. Whatever isn't the file is opened like any page.
for (const link of document.querySelectorAll("a[data-made]")) {
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    if (link.getAttribute("aria-busy")) return;
    const began = Date.now();
    const told = document.createElement("span");
    told.setAttribute("role", "status");
    const tell = () => { told.textContent = ` is being made, ${Math.round((Date.now() - began) / 1000)} s`; };
    link.setAttribute("aria-busy", "true");
    link.append(told);
    tell();
    const ticking = setInterval(tell, 1000);
    try {
      const made = await fetch(link.href);
      if (!made.ok || made.redirected || made.headers.get("Content-Type") !== link.dataset.made) throw new Error(made.status);
      const file = document.createElement("a");
      file.href = URL.createObjectURL(await made.blob());
      file.download = /filename="([^"]+)"/.exec(made.headers.get("Content-Disposition"))?.[1] ?? "";
      file.click();
      setTimeout(() => URL.revokeObjectURL(file.href), 60000);
    } catch {
      location.assign(link.href);
    } finally {
      clearInterval(ticking);
      told.remove();
      link.removeAttribute("aria-busy");
    }
  });
}
