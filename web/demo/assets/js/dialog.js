import { button, byId, el } from "./dom.js";
import { failure } from "./failure.js";
import { choose } from "./steps/choose.js";
import { connect } from "./steps/connect.js";
import { connected } from "./steps/connected.js";
import { consent } from "./steps/consent.js";
import { match } from "./steps/match.js";
import { preview } from "./steps/preview.js";
import { result } from "./steps/result.js";
import { review } from "./steps/review.js";
import { send } from "./steps/send.js";

const steps = { choose, connect, consent, connected, match, preview, send, result, review };
const stages = ["Choose CRM", "Connect", "Match fields", "Preview", "Send"];
const matching = 2; // the stage that most CRMs do not need

/**
 * Dialog walks a person through sending one record, or through connecting a CRM where there is no record:
 *
 *	choose -> connect -> consent -> preview -> send -> result <-> review
 *	                            \     ^-> match (a CRM that nobody has described)
 *	                             \-> connected (no record)
 *
 * A step is a function (dialog, signal): it reads dialog.state, draws with dialog.draw and moves on with dialog.go. Its
 * signal is aborted as soon as another step begins or the dialog closes, so a late answer never draws over what came
 * after it. What a step throws is shown, with a way to try it again.
 */
export class Dialog {
  /** state: record?, connector?, connection?, popup?, since?, matched?, plan?, sent?, conflict? Each step adds its own. */
  state = {};
  #element = byId("send-dialog");
  #controller = new AbortController();
  #opener = null;

  /** host: api, connectorOf(id), connectors(signal), edit(record, key), changed(), sent(record), records. */
  constructor(host) {
    this.host = host;
    byId("dialog-close").addEventListener("click", () => this.close());
    // Escape closes it too. The event comes a moment later: by then the dialog may be open again, for another record.
    this.#element.addEventListener("close", () => this.#element.open || this.#closed());
  }

  get api() {
    return this.host.api;
  }

  /** open shows the dialog at a step. */
  open(step, state) {
    this.#opener = document.activeElement;
    this.state = state;
    byId("dialog-title").textContent = state.record ? `Send ${state.record.name} to a CRM` : "Connect a CRM";
    if (!this.#element.open) this.#element.showModal();
    return this.go(step);
  }

  /** close ends the step that is under way and gives the focus back. */
  close() {
    this.#element.close();
    this.#closed();
  }

  /** go begins a step; changes are added to the state first. */
  async go(step, changes = {}) {
    this.#controller.abort();
    const { signal } = (this.#controller = new AbortController());
    Object.assign(this.state, changes);
    try {
      await steps[step](this, signal);
    } catch (problem) {
      if (signal.aborted) return;
      this.draw({ stage: null, heading: "That did not work", body: [failure(problem)], actions: [
        button("Try again", "primary", () => this.go(step), { "data-testid": "retry" }),
        button("Close", "plain", () => this.close()),
      ] });
    }
  }

  /** draw replaces what the dialog shows. The heading gets the focus, so that it is read out. */
  draw({ stage, heading, testid, body, actions = [] }) {
    const title = el("h3", { tabindex: -1 }, heading);
    if (stage !== null) this.#showStage(stage);
    byId("dialog-body").replaceChildren(el("section", { "data-testid": testid }, title, body));
    byId("dialog-actions").replaceChildren(...actions.filter(Boolean));
    byId("dialog-body").scrollTop = 0;
    byId("dialog-status").textContent = "";
    title.focus({ preventScroll: true });
  }

  /** busy shows that something is under way. */
  busy(stage, text) {
    this.draw({ stage, heading: text, body: el("div", { class: "spinner", "aria-hidden": "true" }) });
    this.say(text);
  }

  /** say is heard by screen readers only. */
  say(text) {
    byId("dialog-status").textContent = text;
  }

  #showStage(stage) {
    const last = this.state.record ? stages.length : matching;
    const needed = (i) => i < last && (i !== matching || stage === matching || this.state.matched);
    byId("dialog-stages").replaceChildren(...stages.map((text, i) => needed(i) &&
      el("li", { class: i < stage ? "done" : null, "aria-current": i === stage ? "step" : null }, text)).filter(Boolean));
  }

  #closed() {
    if (!this.#opener) return;
    this.#controller.abort();
    this.state.popup?.close();
    this.state = {};
    const opener = this.#opener;
    this.#opener = null;
    if (opener.isConnected && opener !== document.body) opener.focus();
    else byId("customers").focus();
  }
}
