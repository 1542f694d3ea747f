import { button, el } from "./dom.js";
import { isField, labelOf } from "./fields.js";

/**
 * failure shows what went wrong, what to do about it and which fields it is about. `retry` is offered where trying
 * again may help, `fix(key)` beside faults of the record's own fields; both are optional.
 */
export function failure(problem, { retry, fix } = {}) {
  return el("div", { class: "failure", role: "alert", "data-testid": "failure", "data-code": problem.code },
    el("p", {}, el("strong", {}, problem.detail || problem.message || "Something went wrong.")),
    problem.remedy && el("p", {}, problem.remedy),
    problem.errors?.length > 0 && el("ul", {}, problem.errors.map((e) => fault(e, fix))),
    problem.retryAfter > 0 && el("p", { class: "small" }, `Try again in ${problem.retryAfter} s.`),
    retry && problem.retryable !== false && button("Try again", "secondary", retry, { "data-testid": "retry" }),
    problem.requestId && el("p", { class: "soft small" }, "For support: request ", el("code", {}, problem.requestId)));
}

function fault({ field, message }, fix) {
  const key = field.split("/").at(-1);
  return el("li", {}, el("strong", {}, labelOf(key)), ": ", message,
    fix && isField(key) && [" ", button("Edit", "link", () => fix(key), { "aria-label": `Edit ${labelOf(key)}` })]);
}
