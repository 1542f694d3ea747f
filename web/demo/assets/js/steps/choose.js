import { el, button, icon } from "../dom.js";
import { objects } from "../fields.js";
import { connectionWords } from "../words.js";

/** choose lists the CRMs that Alloy offers, each with the state of the user's connection to it. */
export async function choose(dialog, signal) {
  dialog.busy(0, "Looking for CRMs …");
  const connectors = await dialog.host.connectors(signal);
  if (connectors.length === 0) {
    dialog.draw({
      stage: 0, heading: "No CRM is offered", body: el("p", {}, "The service lists no CRM. Its operator can enable some in Alloy."),
      actions: [button("Close", "primary", () => dialog.close())],
    });
    return;
  }
  dialog.draw({
    stage: 0, heading: "Choose your CRM", testid: "choose",
    body: el("ul", { class: "crms" }, connectors.map((c) => el("li", {}, choice(dialog, c)))),
  });
}

function choice(dialog, connector) {
  const { record } = dialog.state;
  const takes = !record || connector.objects.includes(record.object);
  const pick = () => dialog.go(record && connector.connection?.status === "active" ? "preview" : "connect", {
    connector, connection: connector.connection,
  });
  const [words, tone] = !takes
    ? [`Takes no ${objects[record.object].tab.toLowerCase()}`, "off"]
    : connectionWords[connector.connection?.status] || ["Not connected", "off"];
  return el("button", {
    type: "button", class: "crm", disabled: !takes, "data-testid": `crm-${connector.id}`, on: { click: pick },
  }, icon(connector), el("span", { class: "crm-name" }, connector.name), el("span", { class: `mark ${tone}` }, words));
}
