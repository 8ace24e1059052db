// The desk's list by keyboard: choose a person, record with one key, go on to the next. Every step also works without.
import { hasRecorded, isBurst, settle, whenAlone } from "./bursts.js";
import { attach } from "./combobox.js";
import { bringUpToDate } from "./current.js";
import { findOnList } from "./finding.js";
import { fetchPart, freshId, send } from "./sending.js";

const REFRESH = 20_000;
const KEYS_OFF = "intake-desk-keys-off";
const root = document.getElementById("arrivals");
const quick = document.getElementById("quick");
// What the server said about a line that has been left meanwhile, to be shown when it is chosen again.
const held = new WeakMap();
let selected = null;
let sent = 0;
let shown = 0;

const rows = () => [...root.querySelectorAll(".desk-row")].filter((row) => row.checkVisibility());
const opened = (row = selected) => row?.querySelector(":scope > .opened");
// Whose turn it is: neither on their way to the server nor busy with a tablet, a code or a text.
const waiting = () => rows().filter((row) => row.dataset.group === "to-ask" && !row.dataset.sending && !("elsewhere" in row.dataset));

function select(row, { focus = true, open = row?.dataset.group === "to-ask", scroll = true } = {}) {
  if (row !== selected) {
    close(selected);
    selected?.classList.remove("is-selected");
    selected = row;
    row?.classList.add("is-selected");
  }
  if (!row) return;
  if (open && !opened(row) && !row.dataset.sending) openQuick(row);
  if (focus) row.querySelector(".row-name").focus({ preventScroll: true });
  if (scroll) (opened(row)?.scrollHeight > innerHeight / 2 ? row.querySelector(".line") : row).scrollIntoView({ block: "nearest" });
}

function close(row) {
  opened(row)?.remove();
  row?.querySelector(".row-name")?.removeAttribute("aria-expanded");
}

function holder(row) {
  close(row);
  const box = document.createElement("div");
  box.className = "opened";
  box.append(...whose(row));
  row.append(box);
  row.querySelector(".row-name").setAttribute("aria-expanded", "true");
  return box;
}

// Where two patients have one name, what is opened says which of them it is.
function whose(row) {
  if (!row.dataset.apart) return [];
  const head = document.createElement("p");
  head.className = "opened-whose";
  head.textContent = `${row.dataset.name}, ${row.dataset.apart}`;
  return [head];
}

function openQuick(row) {
  if (held.has(row)) return openHeld(row);
  if (row.dataset.opens !== "quick") return openPart(row, "");
  const box = holder(row);
  box.append(quick.content.cloneNode(true));
  const form = box.querySelector("form");
  form.action = `${row.dataset.base}/answer`;
  form.elements.submission_id.value = freshId();
  for (const link of box.querySelectorAll("a[data-open]")) link.href = `${row.dataset.base}/${link.dataset.open}`;
  for (const link of box.querySelectorAll("a[data-asks]")) link.href = `${form.action}?source=${link.dataset.asks}`;
  return furnish(row);
}

async function openPart(row, path) {
  const box = opened(row) ?? holder(row);
  try {
    const part = await fetchPart(path.startsWith("/") ? path : `${row.dataset.base}${path && `/${path}`}`);
    if (part.signedOut) return location.reload();
    if (part.status === 404) return refresh();
    show(box, part.html);
    furnish(row);
    (box.querySelector("[autofocus]") ?? box.querySelector("input:not([type=hidden]), button, a"))?.focus();
  } catch {
    say(box, "This can’t be shown right now. Try again in a moment.");
  }
}

function show(box, html) {
  const part = document.createElement("template");
  part.innerHTML = html;
  box.replaceChildren(...whose(box.closest(".desk-row")), part.content);
}

// Type-ahead for the names on a form, wherever it came from.
function furnish(row) {
  const charted = row.dataset.chartedId ? { id: row.dataset.chartedId, name: row.dataset.chartedName } : null;
  for (const box of opened(row).querySelectorAll("[data-combo]")) {
    const address = box.dataset.combo === "physician" ? root.dataset.physicians : root.dataset.patients;
    const form = box.closest("form");
    attach(box, { address, charted, choose: "atOnce" in box.dataset ? () => form.requestSubmit() : null });
  }
}

function openMore(form, source) {
  for (const more of form.querySelectorAll(".quick-more")) {
    const wanted = more.dataset.more === source;
    more.hidden = more.disabled = !wanted;
    // What was typed and left belongs to nobody any more.
    if (!wanted) for (const box of more.querySelectorAll("input[id]")) if (box.value) emptied(box);
    if (wanted) more.querySelector("[data-first]").focus();
  }
  form.classList.toggle("is-asking", source !== null);
}

