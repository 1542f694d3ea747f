import { button, byId, el } from "./dom.js";
import { objects } from "./fields.js";
import { Row } from "./row.js";

/** Customers is the list of records: one tab for each object, one Row for each record. */
export class Customers {
  #records;
  #hooks;
  #object = "contact";
  #rows = new Map();

  /** hooks: send(record, links) opens the dialog; explain(object, id) asks the service; catalog names the CRMs. */
  constructor(records, hooks) {
    this.#records = records;
    this.#hooks = hooks;
    byId("tabs").append(...Object.entries(objects).map(([object, { tab }]) => this.#tab(object, tab)));
    byId("tabs").addEventListener("keydown", (event) => this.#arrow(event));
  }

  /** show draws the records of an object and asks for the state of each. */
  show(object = this.#object) {
    this.#object = object;
    for (const tab of byId("tabs").children) {
      const chosen = tab.dataset.object === object;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      if (chosen) byId("records").setAttribute("aria-labelledby", tab.id);
    }
    const { columns, one } = objects[object];
    this.#rows = new Map(this.#records.of(object).map((r) => [r.id, new Row(r, this.#records, this.#hooks)]));
    byId("records").replaceChildren(
      el("table", { class: "records" },
        el("caption", { class: "only-spoken" }, `${objects[object].tab}, editable`),
        el("thead", {}, el("tr", {},
          el("th", { scope: "col" }, one[0].toUpperCase() + one.slice(1)),
          columns.map(([, label]) => el("th", { scope: "col" }, label)),
          el("th", { scope: "col" }, el("span", { class: "only-spoken" }, "Send to CRM")))),
        [...this.#rows.values()].map((row) => row.element)),
      ...columns.filter(([, , , hint]) => hint).map(([key, label, , hint]) =>
        el("p", { class: "hints soft small", id: `hint-${key}` }, el("strong", {}, `${label}: `), hint)));
    return this.refresh();
  }

  /** refresh asks again what is in the CRMs: of one record or, four at a time, of all in sight. */
  async refresh(id) {
    const waiting = [...this.#rows.values()].filter((row) => !id || row.id === id);
    const work = async () => {
      for (let row = waiting.shift(); row; row = waiting.shift()) await row.refresh();
    };
    await Promise.all(Array.from({ length: 4 }, work));
  }

  /** focusField opens a record at one of its fields, on its tab. */
  focusField(object, id, key) {
    if (object !== this.#object) void this.show(object);
    this.#rows.get(id)?.focusField(key);
  }

  #tab(object, text) {
    return button(text, "tab", () => void this.show(object), {
      role: "tab", id: `tab-${object}`, "data-object": object, "data-testid": `tab-${object}`, "aria-controls": "records",
    });
  }

  #arrow(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const tabs = [...byId("tabs").children];
    const next = tabs[(tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length];
    next.focus();
    void this.show(next.dataset.object);
  }
}
