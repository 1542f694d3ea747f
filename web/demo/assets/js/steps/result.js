import { button, el, webURL } from "../dom.js";
import { pause } from "../pause.js";
import { drawFailure } from "./send.js";

const every = 2000; // milliseconds between looks at a send that is not settled
const limit = 3 * 60_000;

const done = {
  create: (name) => [`Created in ${name}`, `The record is new in ${name}. The next send updates it.`],
  update: (name) => [`Updated in ${name}`, `${name} now has what you have here.`],
  unchanged: (name) => ["Nothing to change", `${name} already had exactly this; no call was made.`],
};

const unsettled = {
  unknown: (name) => ["It may have arrived",
    `The answer of ${name} was lost on the way. The service is looking the record up and will not create it twice.`],
  needs_review: (name) => ["Somebody has to look",
    `Several records in ${name} could be this one. Nothing was changed.`],
  queued: () => ["Waiting to be sent", "The send has its place in the queue."],
  sending: (name) => ["Being sent", `${name} has not answered yet.`],
};

const asks = new Set(["unknown", "needs_review"]);

/** result says what came of the send; one that is not settled yet is looked at until it is, or until it needs a person. */
export async function result(dialog, signal) {
  const { sent } = dialog.state;
  draw(dialog, sent);
  if (!(sent.status in unsettled)) return;
  for (const end = Date.now() + limit; Date.now() < end && !signal.aborted; ) {
    const conflict = asks.has(sent.status) && await dialog.api.conflictOf(sent.id, signal).catch(() => null);
    if (signal.aborted) return;
    if (conflict) return dialog.go("review", { conflict });
    await pause(every, signal);
    const now = await dialog.api.sent(sent.id, signal).catch(() => null);
    if (!now || signal.aborted || now.status === sent.status) continue;
    void dialog.host.sent(dialog.state.record);
    return dialog.go("result", { sent: now });
  }
}

function draw(dialog, sent) {
  const { name } = dialog.state.connector;
  if (sent.status === "failed" || sent.status === "canceled") {
    drawFailure(dialog, sent.error || { code: "internal", detail: `The send is ${sent.status}.`, retryable: true });
    return;
  }
  const settled = sent.status === "succeeded";
  const [heading, text] = settled ? done[sent.operation](name) : unsettled[sent.status](name);
  const url = sent.crmRecord?.url && webURL(sent.crmRecord.url);
  dialog.draw({
    stage: settled ? 5 : 4, heading, testid: "result",
    body: [
      el("p", { "data-testid": "result-text", "data-status": sent.status, "data-operation": sent.operation }, text),
      !settled && sent.error && el("p", {}, sent.error.detail, " ", sent.error.remedy),
      facts(sent, name),
      sent.warnings?.length > 0 && el("div", { class: "warnings" }, el("h4", {}, "Worth knowing"),
        el("ul", {}, sent.warnings.map((w) => el("li", {}, w.message)))),
    ],
    actions: [
      button("Done", "primary", () => dialog.close(), { "data-testid": "done" }),
      url && el("a", { class: "button secondary", href: url, target: "_blank", rel: "noopener noreferrer", "data-testid": "crm-link" },
        `Show in ${name}`),
    ],
  });
  dialog.say(`${heading}. ${text}`);
}

function facts(sent, name) {
  const rows = [
    sent.crmRecord && [`Record in ${name}`, sent.crmRecord.id, "crm-id"],
    ["Calls made", String(sent.attempts), "attempts"],
    sent.executionId && ["Execution at Alloy", sent.executionId, "execution-id"],
    ["Send", sent.id, "send-id"],
  ].filter(Boolean);
  return el("dl", { class: "facts" }, rows.map(([term, value, testid]) =>
    el("div", {}, el("dt", {}, term), el("dd", {}, el("code", { "data-testid": testid }, value)))));
}
