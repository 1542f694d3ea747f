import { button, el } from "../dom.js";
import { isField, labelOf } from "../fields.js";
import { making } from "../making.js";
import { payload } from "../records.js";
import { shown } from "../words.js";
import { leftOut, notSent, outsideFilter } from "./notsent.js";
import { drawFailure } from "./send.js";

const verbs = { create: "Create in", update: "Update in", unchanged: "Send to" };

/** preview shows what a send would do, with every fault beside the field it is about, and changes nothing. */
export async function preview(dialog, signal) {
  const { record, connector, connection } = dialog.state;
  dialog.busy(3, "Preparing the preview …");
  let plan;
  try {
    plan = await dialog.api.preview({ connectionId: connection.id, object: record.object, record: payload(record) }, signal);
  } catch (problem) {
    if (signal.aborted) return;
    // A mapping that was accepted a moment ago and still does not do is shown as it is, not asked for again.
    if (problem.code === "mapping_incomplete" && !dialog.state.matched) return dialog.go("match");
    drawFailure(dialog, problem);
    return;
  }
  dialog.state.plan = plan;
  const errors = plan.issues.filter((i) => i.severity === "error");
  const choice = errors.length > 0 && errors.every((i) => i.code === "ambiguous_match"); // for the review step
  const fix = (key) => dialog.host.edit(record, key);
  dialog.draw({
    stage: 3, heading: headings[plan.operation](connector.name, plan), testid: "preview",
    body: [
      summary(plan, choice ? 0 : errors.length),
      outsideFilter(plan),
      changes(plan, connector.name),
      fields(plan, connector.name, fix),
      leftOut(plan, connector.name),
      notSent(plan),
      el("details", {}, el("summary", {}, "Show the exact request"),
        el("p", { class: "soft small" }, `Action ${plan.action} of ${connector.name}. This is sent as it stands.`),
        el("pre", { tabindex: 0, "aria-label": "The exact request", "data-testid": "exact-request" }, plan.exact)),
    ],
    actions: [
      button(choice ? "Choose the record" : `${verbs[plan.operation]} ${connector.name}`, "primary", () => dialog.go("send"), {
        disabled: !plan.sendable && !choice, "data-testid": "confirm-send",
      }),
      errors.some((i) => i.code === "no_rule") &&
        button("Match fields", "secondary", () => dialog.go("match"), { "data-testid": "match-fields" }),
      button("Another CRM", "plain", () => dialog.go("choose", { connection: null, connector: null }), { "data-testid": "other-crm" }),
    ],
  });
}

const headings = {
  create: (name) => `New in ${name}`,
  update: (name, plan) => `Update record ${plan.crmRecordId} in ${name}`,
  unchanged: (name) => `${name} is up to date`,
};

const captions = {
  create: (name) => `What ${name} gets`,
  update: () => "All fields",
  unchanged: (name) => `What ${name} has`,
};

function summary(plan, errors) {
  if (plan.issues.some((i) => i.code === "ambiguous_match") && errors === 0) return null; // the issue says it all
  if (!plan.sendable) {
    const what = errors > 0 ? `${errors} ${errors === 1 ? "field needs" : "fields need"} your attention before this can be sent.` : "This cannot be sent as it is.";
    return el("p", { class: "bad-text", role: "alert" }, what);
  }
  return plan.operation === "unchanged" && el("p", {}, "Nothing has changed since the last send. Sending again makes no call.");
}

const against = {
  crm: (name) => `“Before” is what ${name} holds now.`,
  lastSent: (name) => `“Before” is what was last sent; ${name} could not be asked what it holds now.`,
};

function changes(plan, name) {
  if (plan.changes.length === 0) return null;
  return el("table", { class: "compare", "data-testid": "changes" },
    el("caption", {}, "What changes",
      el("span", { class: "soft small", "data-testid": "changes-against" }, against[plan.changesAgainst](name))),
    head("CRM field", "Before", "After"),
    el("tbody", {}, plan.changes.map((c) => el("tr", {},
      el("th", { scope: "row" }, el("code", {}, c.to)),
      el("td", { "data-label": "Before" }, el("del", {}, shown(c.before))),
      el("td", { "data-label": "After" }, el("ins", {}, shown(c.after)))))));
}

function fields(plan, name, fix) {
  const placed = new Set();
  const rows = plan.fields.map((field) => {
    const issues = plan.issues.filter((i) => i.to === field.to && !placed.has(i));
    issues.forEach((i) => placed.add(i));
    return fieldRow(field, issues, fix);
  });
  const loose = plan.issues.filter((i) => !placed.has(i) && i.code !== "filtered_out"); // that has a sentence of its own
  return [
    loose.length > 0 && el("ul", { class: "issues" }, loose.map((i) => el("li", {}, issue(i, fix)))),
    rows.length > 0 && el("table", { class: "compare", "data-testid": "fields" },
      el("caption", {}, captions[plan.operation](name)),
      head("CRM field", "Value", "Your field"), el("tbody", {}, rows)),
  ];
}

function fieldRow(field, issues, fix) {
  return el("tr", { class: issues.some((i) => i.severity === "error") ? "has-error" : null },
    el("th", { scope: "row" }, el("code", {}, field.to), field.required && el("span", { class: "soft small" }, " required")),
    el("td", { "data-label": "Value" }, shown(field.value), issues.map((i) => issue(i, fix))),
    el("td", { "data-label": "Your field" }, field.from.map(labelOf).join(", ") || "—",
      field.origin !== "default" && el("span", { class: "mark off" }, field.origin === "override" ? "your mapping" : "matched"),
    making(field)));
}

function issue(i, fix) {
  const key = i.from.find(isField);
  return el("p", { class: `issue ${i.severity}`, "data-testid": `issue-${i.code}` },
    el("strong", {}, i.severity === "error" ? "Error: " : "Note: "), i.message,
    key && [" ", button("Edit", "link", () => fix(key), { "aria-label": `Edit ${labelOf(key)}` })]);
}

function head(...titles) {
  return el("thead", {}, el("tr", {}, titles.map((t) => el("th", { scope: "col" }, t))));
}
