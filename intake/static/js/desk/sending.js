// Sends a form of the list in the background and keeps it until the server has it: what was entered is never lost.
const LONGEST_WAIT = 10_000;
const pending = new Set();

addEventListener("beforeunload", (event) => { if (pending.size) event.preventDefault(); });

// Random in the form of a version 4 UUID. crypto.randomUUID is missing on plain http inside a clinic's network.
export function freshId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

// Resolves to {status, html}; waits and sends the very same again while the server can't be reached.
// `onWait` hears when that begins. A session that ended is left to the browser, which shows the sign-in page.
export async function send(form, submitter, onWait) {
  const body = new FormData(form, submitter);
  const address = submitter?.getAttribute("formaction") || form.getAttribute("action");
  pending.add(body);
  try {
    for (let attempt = 0; ; attempt += 1) {
      const response = await once(address, body);
      if (response && response.status !== 503) {
        if (signedOut(response)) {
          pending.delete(body);
          sendPlainly(form, submitter);
          return { status: 401, html: "" };
        }
        return { status: response.status, html: await response.text() };
      }
      onWait();
      await new Promise((resolve) => setTimeout(resolve, Math.min(1000 * 2 ** attempt, LONGEST_WAIT)));
    }
  } finally {
    pending.delete(body);
  }
}

export async function fetchPart(address, background = false) {
  const headers = { "X-Part": "opened" };
  if (background) headers["X-Background"] = "1";
  const response = await fetch(address, { headers });
  return { status: response.status, signedOut: signedOut(response), html: await response.text() };
}

async function once(address, body) {
  try {
    return await fetch(address, { method: "POST", body, headers: { "X-Part": "list" } });
  } catch {
    return null;
  }
}

function signedOut(response) {
  return response.status === 401 || (response.redirected && !new URL(response.url).pathname.startsWith("/desk"));
}

function sendPlainly(form, submitter) {
  if (submitter?.name) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: submitter.name, value: submitter.value });
    form.append(field);
  }
  // A form that has left the page meanwhile can't be sent.
  if (!form.isConnected) {
    form.hidden = true;
    document.body.append(form);
  }
  if (submitter?.hasAttribute("formaction")) form.action = submitter.getAttribute("formaction");
  form.submit();
}
