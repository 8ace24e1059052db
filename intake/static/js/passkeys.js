// Forms that a passkey answers: the browser is asked, its answer goes into the form's hidden field, the form is sent.
(() => {
  "use strict";

  const parse = {
    create: (text) => window.PublicKeyCredential.parseCreationOptionsFromJSON(JSON.parse(text)),
    get: (text) => window.PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(text)),
  };
  const known = window.PublicKeyCredential && window.PublicKeyCredential.parseRequestOptionsFromJSON;

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const problem = form.querySelector("[data-passkey-problem]");
    if (!known) {
      // Without a script or in an older browser the code stays; where there is nothing else, it is said.
      if (form.dataset.passkey === "create") problem.hidden = false;
      continue;
    }
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      const answer = form.querySelector("[data-passkey-answer]");
      if (answer.value || !form.reportValidity()) return;
      event.preventDefault();
      problem.hidden = true;
      try {
        const kind = form.dataset.passkey;
        const credential = await navigator.credentials[kind]({ publicKey: parse[kind](form.dataset.question) });
        answer.value = JSON.stringify(credential.toJSON());
      } catch {
        problem.hidden = false;
        return;
      }
      form.submit();
    });
  }
})();
