import { el } from "../dom.js";
import { labelOf } from "../fields.js";
import { making } from "../making.js";
import { certainty, shown } from "../words.js";

/**
 * suggestionTable offers suggestions, all of them checked. chosen() are those that are still checked, as they came;
 * mark(errors, before) puts the faults of a request beside the suggestions they are about, where `before` rules came
 * first in the request, and returns the errors that belong to none.
 */
export function suggestionTable(suggestions, name) {
  const rows = suggestions.map((suggestion, i) => row(suggestion, i, name));
  let asked = []; // the rows of the last request, in its order
  return {
    element: el("table", { class: "compare match", "data-testid": "suggestions" },
      el("caption", { class: "only-spoken" }, `Your fields and those of ${name}`),
      el("thead", {}, el("tr", {}, [el("span", { class: "only-spoken" }, "Use"), "Your field", `Field of ${name}`, "How sure"].map((title) =>
        el("th", { scope: "col" }, title)))),
      el("tbody", {}, rows.map((r) => r.element))),
    chosen: () => {
      rows.forEach((r) => r.clear());
      asked = rows.filter((r) => r.checkbox.checked);
      return asked.map((r) => r.suggestion);
    },
    mark: (errors, before) => errors.filter((e) => {
      const at = /^\/rules\/(\d+)(?:\/|$)/.exec(e.field);
      const about = at && asked[Number(at[1]) - before];
      about?.show(e.message);
      return !about;
    }),
    focusFault: () => rows.find((r) => r.checkbox.hasAttribute("aria-invalid"))?.checkbox.focus(),
  };
}

function row(suggestion, i, name) {
  const { to, from, required, confidence, reason, transform, options, valueMap } = suggestion;
  const id = `suggestion-${i}`;
  const checkbox = el("input", {
    type: "checkbox", id, checked: true, "data-testid": `use-${to}`, "aria-describedby": `${id}-fault ${id}-to ${id}-why`,
  });
  const fault = el("p", { class: "fault", id: `${id}-fault`, role: "alert" });
  const [words, tone] = certainty(confidence);
  const element = el("tr", {},
    el("td", { class: "tick" }, checkbox),
    el("th", { scope: "row" }, el("label", { for: id }, source(suggestion)), making({ transform, options, valueMap }), fault),
    el("td", { "data-label": "Goes to", id: `${id}-to` }, el("span", {}, el("code", {}, to),
      required && el("span", { class: "needed small" }, ` needed by ${name}`))),
    el("td", { "data-label": "How sure", id: `${id}-why` },
      el("span", { class: `sure ${tone}`, title: `${Math.round(confidence * 100)} %` },
        el("meter", { min: 0, max: 1, value: confidence, "aria-hidden": "true" }), words),
      el("p", { class: "soft small" }, reason)));
  return {
    suggestion, checkbox, element,
    show: (message) => {
      fault.append(fault.hasChildNodes() ? ` ${message}` : message);
      element.classList.add("has-error");
      checkbox.setAttribute("aria-invalid", "true");
    },
    clear: () => {
      fault.replaceChildren();
      element.classList.remove("has-error");
      checkbox.removeAttribute("aria-invalid");
    },
  };
}

/** A rule without fields of the record sends the same value each time. */
function source({ from, default: constant }) {
  return from.length > 0 ? from.map(labelOf).join(", ") : `Always “${shown(constant)}”`;
}
