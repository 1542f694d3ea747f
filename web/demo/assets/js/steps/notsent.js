import { el } from "../dom.js";
import { isField, labelOf } from "../fields.js";

// What a preview says about everything that a send would not do.

/** leftOut lists the record's fields that go nowhere. */
export function leftOut(plan, name) {
  if (plan.unmapped.length === 0) return null;
  return el("div", { "data-testid": "unmapped" }, el("h4", {}, "Left out"),
    el("p", {}, `No rule maps these to a field of ${name}, so they stay here: `,
      plan.unmapped.map((key, i) => [i > 0 && ", ", isField(key) ? `${labelOf(key)} (` : null, el("code", {}, key), isField(key) && ")"]), "."));
}

/** notSent lists the CRM's fields that are known and not part of the request, each with the reason. */
export function notSent(plan) {
  if (plan.omitted.length === 0) return null;
  return el("details", { "data-testid": "omitted" }, el("summary", {}, `Not sent (${plan.omitted.length})`),
    el("table", { class: "compare omitted" },
      el("caption", { class: "only-spoken" }, "Fields that are not sent"),
      el("thead", {}, el("tr", {}, ["CRM field", "Why", "Your field"].map((title) => el("th", { scope: "col" }, title)))),
      el("tbody", {}, plan.omitted.map((o) => el("tr", { "data-code": o.code },
        el("th", { scope: "row" }, el("code", {}, o.to)),
        el("td", { "data-label": "Why" }, el("span", {}, o.message)),
        el("td", { "data-label": "Your field" }, o.from.map(labelOf).join(", ") || "—"))))));
}

/** outsideFilter says that only a person would send this record: the connection's filter leaves it out. */
export function outsideFilter({ filter }) {
  if (!filter || filter.matches) return null;
  return el("div", { class: "hint", "data-testid": "filter" },
    el("p", {}, `This record would not be sent automatically: ${filter.reason.replace(/\.$/, "")}. You can send it by hand all the same.`),
    !filter.reason.includes(filter.expression) && el("p", { class: "small" }, "Sent are only those with ", el("code", {}, filter.expression)));
}
