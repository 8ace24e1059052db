// The question asked by the tablet alone, while network or server is away: the same pages, put away beforehand. What was
// entered is sealed and kept page by page; which patient it is about is found out when it reaches the server.
import { swap, tablet } from "../kiosk.js";
import { found, signedList } from "./nearby.js";
import { current, putAway } from "./prepare.js";

const [WORDS, PERSON] = ["words", "person"];

export async function offline(queue, clock) {
  const { listKey } = document.body.dataset;
  let turn = null;
  let bundle = null;
  let physicians = [];
  let starting = null;

  const load = async (language) => {
    bundle = (await putAway(`/kiosk/offline/pages/${language}?v=${await current()}`)) || bundle;
    if (!physicians.length) physicians = await signedList(await putAway(`/kiosk/offline/physicians?v=${await current()}`), listKey);
    return bundle;
  };
  const begin = (given) => ({
    id: crypto.randomUUID(), pages: new Map(), times: new Map(), at: "welcome", away: false, options: [],
    language: document.documentElement.lang, size: Number(document.documentElement.dataset.size || 1),
    contrast: document.documentElement.dataset.contrast || "", ...given,
  });

  // --- Which pages there are: as intake/capture/patient_flow/steps.py says it.
  const chosen = () => {
    const first = turn.pages.get("sources");
    if (!first || first.get("do")) return [];
    const tapped = (first.get("tapped") || "").split(",");
    const place = (code) => (tapped.includes(code) ? tapped.indexOf(code) : tapped.length);
    return first.getAll("source").sort((one, other) => place(one) - place(other));
  };
  const named = () => chosen().flatMap((code) => {
    const below = turn.pages.get(bundle.below[code]);
    return below && below.get("do") !== "skip" ? below.getAll("source") : [code];
  });
  const people = () => [...turn.pages].filter(([key, given]) => key.startsWith(PERSON) && given.get("do") !== "skip");
  const steps = () => {
    if (!turn.pages.has("sources") && turn.handover) return [turn.at];
    const own = bundle.which[bundle.other];
    const which = named().map((code) => bundle.which[code]).filter((key) => key && key !== own);
    const keys = ["sources", ...chosen().map((code) => bundle.below[code]), ...which, chosen().includes(bundle.other) && own];
    const somebody = people().some(([key]) => keys.includes(key));
    return [...new Set(keys.filter(Boolean)), ...(named().length > 1 ? ["main"] : []), ...(somebody ? ["thanks"] : [])];
  };

  // Whether what is still to be answered may bring further pages, so that no total is known.
  const grows = (all, key) => all.slice(all.indexOf(key)).some((each) => each === "sources" || each.startsWith("below")
    || (each.startsWith(PERSON) && !all.includes("thanks")) || each === bundle.which[bundle.other]);

  // --- Pages
  function problem(page, key) {
    const line = page.createElement("p");
    line.className = "problem";
    line.id = "problem";
    line.setAttribute("role", "alert");
    line.textContent = bundle.problems[key].replace("{longest}", longest(turn.at));
    (page.querySelector("#help") || page.querySelector("h1")).after(line);
  }
  function fill(page, given) {
    for (const input of page.querySelectorAll("input[type=checkbox]")) input.toggleAttribute("checked", given.getAll(input.name).includes(input.value));
    for (const box of page.querySelectorAll("input.words")) if (given.has(box.name)) box.setAttribute("value", given.get(box.name));
    for (const box of page.querySelectorAll("textarea")) if (given.has(box.name)) box.textContent = given.get(box.name);
    const tapped = page.querySelector("input[name=tapped]");
    if (tapped) tapped.value = given.get("tapped") || "";
  }
  // No source gains from being on top; what stands last for everybody stays there.
  function shuffle(page) {
    const list = page.querySelector(".tiles");
    const tiles = new Map([...list.children].map((tile) => [tile.querySelector("input").value, tile]));
    if (!turn.options.length) {
      const drawn = [...tiles.keys()].filter((code) => code !== bundle.other);
      for (let place = drawn.length - 1; place > 0; place -= 1) {
        const other = crypto.getRandomValues(new Uint32Array(1))[0] % (place + 1);
        [drawn[place], drawn[other]] = [drawn[other], drawn[place]];
      }
      turn.options = [...drawn, ...(tiles.has(bundle.other) ? [bundle.other] : [])];
    }
    list.append(...turn.options.map((code) => tiles.get(code)).filter(Boolean));
  }
  function mainTiles(page) {
    const model = page.querySelector(".tiles .tile");
    page.querySelector(".tiles").replaceChildren(...named().map((code) => {
      const tile = model.cloneNode(true);
      tile.value = code;
      tile.querySelector(".tile-label").textContent = bundle.labels[code] || code;
      tile.querySelector(".tile-hint")?.remove();
      return tile;
    }));
  }
  function dress(page) {
    page.documentElement.dataset.size = turn.size;
    if (turn.contrast === "high") page.documentElement.dataset.contrast = "high";
    const size = page.querySelector("[name=display][value^='size:']");
    if (size) size.value = `size:${(turn.size % 3) + 1}`;
    const contrast = page.querySelector("[name=display][value^='contrast:']");
    if (contrast) contrast.value = `contrast:${turn.contrast === "high" ? "plain" : "high"}`;
    const { larger, normal, more, less } = bundle.display;
    if (size) size.querySelector(".ctl-words").textContent = turn.size < 3 ? larger : normal;
    if (contrast) contrast.querySelector(".ctl-words").textContent = turn.contrast === "high" ? less : more;
  }
  function page(key, { wrong = "", entered = null, hits = null } = {}) {
    turn.at = key;
    const shown = new DOMParser().parseFromString(bundle.pages[key], "text/html");
    dress(shown);
    const id = shown.querySelector("input[name=submission_id]");
    if (id) id.value = crypto.randomUUID();
    const given = entered || turn.pages.get(key);
    if (key === "sources") shuffle(shown);
    if (key === "main") mainTiles(shown);
    if (key === "thanks") {
      shown.querySelector("#whom span").textContent = people().map(([, given]) => given.get("text").trim()).join(", ");
      shown.querySelector("#whom").hidden = !people().length;
    }
    if (given) fill(shown, given);
    if (wrong) problem(shown, wrong);
    const box = shown.querySelector("#hits");
    // Gone back to: who was chosen before, or what was written, is one tap away.
    if (box && (hits !== null || given)) listHits(box, hits ?? given.get("text") ?? "", hits === null && given.get("physician"));
    const all = steps();
    const progress = shown.querySelector(".progress");
    if (progress) progress.textContent = (grows(all, key) ? bundle.question : bundle.progress).replace("{step}", all.indexOf(key) + 1).replace("{steps}", all.length);
    return shown;
  }
  function listHits(box, words, picked = "") {
    const list = picked ? physicians.filter((one) => String(one.id) === picked) : found(physicians, words);
    box.innerHTML = !words.trim() ? "" : list.length ? bundle.hit : bundle.none;
    const said = box.parentElement.querySelector("#found");
    if (said) said.textContent = words.trim() ? bundle.found.replace("{count}", list.length) : "";
    const model = box.querySelector(".hits .tile");
    model?.parentElement.replaceChildren(...list.map((one) => {
      const tile = model.cloneNode(true);
      tile.value = one.id;
      tile.querySelector(".tile-label").textContent = one.name;
      const hint = tile.querySelector(".tile-hint");
      if (one.hint) hint.textContent = one.hint;
      else hint.remove();
      return tile;
    }));
  }

  // --- What is wrong with what was entered; empty when nothing is.
  function wrongFind(body) {
    const [day, month, year] = ["day", "month", "year"].map((name) => body.get(name).normalize("NFKC").trim());
    if (!day || !month || !year) return "birth_date_incomplete";
    if (!/^\p{Nd}{1,2}$/u.test(day) || !/^\p{Nd}{4}$/u.test(year)) return "birth_date_unreadable";
    // Digits of other scripts and names of months are read by the server.
    if (Number(month) > 12 && Number(day) > 12) return "birth_date_month";
    if (Number(day) > 31 && Number(month) > 31) return "birth_date_day";
    if (Number(year) > new Date(clock()).getFullYear()) return "birth_date_future";
    return /\p{L}/u.test(body.get("initials")) ? "" : "initials_missing";
  }
  const longest = (key) => (key.startsWith(WORDS) ? bundle.longest.words : bundle.longest.name);
  function wrong(key, body) {
    if (key === "find") return wrongFind(body);
    if (body.get("do") === "skip" || (key === "sources" && body.get("do"))) return "";
    if (key === "sources") return body.has("source") ? "" : "choose_one";
    if (key.startsWith("below")) return body.has("source") ? "" : "choose_or_skip";
    if (key === "main") return body.has("main") ? "" : "choose_main";
    if (key === "thanks") return body.has("wish") ? "" : "choose_or_skip";
    const text = (body.get("text") || "").trim();
    if (text.length > longest(key)) return "too_long";
    return text || body.has("physician") ? "" : "write_or_skip";
  }

  // --- Keeping
  const record = () => queue.keep(turn.id, {
    id: turn.id, handover: turn.handover || "", who: turn.who || null, language: turn.language, options: turn.options,
    pages: [...turn.pages].map(([key, body]) => ({ form: String(body), at: turn.times.get(key) })),
  });
  const put = (key, body, at = clock()) => {
    const page_ = new URLSearchParams(body);
    page_.delete("csrf_token");
    turn.pages.set(key, page_);
    turn.times.set(key, Math.round(at));
  };
  function end() {
    const last = page("end");
    // Nobody has read the words yet, so whoever wrote any is told whom to call.
    last.querySelector("#unread").hidden = ![...turn.pages].some(([key, given]) => key.startsWith(WORDS) && (given.get("text") || "").trim());
    turn = null;
    queue.deliver();
    return last;
  }

  async function take(url, body, at) {
    if (url.endsWith("/start-over")) return leave();
    if (body.has("display")) return redisplay(body);
    const key = turn.at;
    if (key === "welcome") return page("welcome");
    if (body.get("do") === "back") {
      const all = steps();
      return page(all[Math.max(0, all.indexOf(key) - 1)]);
    }
    if (body.get("do") === "search") return page(key, { entered: body, hits: body.get("text") || "" });
    const refused = wrong(key, body);
    if (refused) return page(key, { wrong: refused, entered: body });
    if (key === "find") {
      turn.who = { day: body.get("day"), month: body.get("month"), year: body.get("year"), initials: body.get("initials") };
      return page("sources");
    }
    put(key, body, at);
    const all = steps();
    for (const each of [...turn.pages.keys()]) if (!all.includes(each)) turn.pages.delete(each);
    // Said only when it is true: what isn't kept is still on the page.
    if (!(await record())) return page(key, { wrong: "not_kept", entered: body });
    const onward = all[all.indexOf(key) + 1];
    return onward && bundle.pages[onward] ? page(onward) : end();
  }
  async function redisplay(body) {
    const [what, value] = body.get("display").split(":");
    if (what === "language") {
      turn.language = value;
      await load(value);
    } else if (what === "size") turn.size = Number(value);
    else turn.contrast = value;
    return page(turn.at, { entered: body });
  }
  const leave = () => {
    turn = begin({ away: true, language: bundle.first });
    return page("welcome");
  };

  // --- What the tablet's pages ask of it.
  Object.assign(tablet, {
    clock,
    keep: async (body, at) => {
      if (!body.has("submission_id") || !body.has("handover") || body.has("display") || ["back", "search"].includes(body.get("do"))) return false;
      if (turn?.handover !== body.get("handover")) turn = begin({ handover: body.get("handover") });
      turn.at = body.get("step");
      put(turn.at, body, at);
      return record();
    },
    arrived: async (body, response, at) => {
      if (turn?.away) return;
      // Their turn on the tablet is over: what they said is taken in sealed, or not at all.
      if (response.headers.has("X-Over") && (turn || (await tablet.keep(body, at)))) {
        await queue.deliver();
      } else if (turn) await queue.forget(turn.id);
      turn = null;
    },
    answers: () => Boolean(turn?.away || starting),
    goOn: async (url, body, at) => {
      await starting;
      if (turn && !bundle) await load(turn.language);
      if (!turn || !bundle) {
        // Nothing is kept yet, and nothing is lost by asking from the start.
        if (!body.has("submission_id") && (await current())) location.replace("/kiosk");
        return null;
      }
      turn.away = true;
      return take(url, body, at);
    },
    leaves: async (body, at) => {
      if (!turn?.away || !body.has("submission_id") || wrong(turn.at, body)) return false;
      put(turn.at, body, at);
      return record();
    },
    hits: (input) => listHits(document.querySelector("#hits"), input.value),
    follows: (link) => {
      if (link.pathname !== "/kiosk/find" || !(turn?.away || starting)) return false;
      (starting || Promise.resolve()).then(() => { if (turn?.away && turn.at !== "sorry") swap(page("find")); });
      return true;
    },
  });

  async function prepared() {
    const [kept, works] = await Promise.all([load(document.documentElement.lang), queue.works()]);
    if (!kept) return;
    turn = begin({ away: true });
    if (!works) swap(page("sorry"));
  }

  return {
    /** Ask from here on; the page on the screen is the one that is shown without a connection. */
    start() { starting = prepared(); },
    get busy() { return !("away" in document.body.dataset); },
  };
}
