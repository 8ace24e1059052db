const UNDOABLE = 3;

// Brings the list on the page to what the server says, line by line, so that focus, an open line and typed text stay.
export function bringUpToDate(root, html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  const focused = document.activeElement;
  for (const part of [...fresh.content.children].filter((child) => child.dataset.part)) {
    const shown = root.querySelector(`:scope > [data-part="${part.dataset.part}"]`);
    if (shown && shown.outerHTML !== part.outerHTML) shown.replaceWith(part.cloneNode(true));
  }
  const known = new Map([...root.querySelectorAll(".desk-row")].map((row) => [row.id, row]));
  for (const group of fresh.content.querySelectorAll(".desk-group")) {
    const shown = root.querySelector(`.desk-group[data-group="${group.dataset.group}"]`);
    shown.hidden = group.hidden;
    shown.querySelector("h2").innerHTML = group.querySelector("h2").innerHTML;
    const rows = shown.querySelector(".desk-rows");
    [...group.querySelectorAll(".desk-row")].forEach((row, position) => {
      const kept = known.get(row.id);
      known.delete(row.id);
      const node = kept ? refreshed(kept, row) : row;
      if (rows.children[position] !== node) place(rows, node, rows.children[position] ?? null);
    });
  }
  for (const gone of known.values()) gone.remove();
  // Moving a line takes the focus from what is inside it.
  if (focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
  const notes = fresh.content.querySelector("#toasts");
  if (notes) keepLatest(document.getElementById("toasts"), [...notes.children]);
}

// The newest note on top; below it those before that can still be undone, three in all.
function keepLatest(toasts, fresh) {
  const before = [...toasts.children].filter((note) => !note.hidden && note.matches(".is-done") && note.querySelector("form"));
  toasts.replaceChildren(...fresh, ...before.slice(0, Math.max(0, UNDOABLE - fresh.length)));
}

function refreshed(row, fresh) {
  if (row.dataset.version === fresh.dataset.version) return row;
  const hadFocus = row.querySelector(".line").contains(document.activeElement);
  row.querySelector(".line").replaceWith(fresh.querySelector(".line"));
  for (const { name } of [...row.attributes]) if (name.startsWith("data-charted")) row.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (name.startsWith("data-")) row.setAttribute(name, value);
  if (hadFocus) row.querySelector(".row-name").focus({ preventScroll: true });
  return row;
}

function place(rows, node, before) {
  if (rows.moveBefore && node.isConnected) rows.moveBefore(node, before);
  else rows.insertBefore(node, before);
}
