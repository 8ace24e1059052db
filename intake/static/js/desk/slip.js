// The call slip by keyboard: each row by its letters and digits, Enter for the next field or row; the last field and
// Ctrl+Enter note the call. Where several may be ticked a key stays in the row. Without it: Tab and space.
const form = document.querySelector("[data-slip]");
const rows = [...form.querySelectorAll("[data-row]")];
const TEXT = "input:not([type=hidden], [type=radio], [type=checkbox]), textarea";
// Whoever types on while the call is being noted means that call: nothing acts before such a pause.
const PAUSE = 700;
const SENT = "slip-sent";
let typedAt = Date.now() - Number(sessionStorage.getItem(SENT) || 0) < 20_000 ? performance.now() : -Infinity;
sessionStorage.removeItem(SENT);
let at = 0;

form.addEventListener("submit", () => sessionStorage.setItem(SENT, Date.now()));

document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  if (event.defaultPrevented) return;
  if (key === "Enter" && (event.ctrlKey || event.metaKey) && form.contains(target)) return save(event);
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const inside = rows.findIndex((row) => row.contains(target));
  const typing = target.matches?.(`${TEXT}, select`);
  if (inside >= 0) at = inside;
  else if (typing || (target !== document.body && !target.matches?.("main, h1"))) return;
  if (!typing && stillTyping()) return;
  if (key === "Enter" && !(target.matches?.("textarea") && event.shiftKey) && !target.matches?.("button, a, select")) {
    const there = after(target);
    if (!there) return save(event);
    event.preventDefault();
    go(there);
    return;
  }
  if (typing && key === "Escape" && target.closest(".choice")) target.closest(".choice").querySelector("[data-key]").focus();
  if (typing) return;
  let option = optionOf(at, key);
  // Of several ticks nothing says which is the last: a key that only the next row has goes on to it.
  if (!option && ticksSeveral(at) && (option = optionOf(next(), key))) at = next();
  if (!option) return;
  event.preventDefault();
  option.click();
  // A name is asked for after all ticks, by Enter or Tab: the next digit is one more of them.
  if (ticksSeveral(at)) option.focus();
  else go(stops(next())[0], next());
});

function stillTyping() {
  const now = performance.now();
  if (now - typedAt >= PAUSE) {
    typedAt = -Infinity;
    return false;
  }
  typedAt = now;
  return true;
}

const optionOf = (row, key) => [...rows[row].querySelectorAll("[data-key]")].find((each) => each.dataset.key === key.toLowerCase());
const ticksSeveral = (row) => rows[row].querySelector("[type=checkbox][data-key]") !== null;

function next() {
  let row = at + 1;
  while (row < rows.length - 1 && rows[row].offsetParent === null) row += 1;
  return Math.min(row, rows.length - 1);
}

// Where Enter stops in a row: at its choices, then at each line that is seen.
function stops(row) {
  const lines = [...rows[row].querySelectorAll(TEXT)].filter((each) => each.offsetParent);
  return rows[row].querySelector("[data-key]") ? [rows[row], ...lines] : lines;
}

function after(target) {
  const here = stops(at);
  const place = here.indexOf(target.matches?.(TEXT) ? target : rows[at]);
  return here[place + 1] ?? (at < rows.length - 1 ? stops(next())[0] : null);
}

function go(stop, row = rows.findIndex((each) => each.contains(stop))) {
  at = row;
  mark();
  if (stop === rows[at]) (stop.querySelector("input:checked") ?? stop.querySelector("input:not([type=hidden])"))?.focus();
  else stop.focus();
}

function save(event) {
  event.preventDefault();
  form.requestSubmit(form.querySelector("[name=outcome]"));
}

function mark() {
  rows.forEach((row, place) => row.classList.toggle("is-next", place === at));
}

mark();
