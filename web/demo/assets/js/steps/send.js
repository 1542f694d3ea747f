import { button } from "../dom.js";
import { failure } from "../failure.js";
import { payload } from "../records.js";

/** send sends the record exactly as it was previewed: the service refuses if that has changed in the meantime. */
export async function send(dialog, signal) {
  const { record, connector, connection, plan } = dialog.state;
  // Closing the dialog does not take the send back, so it is not given the signal.
  dialog.busy(4, `Sending to ${connector.name} …`);
  try {
    const sent = await dialog.api.send(
      { connectionId: connection.id, object: record.object, record: payload(record), expect: plan.digest });
    if (!signal.aborted) return dialog.go("result", { sent });
  } catch (problem) {
    if (signal.aborted) return;
    drawFailure(dialog, problem);
  } finally {
    void dialog.host.sent(record);
  }
}

/** drawFailure shows a send that failed, with the way on that its code calls for. */
export function drawFailure(dialog, problem) {
  const { connector, record } = dialog.state;
  const reconnect = ["reconnect_required", "connection_not_ready"].includes(problem.code);
  const next = reconnect
    ? button(`Reconnect ${connector.name}`, "primary", () => dialog.go("connect"), { "data-testid": "reconnect" })
    : problem.code === "preview_outdated"
      ? button("Preview again", "primary", () => dialog.go("preview"), { "data-testid": "preview-again" })
      : problem.retryable && button("Try again", "primary", () => dialog.go("send"), { "data-testid": "retry" });
  if (reconnect) void dialog.host.changed();
  dialog.draw({
    stage: 4, heading: `Not sent to ${connector.name}`, testid: "send-failed",
    body: failure(problem, { fix: (key) => dialog.host.edit(record, key) }),
    actions: [
      next,
      !reconnect && problem.code !== "preview_outdated" && button("Back to the preview", "secondary", () => dialog.go("preview")),
      button("Close", "plain", () => dialog.close()),
    ],
  });
}
