import { kindOf, objects } from "./fields.js";
import { samples } from "./samples.js";
import { keep, recall } from "./storage.js";

const place = "ledgerline.edits"; // in localStorage: {recordId: {key: text}}

/** Records are the product's customers: the samples with what the person has changed. */
export class Records {
  #edits = read();

  /** of lists the records of an object. */
  of = (object) => samples.filter((s) => s.object === object).map((s) => this.#with(s));

  /** get finds one record, or undefined. */
  get(object, id) {
    const found = samples.find((s) => s.object === object && s.id === id);
    return found && this.#with(found);
  }

  /** edit keeps what the person typed. */
  edit(id, key, text) {
    this.#edits[id] = { ...this.#edits[id], [key]: text };
    keep("localStorage", place, this.#edits);
  }

  /** reset forgets all edits. */
  reset() {
    this.#edits = {};
    keep("localStorage", place, this.#edits);
  }

  #with(sample) {
    const fields = { ...sample.fields, ...this.#edits[sample.id] };
    return { object: sample.object, id: sample.id, fields, name: objects[sample.object].name(fields) || sample.id };
  }
}

/**
 * payload is the record as the API takes it. Whole numbers become numbers; anything that is not one stays as it was
 * typed, so that the service can say what is wrong with it. A field that was emptied is said to be empty, one that was
 * never filled in is not there.
 */
export function payload(record) {
  const fields = {};
  for (const [key, text] of Object.entries(record.fields)) {
    const value = text.trim();
    fields[key] = kindOf(record.object, key) === "integer" && /^\d{1,15}$/.test(value) ? Number(value) : value;
  }
  return { id: record.id, fields };
}

/** read takes only texts out of what is stored, whoever may have written it. */
function read() {
  const edits = {};
  for (const [id, fields] of Object.entries(Object(recall("localStorage", place, {})))) {
    edits[id] = Object.fromEntries(Object.entries(Object(fields)).filter(([, text]) => typeof text === "string"));
  }
  return edits;
}
