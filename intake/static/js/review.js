// The queue by keyboard. Every key does what a link or button of the page does; without this file those remain.
document.documentElement.classList.add("scripted");

const problem = document.getElementById("review-problem");
const keys = document.getElementById("keys");
const SAME_PRESS = 400;
const keysButton = document.getElementById("keys-button");
let turn = Promise.resolve();
let previewing;
let accepted = -Infinity;

const queue = () => document.getElementById("queue");
const form = () => document.getElementById("decide");
const openLink = () => document.querySelector(".review-row[aria-current]");

function say(words) {
  problem.replaceChildren();
  if (!words) return;
  const note = document.createElement("div");
  note.className = "notice is-problem";
  const text = document.createElement("p");
  text.textContent = words;
  note.append(text);
  problem.append(note);
  note.scrollIntoView({ block: "nearest" });
}

// One thing after the other: a key pressed while the last answer is on its way waits for it.
function after(act) {
  turn = turn.then(act).catch(() => say("That didn’t arrive. Nothing was lost: check the connection and press the key again."));
  return turn;
}

async function load(address, options = {}) {
  queue().classList.add("is-busy");
  try {
    const response = await fetch(address, { ...options, headers: { "X-Requested-With": "review" }, signal: AbortSignal.timeout(15_000) });
    const path = new URL(response.url).pathname;
    if (!path.startsWith("/review")) {
      // Signed out meanwhile: the sign-in page leads back here.
      location.assign("/review");
      return;
    }
    if (response.status >= 500) throw new Error("failed");
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (!page.getElementById("queue")) {
      location.reload();
      return;
    }
    document.getElementById("queue").replaceWith(page.getElementById("queue"));
    // What was done last stays in reach of "u" until something else is done.
    const toasts = page.getElementById("toasts");
    if (toasts.querySelector(".toast-line")) document.getElementById("toasts").replaceWith(toasts);
    for (const part of [".review-tabs", ".main-nav"]) {
      const fresh = page.querySelector(part);
      if (fresh) document.querySelector(part)?.replaceWith(fresh);
    }
    say("");
    for (const button of document.querySelectorAll("[data-dismiss]")) button.addEventListener("click", () => button.parentElement.remove());
  } finally {
    queue().classList.remove("is-busy");
  }
}

function settle() {
  const link = openLink();
  if (!link) {
    document.getElementById("main").focus();
    return;
  }
  link.focus({ preventScroll: true });
  const row = link.parentElement;
  row.scrollIntoView({ block: row.offsetHeight > innerHeight - 160 ? "start" : "nearest" });
}

async function show(address) {
  await load(address);
  settle();
}

async function move(by) {
  const links = [...document.querySelectorAll(".review-row")];
  const next = links[links.indexOf(openLink()) + by];
  if (next) await show(next.href);
}

async function post(from) {
  clearTimeout(previewing);
  await load(from.action, { method: "POST", body: new FormData(from) });
  settle();
}

// Counts the row that was on the page when it was pressed: one that came up meanwhile nobody has read.
function accept() {
  const pressed = form()?.elements.row.value;
  accepted = performance.now();
  return after(async () => {
    if (form() && form().elements.row.value === pressed) await post(form());
  });
}

// What the choice would change is worked out by the server; only that part of the form is replaced.
function preview() {
  const data = new FormData(form());
  data.delete("find");
  clearTimeout(previewing);
  previewing = setTimeout(() => after(async () => {
    const before = form();
    if (!before || before.elements.row.value !== data.get("row")) return;
    const response = await fetch("/review/preview", { method: "POST", body: data, signal: AbortSignal.timeout(15_000) });
    if (!response.ok) throw new Error("failed");
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.getElementById("effects");
    if (!fresh || form() !== before) return;
    document.getElementById("effects").replaceChildren(...fresh.childNodes);
    document.querySelector(".later")?.replaceWith(page.querySelector(".later"));
    const beside = page.getElementById("beside");
    const held = document.activeElement?.closest("#beside") ? document.activeElement.value : null;
    if (beside) document.getElementById("beside")?.replaceWith(beside);
    if (held !== null) (beside?.querySelector(`[type=checkbox][value="${CSS.escape(held)}"]`) ?? beside?.querySelector("select"))?.focus();
    before.elements.shown.value = data.get("target") ?? "";
  }), 60);
}

function choose(input) {
  if (!input) return;
  input.checked = true;
  preview();
}

