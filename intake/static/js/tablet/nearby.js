// Physicians who refer here, found without a connection in a list that the server has signed.
const MOST = 6;
const TITLES = /^(dr|doctor|doc|md|do|np|pa|the|of|my)$/;

const fold = (words) => words.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().split(/[^\p{L}\p{N}]+/u).filter((each) => each && !TITLES.test(each));
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** The list, if the server signed it; else an empty one. */
export async function signedList(kept, key) {
  try {
    const how = { name: "ECDSA", namedCurve: "P-256" };
    const signer = await crypto.subtle.importKey("raw", bytes(key), how, false, ["verify"]);
    const said = new TextEncoder().encode(kept.list);
    if (!(await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, signer, bytes(kept.signature), said))) return [];
    return JSON.parse(kept.list).map((one) => ({ ...one, names: fold(one.name), about: fold(one.hint) }));
  } catch { return []; }
}

// Damerau-Levenshtein, given up beyond `most`: two letters swapped are one slip.
function slips(one, other, most) {
  if (Math.abs(one.length - other.length) > most) return most + 1;
  let [before, last] = [[], Array.from({ length: other.length + 1 }, (_, place) => place)];
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const same = one[i - 1] === other[j - 1] ? 0 : 1;
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + same);
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    [before, last] = [last, row];
  }
  return last[other.length];
}

// 1 for the word itself, less for its beginning or a slip, 0 for another word.
function alike(typed, word) {
  if (typed === word) return 1;
  if (typed.length > 1 && word.startsWith(typed)) return 0.9;
  const most = typed.length >= 7 ? 2 : typed.length >= 4 ? 1 : 0;
  const found = most ? slips(typed, word.slice(0, typed.length + most), most) : 1;
  const whole = most ? Math.min(found, slips(typed, word, most)) : 1;
  return whole <= most ? 0.8 - 0.1 * whole : 0;
}

/** Those that the words may mean, likeliest first: every word must fit, and at least one the name. */
export function found(list, words) {
  const typed = fold(words);
  if (!typed.length) return [];
  const scored = [];
  for (const one of list) {
    let [score, named] = [0, false];
    for (const word of typed) {
      const name = Math.max(0, ...one.names.map((each) => alike(word, each)));
      const about = Math.max(0, ...one.about.map((each) => alike(word, each)));
      if (name) named = true;
      score += name || about / 2 || -1;
    }
    if (named && score > 0) scored.push({ ...one, score });
  }
  return scored.sort((one, other) => other.score - one.score).slice(0, MOST);
}