function emptied(box) {
  box.value = "";
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

async function submit(form, submitter) {
  const row = form.closest(".desk-row");
  if (form.dataset.sending || row?.dataset.sending) return;
  const turn = sent += 1;
  hasRecorded(row);
  const sending = send(form, submitter, () => {
    if (row) say(opened(row) ?? holder(row), "Not saved yet: Intake can’t be reached. It is kept here and sent again by itself.");
    else tell("Intake can’t be reached. It is sent again by itself.");
  });
  form.dataset.sending = "yes";
  if (row) row.dataset.sending = "yes";
  // An answer needs no waiting for: the next person is up while this one travels.
  if (row && ("advance" in form.dataset || submitter?.matches("[data-goes-on]"))) advance(row);
  const { status, html } = await sending;
  delete form.dataset.sending;
  delete row?.dataset.sending;
  if (status === 401) return;
  row?.querySelector(".desk-waiting")?.remove();
  if (status === 200 && html.includes("data-group")) return recorded(row, html, turn, /visits\/(\d+)/.exec(form.action)?.[1]);
  if (status === 200 || status === 409 || status === 422) return row === selected || !busy() ? answered(row, html) : setAside(row, html);
  const sentence = status === 404 ? "This visit isn’t on the list any more."
    : status === 413 ? "That is more text than an answer takes. Shorten it and send it again."
    : "That didn’t arrive as it should. Reload the page and try again.";
  if (row) say(opened(row) ?? holder(row), sentence);
  else tell(sentence);
}

function advance(row) {
  const others = waiting().filter((each) => each !== row);
  const next = others.find((each) => row.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_FOLLOWING) ?? others[0];
  close(row);
  // With nobody left no line is chosen, so that no key records a second time for this one.
  select(next ?? null);
  if (!next) row.querySelector(".row-name").focus({ preventScroll: true });
}

// Somebody is in the middle of another person's answer.
function busy() {
  const open = opened();
  return Boolean(open?.querySelector(".is-asking, .answer-form"));
}

function answered(row, html) {
  if (row !== selected) select(row, { open: false });
  show(opened(row) ?? holder(row), html);
  furnish(row);
  const first = opened(row).querySelector("[role=alert], [aria-invalid=true], [autofocus]");
  first?.setAttribute("tabindex", first.getAttribute("tabindex") ?? "-1");
  first?.focus();
}

function setAside(row, html) {
  held.set(row, html);
  tell(`${row.dataset.name}: not saved. Choose their line to see why.`);
}

function openHeld(row) {
  const html = held.get(row);
  held.delete(row);
  answered(row, html);
}

function recorded(row, html, turn, visit) {
  const wasSelected = row && row === selected;
  // Left behind meanwhile: what is open there only says that it was not saved yet.
  if (row) close(row);
  // Two answers on their way at once: the page of the earlier one may not know the later one yet.
  if (turn > shown) {
    shown = turn;
    bringUpToDate(root, html);
    finder.apply();
  } else refresh();
  if (row && !wasSelected) {
    if (!selected && waiting().length) select(waiting()[0]);
    return;
  }
  const stays = row?.isConnected && row.dataset.group === "to-ask" ? row : null;
  // After an undo it is the same person's turn again, unless somebody else's answer is being entered.
  const undone = row || busy() ? null : document.getElementById(`visit-${visit}`);
  const next = stays ?? undone ?? (row ? waiting()[0] : selected) ?? waiting()[0] ?? row ?? rows()[0];
  if (next === selected && opened(next)) return;
  select(null);
  select(next?.isConnected ? next : rows()[0]);
}

function say(box, sentence) {
  let note = box.querySelector(".desk-waiting");
  if (!note) {
    note = document.createElement("p");
    note.className = "desk-waiting notice is-warn";
    note.setAttribute("role", "status");
    box.prepend(note);
  }
  note.textContent = sentence;
}

function tell(sentence) {
  const note = document.createElement("div");
  note.className = "toast-line is-problem";
  note.textContent = sentence;
  document.getElementById("toasts").prepend(note);
  setTimeout(() => note.remove(), 8000);
}

let stale = false;
async function refresh() {
  if (document.hidden) return;
  try {
    const part = await fetchPart(root.dataset.address, true);
    if (part.signedOut) {
      // Nothing typed may be lost: with a form in use, sending it is what leads to the sign-in page.
      if (!opened()?.querySelector("input:not([type=hidden])")) location.reload();
      return;
    }
    if (part.status === 200) {
      bringUpToDate(root, part.html);
      finder.apply();
    }
    stale = false;
    if (selected && !selected.isConnected) select(null);
  } catch {
    if (!stale) tell("Intake can’t be reached right now. The list may be out of date.");
    stale = true;
  }
}

root.addEventListener("submit", (event) => {
  if (!("list" in event.target.dataset)) return;
  event.preventDefault();
  submit(event.target, event.submitter);
});
document.getElementById("toasts").addEventListener("submit", (event) => {
  event.preventDefault();
  event.target.closest(".toast-line").hidden = true;
  submit(event.target, event.submitter);
});
document.getElementById("toasts").addEventListener("click", (event) => {
  if (event.target.closest("[data-dismiss]")) event.target.closest(".toast-line").remove();
});
root.addEventListener("click", (event) => {
  const row = event.target.closest(".desk-row");
  if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const asks = event.target.closest("[data-asks]");
  const open = event.target.closest("[data-open]");
  if (asks) openMore(asks.closest("form"), asks.dataset.asks);
  else if (open) openPart(row, open.dataset.open);
  else if (event.target.closest("[data-close]")) { close(row); select(row); }
  else if (event.target.closest(".row-name, .row-ask") || (event.target.closest(".line") && !event.target.closest("a, button"))) {
    if (row === selected && opened(row) && !event.target.closest(".row-ask")) close(row);
    else {
      select(row, { open: false });
      if (!opened(row)) openQuick(row);
    }
  } else return;
  event.preventDefault();
});

function onKey(event) {
  const target = event.target;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const typed = Boolean(target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]"));
  if (event.key === "Escape" && selected) {
    const asking = opened()?.querySelector("form.is-asking");
    if (asking) openMore(asking, null);
    else close(selected);
    select(selected, { open: Boolean(asking) });
    return event.preventDefault();
  }
  const writes = event.key.length === 1 || event.key === "Enter";
  if (writes && isBurst() && !typed) {
    tell("Keys in a row, as from a scanner or meant for another window: the rest recorded nothing.");
    return event.preventDefault();
  }
  if (typed) return;
  // A key that is held down means one press.
  if (event.repeat && writes && event.key !== " ") return event.preventDefault();
  const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
  if (step) {
    if (target.closest("[type=radio]") || (target.closest(".opened, header, details.desk-keys") && event.key.startsWith("Arrow"))) return;
    settle();
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(selected);
    select(all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + step))]);
    return event.preventDefault();
  }
  if (event.key === "/" && finder.open()) return event.preventDefault();
  if (event.shiftKey) return;
  const key = event.key.toLowerCase();
  const more = opened()?.querySelector(".quick-more:not([hidden])");
  const scopes = more ? [more] : [opened(), selected?.querySelector(".line"), document.querySelector(".desk-tools")];
  const found = key === "u" && !more
    ? document.querySelector("#toasts .is-done:not([hidden]) form button")
    : /^[a-z0-9-]$/.test(key) && scopes.map((scope) => scope?.querySelector(`[data-key="${key}"]`)).find((each) => each);
  if (!found) return;
  event.preventDefault();
  const opens = found.matches("[data-asks], [data-open], [type=checkbox]");
  whenAlone(() => { if (found.isConnected) found.click(); }, { row: key === "u" ? null : selected, opens, key });
}

