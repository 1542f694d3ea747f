import { button, el, svg } from "./dom.js";
import { objects } from "./fields.js";
import { stateOf } from "./state.js";

const inputTypes = { integer: "text", decimal: "text" };
const inputModes = { integer: "numeric", decimal: "decimal", tel: "tel", email: "email", url: "url" };

/** Row is one record in the list: a line to edit and send, and below it the fields that are edited less often. */
export class Row {
  #records;
  #hooks;
  #object;
  #name = el("span", { class: "name" });
  #about = el("span", { class: "soft" });
  #initials = el("span", { class: "initials", "aria-hidden": "true" });
  #state = el("div", { class: "state" });
  #more;
  #toggle;
  #send;

  constructor({ object, id }, records, hooks) {
    this.id = id;
    this.#object = object;
    this.#records = records;
    this.#hooks = hooks;
    const { columns, more } = objects[object];
    this.#send = button("Send to CRM", "primary", () => this.#hooks.send(this.#record(), this.links), {
      "data-testid": `send-${id}`,
    });
    this.#more = el("tr", { class: "more", id: `more-${id}`, hidden: true },
      el("td", { colspan: columns.length + 2 }, el("div", { class: "grid" }, more.map((field) => this.#field(field)))));
    this.#toggle = el("button", {
      type: "button", class: "icon", "aria-expanded": "false", "aria-controls": `more-${id}`,
      "data-testid": `edit-${id}`, on: { click: () => this.#open(this.#more.hidden) },
    }, svg("m7 10 5 5 5-5"));
    this.element = el("tbody", { "data-record": id },
      el("tr", {},
        el("th", { scope: "row" }, el("div", { class: "person" },
          this.#initials, el("div", {}, this.#name, this.#about), this.#toggle)),
        columns.map((field) => el("td", { "data-label": field[1] }, this.#input(field))),
        el("td", { class: "send" }, this.#send, this.#state)),
      this.#more);
    this.links = [];
    this.#redraw();
  }

  /** refresh asks the service where the record is and says so beside the button. */
  async refresh() {
    const { label, marks, links } = await stateOf(this.#object, this.id, this.#hooks);
    this.links = links;
    this.#send.textContent = label;
    this.#send.className = links.length > 0 ? "secondary" : "primary";
    this.#state.replaceChildren(...marks);
    this.#redraw();
  }

  /** focusField puts the cursor into a field, wherever it is in the row. */
  focusField(key) {
    const input = document.getElementById(`field-${this.id}-${key}`);
    if (!input) return;
    if (this.#more.contains(input)) this.#open(true);
    input.focus();
    input.scrollIntoView({ block: "center" });
  }

  #record() {
    return this.#records.get(this.#object, this.id);
  }

  #redraw() {
    const { name, fields } = this.#record();
    this.#name.textContent = name;
    this.#about.textContent = objects[this.#object].about(fields) || "";
    this.#initials.textContent = name.split(/\s+/).slice(0, 2).map((word) => word[0]).join("").toUpperCase();
    this.#toggle.setAttribute("aria-label", `More fields of ${name}`);
    this.#send.setAttribute("aria-label", `${this.#send.textContent}: ${name}`);
  }

  #open(open) {
    this.#more.hidden = !open;
    this.#toggle.setAttribute("aria-expanded", String(open));
  }

  /** A field below the row has its label and hint beside it; one in the row has its column's. */
  #field(field) {
    const [key, label, , hint] = field;
    const input = this.#input(field);
    input.removeAttribute("aria-label");
    if (hint) input.setAttribute("aria-describedby", `hint-${this.id}-${key}`);
    return el("div", {}, el("label", { for: input.id }, label), input,
      hint && el("p", { class: "soft small", id: `hint-${this.id}-${key}` }, hint));
  }

  #input([key, label, kind, hint]) {
    const input = el("input", {
      type: inputTypes[kind] || kind, inputmode: inputModes[kind], id: `field-${this.id}-${key}`,
      "data-testid": `field-${this.id}-${key}`, "aria-label": `${label} of ${this.#record().name}`,
      "aria-describedby": hint && `hint-${key}`, autocomplete: "off", spellcheck: "false",
      on: { input: () => (this.#records.edit(this.id, key, input.value), this.#redraw()) },
    });
    input.value = this.#record().fields[key] || "";
    return input;
  }
}