function offer(hit) {
  const list = document.getElementById("targets");
  if (!list.querySelector(`input[value="${CSS.escape(hit.value)}"]`)) {
    const line = document.createElement("li");
    line.className = "target is-found";
    const input = Object.assign(document.createElement("input"), { type: "radio", name: "target", value: hit.value, id: `target-${hit.value.replace(":", "-")}`, className: "form-check-input" });
    const label = document.createElement("label");
    label.htmlFor = input.id;
    const name = Object.assign(document.createElement("span"), { className: "target-name", textContent: hit.label });
    const note = Object.assign(document.createElement("span"), { className: "target-note", textContent: hit.note });
    name.dir = "auto";
    label.append(name, " ", note);
    line.append(input, label);
    list.querySelector(".is-new").before(line);
  }
}

async function search(field) {
  const wanted = field.value.trim();
  if (!wanted) return;
  const body = new URLSearchParams({ q: wanted, csrf_token: field.form.elements.csrf_token.value });
  const response = await fetch(field.dataset.search, { method: "POST", body, signal: AbortSignal.timeout(15_000) });
  if (!response.ok) throw new Error("failed");
  const { hits } = await response.json();
  const list = document.getElementById("targets");
  for (const old of list.querySelectorAll(".is-found")) if (!old.querySelector("input").checked) old.remove();
  if (!hits.length) {
    say(`Nothing is called like “${wanted}”. Press n to make it a new source.`);
    return;
  }
  say("");
  for (const hit of hits) offer(hit);
  const first = list.querySelector(`input[value="${CSS.escape(hits[0].value)}"]`);
  choose(first);
  first.focus();
}

async function undo() {
  const last = document.querySelector(".toasts form");
  if (last) await post(last);
}

function toggleKeys() {
  keys.hidden = !keys.hidden;
  keysButton.setAttribute("aria-expanded", String(!keys.hidden));
}

const ACTS = {
  j: () => move(1),
  ArrowDown: () => move(1),
  k: () => move(-1),
  ArrowUp: () => move(-1),
  s: () => move(1),
  n: () => {
    choose(document.getElementById("target-new"));
    document.getElementById("new-label")?.select();
  },
  i: () => choose(document.getElementById("target-none")),
  u: undo,
  "/": () => document.getElementById("find")?.select(),
  "?": toggleKeys,
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  // Enter again at once, faster than the next row is read, or held down, is the same press.
  if (event.key !== "Enter") {
    accepted = -Infinity;
  } else if (event.repeat || event.timeStamp - accepted < SAME_PRESS) {
    event.preventDefault();
    return;
  }
  const at = event.target;
  const typing = at.matches("input:not([type=radio], [type=checkbox]), textarea, select");
  if (typing) {
    if (event.key === "Escape") {
      openLink()?.focus();
    } else if (event.key === "Enter" && at.id === "find") {
      event.preventDefault();
      after(() => search(at));
    } else if (event.key === "Enter" && at.id === "new-label") {
      event.preventDefault();
      accept();
    }
    return;
  }
  // Keys count while the queue, or nothing in particular, has the focus.
  if (!queue().contains(at) && at !== document.body && at.id !== "main") return;
  if (event.key === "Enter") {
    // A link or button that somebody went to by Tab does what it says; the open row itself is the way to accept.
    if (at.matches("button, summary, a:not([aria-current])")) return;
    event.preventDefault();
    accept();
    return;
  }
  if (/^[1-9]$/.test(event.key)) {
    const number = event.key;
    after(() => choose(document.querySelector(`#targets input[data-number="${number}"]`)));
    return;
  }
  const act = ACTS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act) return;
  // In a group of radio buttons the arrows choose among them.
  if (event.key.startsWith("Arrow") && at.matches("input[type=radio]")) return;
  event.preventDefault();
  after(act);
});

document.addEventListener("click", (event) => {
  const link = event.target.closest(".review-row, #skip");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    after(() => show(link.href));
  }
});
document.addEventListener("submit", (event) => {
  if (event.target.id !== "decide" && !event.target.closest(".toasts")) return;
  event.preventDefault();
  if (event.target.id !== "decide") after(undo);
  else if (event.submitter?.formAction?.endsWith("/preview")) after(() => search(document.getElementById("find")));
  else accept();
});
document.addEventListener("change", (event) => {
  if (event.target.closest("#decide") && event.target.matches("input[name=target], input[name=spelling], [name=also]")) preview();
});
keysButton?.addEventListener("click", toggleKeys);
if (openLink() && !document.querySelector("[aria-invalid=true], [role=alert] .notice")) openLink().focus({ preventScroll: true });
