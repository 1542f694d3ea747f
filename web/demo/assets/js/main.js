import { Api } from "./api.js";
import { Connections } from "./connections.js";
import { Customers } from "./customers.js";
import { Dialog } from "./dialog.js";
import { byId } from "./dom.js";
import { failure } from "./failure.js";
import { comeBack } from "./popup.js";
import { Records } from "./records.js";
import { Session } from "./session.js";
import { keep, recall } from "./storage.js";

const base = document.documentElement.dataset.apiBase;
const userPlace = "ledgerline.user";

/** Page wires the list, the connections and the dialog to one signed-in user at a time. */
class Page {
  #records = new Records();
  #connectors = new Map();
  #dialog = new Dialog(this);
  #customers;
  #panel;
  serviceOrigin = new URL(base || "/", location.href).origin;

  constructor() {
    this.#customers = new Customers(this.#records, {
      send: (record, links) => this.#send(record, links),
      explain: (object, id) => this.api.explain(object, id),
      nameOf: (id) => this.connectorOf(id).name,
    });
    this.#panel = new Connections({
      list: () => this.api.connections(),
      disconnect: (id) => this.api.disconnect(id),
      connectorOf: (id) => this.connectorOf(id),
      reconnect: (connection) => this.#open("connect", { connection, connector: this.connectorOf(connection.connector) }),
      changed: () => this.changed(),
    });
    byId("user").addEventListener("change", () => void this.signIn(byId("user").value));
    byId("connect-another").addEventListener("click", () => void this.#open("choose", {}));
    byId("reset").addEventListener("click", () => {
      this.#records.reset();
      void this.#customers.show();
    });
  }

  /** signIn makes a new session for a user; nothing of the user before is kept. */
  async signIn(user) {
    byId("user").value = user;
    keep("sessionStorage", userPlace, user);
    this.user = user;
    this.api = new Api(base, new Session(user));
    this.#connectors = new Map();
    byId("notice").replaceChildren();
    try {
      await this.connectors();
    } catch (problem) {
      byId("notice").replaceChildren(failure(problem, { retry: () => this.signIn(user) }));
    }
    if (this.user !== user) return;
    await Promise.all([this.#panel.refresh(), this.#customers.show()]);
  }

  /** resume goes on where the browser left for a CRM's consent page. */
  async resume({ connectionId, status, object, recordId }) {
    const connection = await this.api.connection(connectionId).catch(() => null);
    if (!connection) return;
    const record = object && this.#records.get(object, recordId);
    if (record) void this.#customers.show(object);
    await this.#open(connection.status === "active" ? "connected" : "consent", {
      record, connection, connector: this.connectorOf(connection.connector), failed: status === "failed",
    });
  }

  /** connectors asks for the CRMs and remembers their names. */
  async connectors(signal) {
    const found = await this.api.connectors(signal);
    this.#connectors = new Map(found.map((c) => [c.id, c]));
    return found;
  }

  /** connectorOf is a CRM by its id; one that is not offered any more has only that. */
  connectorOf(id) {
    return this.#connectors.get(id) || { id, name: id, objects: [] };
  }

  /** changed follows a change of a connection. */
  changed = () => Promise.all([this.#panel.refresh(), this.#customers.refresh()]);

  /** sent follows a send of a record. */
  sent = (record) => this.#customers.refresh(record.id);

  /** edit leaves the dialog for a field of the record. */
  edit(record, key) {
    this.#dialog.close();
    this.#customers.focusField(record.object, record.id, key);
  }

  /** Where the CRM is clear, because the record is in it or it is the only one, the preview comes at once. */
  #send(record, links) {
    const { known } = this.#panel;
    const active = known.filter((c) => c.status === "active");
    const linked = links.map((l) => known.find((c) => c.id === l.connectionId)).find(Boolean);
    const connection = linked || (active.length === 1 ? active[0] : null);
    if (!connection) return this.#open("choose", { record });
    const connector = this.connectorOf(connection.connector);
    return this.#open(connection.status === "active" ? "preview" : "connect", { record, connection, connector });
  }

  #open(step, state) {
    return this.#dialog.open(step, { ...state, user: this.user });
  }
}

const back = comeBack();
const page = new Page();
const known = [...byId("user").options].map((o) => o.value);
const remembered = back?.user || recall("sessionStorage", userPlace);
await page.signIn(known.includes(remembered) ? remembered : known[0]);
if (back) await page.resume(back);
