// The call slip by keyboard: each row by its letters and digits, Enter for the next row. Where several may be ticked a
// key stays in the row. Without it: Tab and space.
const form = document.querySelector("[data-slip]");
const rows = [...form.querySelectorAll("[data-row]")];
const TEXT = "input:not([type=hidden], [type=radio], [type=checkbox]), textarea, select";
let at = 0;

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  const { target, key } = event;
  const inside = rows.findIndex((row) => row.contains(target));
  const typing = target.matches?.(TEXT);
  if (inside >= 0) at = inside;
  else if (typing || (target !== document.body && !target.matches?.("main, h1"))) return;
  if (key === "Enter" && at < rows.length - 1 && !target.matches?.("textarea, button, a")) {
    event.preventDefault();
    onward();
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
  const further = option.closest(".choice")?.querySelector(".choice-more .combo input:not([type=hidden])");
  if (further && further.offsetParent && option.checked) further.focus();
  else if (ticksSeveral(at)) option.focus();
  else onward();
});

const optionOf = (row, key) => [...rows[row].querySelectorAll("[data-key]")].find((each) => each.dataset.key === key.toLowerCase());
const ticksSeveral = (row) => rows[row].querySelector("[type=checkbox][data-key]") !== null;

function next() {
  let row = at + 1;
  while (row < rows.length - 1 && rows[row].offsetParent === null) row += 1;
  return Math.min(row, rows.length - 1);
}

function onward() {
  at = next();
  mark();
  const first = rows[at].querySelector(":scope .field input:not([type=hidden], [type=radio], [type=checkbox])");
  if (first && !rows[at].querySelector("[data-key]")) first.focus();
  else (rows[at].querySelector("input:checked") ?? rows[at].querySelector("input:not([type=hidden])"))?.focus();
}

function mark() {
  rows.forEach((row, place) => row.classList.toggle("is-next", place === at));
}

mark();
