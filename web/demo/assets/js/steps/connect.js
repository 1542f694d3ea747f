import { el, button } from "../dom.js";
import { credentialForm } from "./credentialform.js";
import { openPopup, returnAddress, leaveFor } from "../popup.js";

/**
 * connect asks for what the CRM needs before its consent page, if anything, and begins the connection: keys are enough
 * for some CRMs, the others lead to a consent page.
 */
export async function connect(dialog, signal) {
  const { connector, connection } = dialog.state;
  dialog.busy(1, `Asking how ${connector.name} is connected …`);
  const { authentication } = await dialog.api.connector(connector.id, signal);
  // Consent first: there the person has least to do.
  const methods = [...authentication].sort((a, b) => Number(b.redirect) - Number(a.redirect));
  draw(dialog, signal, methods, connection?.id ? "Connect again" : "Connect");
}

function draw(dialog, signal, methods, verb) {
  const { connector } = dialog.state;
  const submit = button(verb, "primary", () => form.element.requestSubmit(), { "data-testid": "connect" });
  const form = credentialForm(methods, async (method, credential) => {
    form.busy((submit.disabled = true));
    await begin(dialog, signal, form, method, credential);
    form.busy((submit.disabled = false));
  });
  form.whenChosen((method) => {
    submit.textContent = method?.redirect ? `${verb} in a new window` : verb;
  });
  dialog.draw({
    stage: 1, heading: `Connect ${connector.name}`, testid: "connecting",
    body: [
      el("p", {}, `Ledgerline gets to see and change what you send to ${connector.name}. You can disconnect at any time.`),
      form.element,
    ],
    actions: [submit, button("Another CRM", "plain", () => dialog.go("choose", { connection: null, connector: null }))],
  });
}

async function begin(dialog, signal, form, method, credential) {
  const { api, state } = dialog;
  // A window may be opened only while the click is being handled, hence before the service is asked.
  const popup = method?.redirect ? openPopup(state.connector.name) : null;
  state.popup = popup;
  try {
    const body = { credential, returnUrl: method?.redirect && !popup ? returnAddress() : undefined };
    const known = state.connection?.status !== "disconnected" && state.connection?.id;
    const made = known
      ? await api.reconnect(known, body, signal)
      : await api.connect({ ...body, connector: state.connector.id, authenticationType: method?.type }, signal);
    await settle(dialog, form, popup, made);
  } catch (problem) {
    popup?.close();
    if (!signal.aborted) form.show(problem);
  }
}

/** settle goes on with what the service has made of it. */
function settle(dialog, form, popup, made) {
  if (made.authorizationUrl) {
    if (!leaveFor(made.authorizationUrl, popup, dialog.state, made)) {
      throw new Error("The CRM's consent page has an address that is not a web page.");
    }
    return dialog.go("consent", { connection: made });
  }
  popup?.close();
  if (made.status === "needs_input") {
    dialog.state.connection = made;
    return form.need(made.inputSchema);
  }
  return dialog.go(made.status === "active" ? "connected" : "consent", { connection: made });
}
