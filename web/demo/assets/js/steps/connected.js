import { button, el } from "../dom.js";

/** connected goes on to the preview, or ends here where there is no record to send. */
export async function connected(dialog) {
  const { connector, record, popup } = dialog.state;
  popup?.close();
  dialog.state.popup = null;
  void dialog.host.changed();
  if (record) return dialog.go("preview");
  dialog.draw({
    stage: 2, heading: `${connector.name} is connected`, testid: "connected",
    body: el("p", {}, connector.objects.length > 0 ? "Records can be sent to it now."
      : `With the first record you send, ${connector.name} tells its fields, and you say which of yours go where.`),
    actions: [button("Done", "primary", () => dialog.close(), { "data-testid": "done" })],
  });
}
