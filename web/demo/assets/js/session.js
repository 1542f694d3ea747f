import { Problem } from "./problem.js";

const renewBefore = 60_000; // milliseconds before its end a token is not used any more

/** Session holds one user's token, in memory only, and renews it before it ends. */
export class Session {
  #user;
  #token = null;
  #expires = 0;
  #asking = null;

  constructor(user) {
    this.#user = user;
  }

  /** token returns a usable token; callers at the same time share one request. */
  async token() {
    if (this.#token && Date.now() < this.#expires - renewBefore) return this.#token;
    this.#asking ??= this.#ask().finally(() => (this.#asking = null));
    return this.#asking;
  }

  /** forget drops a token that the service has refused. */
  forget() {
    this.#token = null;
  }

  async #ask() {
    const response = await fetch("/demo/session", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ user: this.#user }),
      signal: AbortSignal.timeout(15_000),
    }).catch((cause) => {
      throw Problem.network(cause);
    });
    if (!response.ok) throw await Problem.from(response);
    const { token, expiresAt } = await response.json();
    this.#token = token;
    this.#expires = Date.parse(expiresAt);
    return token;
  }
}
