import { el } from "./dom.js";
import { shown } from "./words.js";

// How a value is made of the record's fields, in words for a person. What is sent as it stands needs none.
const words = {
  first: "the first one that is filled in",
  join: "put together",
  split: (options) => ({ first: "first part of the name", last: "last part of the name" })[options.part],
  list: "as an entry of a list",
  number: "as a number",
  integer: "as a whole number",
  decimal_string: "as a number",
  cents: "in the smallest unit, such as cents",
  date: "as a date",
  unix_seconds: "as a date, counted in seconds",
  reference: (options) => `as the CRM's own ${options.object || "record"}`,
  associations: "as links to the CRM's own records",
  phone: "as an international phone number",
  country: "as the country's name or code",
  email: "as an email address",
  template: "put into a text",
  value_map: "in the CRM's words",
};

const few = 4; // pairs of a value map that are shown

/** making tells how a rule or a value comes about: {transform?, expr?, options?, valueMap?}; null where it is copied. */
export function making({ transform, expr, options = {}, valueMap = {} }) {
  const pairs = Object.entries(valueMap);
  const known = words[transform];
  const text = (typeof known === "function" ? known(options) : known) ||
    (transform && transform !== "copy" ? transform.replaceAll("_", " ") : "");
  const parts = [
    expr ? ["worked out: ", el("code", {}, expr)] : text,
    pairs.length > 0 && pairs.slice(0, few).map(([yours, theirs]) => `${yours} → ${shown(theirs)}`).join(", ") + (pairs.length > few ? " …" : ""),
  ].filter((part) => part && part.length > 0);
  if (parts.length === 0) return null;
  return el("span", { class: "making soft small" }, parts.map((part, i) => [i > 0 && "; ", part]));
}
