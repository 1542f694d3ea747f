import { button, el } from "../dom.js";
import { failure } from "../failure.js";
import { openPopup, leaveFor, returnAddress } from "../popup.js";
import { pause } from "../pause.js";

const every = 1500; // milliseconds between looks
const limit = 10 * 60_000; // as long as a consent flow lives

/** consent waits until the person has given access in the CRM's own page, told by its last page or by asking. */
export async function consent(dialog, signal) {
  const { connector, connection, popup, failed } = dialog.state;
  const note = el("div", { class: "outcome" });
  dialog.draw({
    stage: 1, heading: `Give access in ${connector.name}`, testid: "consent",
    body: [
      el("p", {}, popup ? `${connector.name} has opened in a window of its own. Give access there; this goes on by itself.`
        : `${connector.name} has not confirmed the access yet. This goes on by itself as soon as it does.`),
      el("div", { class: "spinner", "aria-hidden": "true" }),
      note,
    ],
    actions: [
      button("Open it again", "secondary", () => again(dialog, signal, note), { "data-testid": "open-again" }),
      button("Another CRM", "plain", () => dialog.go("choose", { connection: null, connector: null })),
    ],
  });
  if (failed) refused(note);
  listen(dialog, signal, note);
  await poll(dialog, signal, note, connection);
}

/** The last page of the flow is the service's own; its message only makes this look at once. */
function listen(dialog, signal, note) {
  const heard = async ({ origin, data }) => {
    if (origin !== dialog.host.serviceOrigin || data?.type !== "send-to-crm:connection") return;
    if (data.connectionId !== dialog.state.connection?.id) return;
    if (data.status === "failed") refused(note);
    const now = await look(dialog, signal);
    if (now?.status === "active" && !signal.aborted) dialog.go("connected", { connection: now });
  };
  window.addEventListener("message", heard, { signal });
}

async function poll(dialog, signal, note, before) {
  for (const end = Date.now() + limit; Date.now() < end; ) {
    await pause(every, signal);
    const now = await look(dialog, signal);
    if (signal.aborted) return;
    // A connection that was active all along is done once its new credential shows.
    const fresh = now?.status === "active" && (before.status !== "active" || now.updatedAt !== before.updatedAt);
    if (fresh) return dialog.go("connected", { connection: now });
    if (now?.statusReason && now.statusReason !== before.statusReason) refused(note, now.statusReason);
    else if (dialog.state.popup?.closed && !note.hasChildNodes()) {
      note.replaceChildren(el("p", { class: "hint" }, "The window is closed. If access was given, this takes a moment; else open it again."));
    }
  }
  note.replaceChildren(el("p", { class: "hint" }, "This has taken too long. Open it again to go on."));
}

/** look asks for the connection; a call that fails is no news, the next look may be. */
async function look(dialog, signal) {
  try {
    return await dialog.api.connection(dialog.state.connection.id, signal);
  } catch {
    return null;
  }
}

function refused(note, reason = "The CRM did not grant access.") {
  if (note.dataset.reason === reason) return;
  note.dataset.reason = reason;
  note.replaceChildren(failure({ detail: reason, remedy: "Open it again, and allow the access there.", code: "not_granted" }));
}

async function again(dialog, signal, note) {
  const { api, state } = dialog;
  state.popup?.close();
  const popup = openPopup(state.connector.name);
  try {
    const body = popup ? {} : { returnUrl: returnAddress() };
    const made = await api.reconnect(state.connection.id, body, signal);
    const led = made.authorizationUrl && leaveFor(made.authorizationUrl, popup, state, made);
    if (!led) popup?.close();
    await dialog.go(made.status === "active" && !led ? "connected" : "consent", { connection: made, popup, failed: false });
  } catch (problem) {
    popup?.close();
    if (!signal.aborted) note.replaceChildren(failure(problem));
  }
}
