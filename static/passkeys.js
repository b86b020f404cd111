// When a form with data-passkey is sent, asks the browser for a passkey first and sends its answer with the form.
// The form stays an ordinary form: this script asks no server for anything.
"use strict";

const ask = {
  create: async (options) =>
    navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }),
  get: async (options) =>
    navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }),
};

const problems = { NotAllowedError: "cancelled", AbortError: "cancelled", InvalidStateError: "registered" };

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const answer = form.elements.namedItem("passkey");
  const told = form.querySelectorAll("[data-passkey-problem]");
  let phase = "idle";
  // When the browser goes back to the page, the answer is used up.
  addEventListener("pageshow", (event) => { if (event.persisted) phase = "idle"; });

  form.addEventListener("submit", async (event) => {
    if (phase === "answered") {
      phase = "sent";
      return;
    }
    event.preventDefault();
    if (phase !== "idle") return;
    phase = "asking";
    for (const text of told) text.hidden = true;
    try {
      const credential = await ask[form.dataset.passkey](JSON.parse(form.dataset.options));
      answer.value = JSON.stringify(credential.toJSON());
      phase = "answered";
      form.requestSubmit(event.submitter);
    } catch (error) {
      phase = "idle";
      const problem = problems[error.name] ?? "unsupported";
      const text = [...told].find((text) => text.dataset.passkeyProblem === problem);
      text.hidden = false;
      text.tabIndex = -1;
      text.focus();
    }
  });
}