const keysOn = document.getElementById("keys-on");
const remember = (off) => { try { off ? localStorage.setItem(KEYS_OFF, "1") : localStorage.removeItem(KEYS_OFF); } catch { /* Private windows forget. */ } };
let off = false;
try { off = localStorage.getItem(KEYS_OFF) === "1"; } catch { /* Private windows forget. */ }
const useKeys = (on) => {
  document.documentElement.classList.toggle("without-keys", !on);
  document[on ? "addEventListener" : "removeEventListener"]("keydown", onKey);
};
keysOn.checked = !off;
keysOn.addEventListener("change", () => { useKeys(keysOn.checked); remember(!keysOn.checked); });
keysOn.closest("details").hidden = false;
useKeys(!off);

const finder = findOnList(root, (row) => { finder.clear(); select(row); if (!opened(row)) openQuick(row); });
document.documentElement.classList.add("has-script");
for (const form of document.querySelectorAll("form[data-at-once]")) {
  form.addEventListener("change", () => { if (form.checkValidity()) form.requestSubmit(); });
}
setInterval(refresh, REFRESH);
document.addEventListener("visibilitychange", refresh);
// A finger needs no focus, and on a phone the page should open at its top.
// Whoever was just added is the one who stands there.
const added = waiting().find((row) => row.id === root.dataset.just);
select(added ?? waiting()[0] ?? null, { focus: matchMedia("(hover: hover)").matches, scroll: false });
