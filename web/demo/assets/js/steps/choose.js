import { el, button, icon } from "../dom.js";
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

/** A CRM that nobody has described for this kind of record can be chosen too: the person matches the fields. */
function choice(dialog, connector) {
  const { record } = dialog.state;
  const described = !record || connector.objects.includes(record.object);
  const pick = () => dialog.go(record && connector.connection?.status === "active" ? "preview" : "connect", {
    connector, connection: connector.connection, matched: false,
  });
  const status = connectionWords[connector.connection?.status];
  const marks = [(status || described) && (status || ["Not connected", "off"]), !described && ["Fields to be matched", "off"]];
  return el("button", { type: "button", class: "crm", "data-testid": `crm-${connector.id}`, on: { click: pick } },
    icon(connector), el("span", { class: "crm-name" }, connector.name),
    el("span", { class: "crm-marks" }, marks.filter(Boolean).map(([words, tone]) => el("span", { class: `mark ${tone}` }, words))));
}
