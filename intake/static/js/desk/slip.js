// The call slip by keyboard: each row by its letters and digits, Enter for the next row. Without it: Tab and space.
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
  if (typing) return;
  const option = [...rows[at].querySelectorAll("[data-key]")].find((each) => each.dataset.key === key.toLowerCase());
  if (!option) return;
  event.preventDefault();
  option.click();
  const further = option.closest(".choice")?.querySelector(".choice-more .combo input:not([type=hidden])");
  if (further && further.offsetParent && option.checked) further.focus();
  else onward();
});

function onward() {
  do at += 1; while (at < rows.length - 1 && rows[at].offsetParent === null);
  mark();
  const first = rows[at].querySelector(":scope .field input:not([type=hidden], [type=radio], [type=checkbox])");
  if (first && !rows[at].querySelector("[data-key]")) first.focus();
  else (rows[at].querySelector("input:checked") ?? rows[at].querySelector("input:not([type=hidden])"))?.focus();
}

function mark() {
  rows.forEach((row, place) => row.classList.toggle("is-next", place === at));
}

mark();
