import { button, byId, el, icon } from "./dom.js";
import { failure } from "./failure.js";
import { connectionWords, since } from "./words.js";

/** Connections is the panel of the user's connections: what state they are in, connect again, disconnect. */
export class Connections {
  /** known is what was shown last. */
  known = [];
  #hooks;
  #turn = 0;

  /** hooks: list(), disconnect(id), connectorOf(id), reconnect(connection), changed(). */
  constructor(hooks) {
    this.#hooks = hooks;
  }

  /** refresh asks the service again; an answer that a later question has overtaken is not shown. */
  async refresh() {
    const place = byId("connection-list");
    const turn = ++this.#turn;
    try {
      const found = await this.#hooks.list();
      if (turn !== this.#turn) return;
      this.known = found;
      place.replaceChildren(found.length > 0
        ? el("ul", { class: "cards" }, found.map((c) => this.#card(c)))
        : el("p", { class: "empty" }, "No CRM is connected yet. The first “Send to CRM” connects one."));
    } catch (problem) {
      if (turn === this.#turn) place.replaceChildren(failure(problem, { retry: () => this.refresh() }));
    }
  }

  #card(connection) {
    const connector = this.#hooks.connectorOf(connection.connector);
    const [words, tone] = connectionWords[connection.status] || [connection.status, "wait"];
    const actions = el("div", { class: "card-actions" });
    this.#offer(actions, connection, connector.name);
    return el("li", { class: "card", "data-testid": `connection-${connection.connector}`, "data-status": connection.status },
      icon(connector),
      el("div", { class: "card-text" },
        el("strong", {}, connector.name),
        el("span", { class: `mark ${tone}`, "data-testid": "connection-status" }, words),
        el("span", { class: "soft small" },
          [connection.accountName || connection.label, `since ${since(connection.createdAt)}`].filter(Boolean).join(" · ")),
        connection.statusReason && el("span", { class: "small" }, connection.statusReason),
        changedFields(connector.name, connection.mappingIssues)),
      actions);
  }

  #offer(actions, connection, name) {
    actions.replaceChildren(
      button("Reconnect", connection.status === "active" ? "plain" : "secondary", () => this.#hooks.reconnect(connection), {
        "data-testid": `reconnect-${connection.connector}`, "aria-label": `Reconnect ${name}`,
      }),
      button("Disconnect", "plain", () => this.#ask(actions, connection, name), {
        "data-testid": `disconnect-${connection.connector}`, "aria-label": `Disconnect ${name}`,
      }));
  }

  /** Disconnecting forgets nothing in the CRM, but takes the access away: it is asked for twice. */
  #ask(actions, connection, name) {
    const back = () => {
      this.#offer(actions, connection, name);
      actions.lastElementChild.focus();
    };
    const yes = button("Yes, disconnect", "danger", () => this.#end(actions, connection), {
      "data-testid": `confirm-disconnect-${connection.connector}`, "aria-label": `Yes, disconnect ${name}`,
    });
    actions.replaceChildren(yes, button("Keep", "plain", back));
    yes.focus();
  }

  async #end(actions, connection) {
    actions.replaceChildren(el("span", { class: "soft small" }, "Disconnecting …"));
    try {
      await this.#hooks.disconnect(connection.id);
      await this.#hooks.changed();
      byId("connect-another").focus();
    } catch (problem) {
      actions.replaceChildren(failure(problem, { retry: () => this.#end(actions, connection) }));
    }
  }
}

const few = 3; // messages that are shown at once

/** changedFields tells which fields of the CRM are not any more what they were when they were first used. */
function changedFields(name, issues = []) {
  if (issues.length === 0) return null;
  const items = issues.map((i) => el("li", {}, i.message));
  return el("div", { class: "hint small", "data-testid": "mapping-issues" },
    el("p", {}, el("strong", {}, `${name} has changed its fields.`)),
    el("ul", {}, items.slice(0, few)),
    items.length > few && el("details", {}, el("summary", {}, `${items.length - few} more`), el("ul", {}, items.slice(few))));
}
