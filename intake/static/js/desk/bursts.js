// Keys that come in one stream (a scanner, typing meant for another window) never record for two patients. A key acts
// once it is clear that no other follows at once; a second patient's waits longer. Keys that do follow end it all.
const FASTER_THAN_HANDS = 100;
const OPENS_AFTER = 200;
const NEXT_PERSON = 600;
let last = -Infinity;
let gap = Infinity;
let waiting = 0;
let pending = null;
let refusing = false;
let recordedFor = null;
let acted = "";

// Call it with every key. True: the key belongs to a burst and does nothing.
export function isBurst() {
  const now = performance.now();
  gap = now - last;
  last = now;
  if (gap > NEXT_PERSON) refusing = false;
  if (waiting) {
    clearTimeout(waiting);
    waiting = 0;
    refusing = true;
  }
  return refusing;
}

// `row`: whom the key is for, if anybody. A key that only opens something waits for nothing but a stream. The key that
// answered for one patient, pressed again by a nervous hand, never answers for the next.
export function whenAlone(act, { row = null, opens = false, key = "" } = {}) {
  const another = row && recordedFor && recordedFor !== row;
  if (!opens) {
    if (another && key && key === acted && gap < NEXT_PERSON) return;
    acted = key;
  }
  const pause = opens ? (another && gap < OPENS_AFTER ? NEXT_PERSON : 0)
    : another && gap < NEXT_PERSON ? NEXT_PERSON : FASTER_THAN_HANDS;
  if (!pause) return act();
  pending = act;
  waiting = setTimeout(settle, pause);
}

// Acts now: an arrow key means that the last key was meant.
export function settle() {
  if (!waiting) return;
  clearTimeout(waiting);
  waiting = 0;
  pending();
}

export function hasRecorded(row) {
  recordedFor = row;
}
