// Finding somebody on a long list by name, chart number or birth date, and one provider's patients. What is typed
// stays on this computer.
export function findOnList(root, choose) {
  const form = document.querySelector(".desk-find");
  const [text, provider, status] = [form.querySelector("#find"), form.querySelector("#find-provider"), form.querySelector("#find-status")];
  const plain = (words) => words.normalize("NFKD").replace(/\p{M}/gu, "").replace(/(?<=\d)[/.](?=\d)/g, "-").toLowerCase();
  const rows = () => [...root.querySelectorAll(".desk-row")];

  function apply() {
    const all = rows();
    const providers = [...new Set(all.map((row) => row.dataset.provider).filter(Boolean))].sort();
    if (provider.options.length !== providers.length + 1 || providers.some((name, place) => provider.options[place + 1].value !== name)) {
      const chosen = provider.value;
      provider.replaceChildren(provider.options[0], ...providers.map((name) => new Option(name, name)));
      provider.value = providers.includes(chosen) ? chosen : "";
    }
    provider.hidden = providers.length < 2;
    const wanted = plain(text.value).split(/[\s,]+/).filter(Boolean);
    form.hidden = all.length < Number(root.dataset.long) && !wanted.length && !provider.value;
    let found = 0;
    for (const row of all) {
      const words = plain(row.dataset.find);
      row.hidden = !wanted.every((word) => words.includes(word)) || Boolean(provider.value && row.dataset.provider !== provider.value);
      found += !row.hidden;
    }
    const finding = Boolean(wanted.length || provider.value);
    for (const group of root.querySelectorAll(".desk-group")) {
      const some = Boolean(group.querySelector(".desk-row:not([hidden])"));
      group.hidden = !some;
      const quiet = group.querySelector("details");
      if (quiet && finding && some && wanted.length) quiet.open = true;
    }
    status.textContent = finding ? `${found} of ${all.length}` : "";
  }

  text.addEventListener("input", apply);
  provider.addEventListener("change", apply);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const first = rows().find((row) => row.checkVisibility());
    if (first) choose(first);
  });
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    event.preventDefault();
    if (!text.value) return text.blur();
    text.value = "";
    apply();
  });
  apply();
  return {
    apply,
    open: () => { if (!form.hidden) text.select(); return !form.hidden; },
    clear: () => { text.value = provider.value = ""; apply(); },
  };
}
