// Type-ahead for a physician or a patient. Without this file the field keeps the name as typed, or looks it up by post.
const WAIT = 140;
let count = 0;

const WORDS = {
  physician: { unknown: "A doctor, name not known", keep: (text) => `Keep “${text}” as they said it`, add: (text) => `Add “${text}” as a physician` },
  patient: { unknown: "No name given", keep: (text) => `Keep “${text}” as they said it` },
};

// `choose` is called when an option was taken and the field should be recorded at once.
export function attach(box, { address, charted = null, choose = null }) {
  if (box.dataset.ready) return;
  box.dataset.ready = "yes";
  const kind = box.dataset.combo;
  const input = box.querySelector("input:not([type=hidden])");
  const [record, add] = box.querySelectorAll("input[type=hidden]");
  const list = document.createElement("ul");
  const status = document.createElement("span");
  list.id = `combo-${++count}`;
  list.className = "combo-list";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", kind === "physician" ? "Physicians" : "Patients");
  list.hidden = true;
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  const state = document.createElement("span");
  state.id = `${list.id}-state`;
  state.className = "combo-hint";
  box.append(state, list, status);
  input.setAttribute("aria-describedby", [input.getAttribute("aria-describedby"), state.id].filter(Boolean).join(" "));
  box.querySelector("[name=find]")?.remove();
  for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list" })) input.setAttribute(name, value);

  let options = [];
  let active = -1;
  // Whether an arrow key chose the line.
  let moved = false;
  let asked = "";
  let timer = 0;
  let request = null;
  let hits = [];

  const show = () => {
    const text = input.value.trim();
    const own = [];
    if (!text && charted && kind === "physician") own.push({ record: charted.id, name: charted.name, note: "as the chart says" });
    const keep = [];
    if (text && kind === "physician") keep.push({ add: text, name: WORDS[kind].add(text), plain: true });
    if (text) keep.push({ keep: text, name: WORDS[kind].keep(text), plain: true });
    if (!text && choose) keep.push({ keep: "", name: WORDS[kind].unknown, plain: true });
    const found = text && text === asked ? hits.map((hit) => ({ record: hit.id, name: hit.name, note: hit.note, sure: hit.sure })) : [];
    options = [...own, ...found.filter((option) => option.sure), ...found.filter((option) => !option.sure), ...keep];
    // In both boxes Enter takes who is surely meant, else what was typed, the last line; the first arrow down goes to
    // the best match.
    active = !options.length || !(choose || text) ? -1 : moved || own.length || found.some((option) => option.sure) ? 0 : options.length - 1;
    draw();
  };

  const draw = () => {
    list.replaceChildren(...options.map((option, position) => {
      const item = document.createElement("li");
      item.id = `${list.id}-${position}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", String(position === active));
      if (option.plain) item.className = "is-plain";
      item.append(line("combo-name", option.name));
      if (option.note) item.append(line("combo-note", option.note));
      item.addEventListener("mousedown", (event) => event.preventDefault());
      item.addEventListener("click", () => take(option));
      return item;
    }));
    const open = options.length > 0 && document.activeElement === input;
    list.hidden = !open;
    input.setAttribute("aria-expanded", String(open));
    if (open && active >= 0) input.setAttribute("aria-activedescendant", `${list.id}-${active}`);
    else input.removeAttribute("aria-activedescendant");
    if (moved) list.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
    say();
  };

  // In a form that is sent later: whether what stands in the box is somebody's record or only words.
  const say = () => {
    if (!choose) state.textContent = !input.value.trim() ? "" : add?.value ? "will be added" : record.value ? "linked" : "not linked";
  };

  const take = (option) => {
    record.value = option.record ?? "";
    if (add) add.value = option.add ? "1" : "";
    if (option.record) input.value = option.name;
    box.classList.toggle("is-linked", Boolean(option.record || option.add));
    options = [];
    draw();
    if (choose) choose(input);
  };

  // Resolves once it is known what the text may mean; asking twice for the same text waits for the first answer.
  let looking = { text: "", done: Promise.resolve() };
  const look = () => {
    const text = input.value.trim();
    if (text !== looking.text) {
      request?.abort();
      looking = { text, done: text.length < 2 ? Promise.resolve() : find(text) };
    }
    return looking.done;
  };
  const find = async (text) => {
    request = new AbortController();
    try {
      // By post: a patient's name must not stand in an address.
      const body = new URLSearchParams({ q: text, csrf_token: input.form.elements.csrf_token.value });
      const response = await fetch(address, { method: "POST", body, signal: request.signal, headers: { Accept: "application/json" } });
      if (!response.ok || response.redirected) return;
      hits = (await response.json()).hits;
      asked = text;
      if (input.value.trim() === text) {
        show();
        status.textContent = hits.length === 1 ? "1 found" : `${hits.length} found`;
      }
    } catch {
      // Typing went on, or there is no connection: what was typed stays and can be kept as it is.
      if (looking.text === text) looking = { text: "", done: Promise.resolve() };
    }
  };

  input.addEventListener("input", () => {
    record.value = "";
    if (add) add.value = "";
    hits = [];
    asked = "";
    moved = false;
    box.classList.remove("is-linked");
    show();
    clearTimeout(timer);
    timer = setTimeout(look, WAIT);
  });
  input.addEventListener("focus", () => { if (choose || input.value) show(); });
  input.addEventListener("blur", () => { list.hidden = true; input.setAttribute("aria-expanded", "false"); });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const open = !list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) return show();
      if (event.key === "ArrowDown" && !moved) active = -1;
      moved = true;
      active = (active + (event.key === "ArrowDown" ? 1 : -1) + options.length + (active < 0 && event.key === "ArrowUp" ? 1 : 0)) % options.length;
      return draw();
    }
    if (event.key === "Enter" && open && active >= 0) {
      event.preventDefault();
      // Names still being looked up: the line that Enter takes may yet be another one.
      const text = input.value.trim();
      if (text.length < 2 || text === asked || options[active].record) return take(options[active]);
      clearTimeout(timer);
      const wanted = options[active];
      return look().then(() => { if (input.value.trim() === text && !hits.some((hit) => hit.sure || moved)) take(wanted); });
    }
    // What was typed stays; another Escape leaves the box.
    if (event.key === "Escape" && open) {
      event.preventDefault();
      event.stopPropagation();
      options = [];
      draw();
    }
  });
  say();
}

function line(name, text) {
  const span = document.createElement("span");
  span.className = name;
  span.textContent = text;
  return span;
}
