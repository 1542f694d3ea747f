import { Problem } from "./problem.js";

const patience = 60_000; // milliseconds; a send may wait for a slow CRM

/** Api calls the public API for one user. Every method throws a Problem, or an AbortError once `signal` says so. */
export class Api {
  #base;
  #session;

  constructor(base, session) {
    this.#base = base;
    this.#session = session;
  }

  connectors = async (signal) => (await this.#json("GET", "/v1/connectors", { signal })).connectors;
  connector = (id, signal) => this.#json("GET", `/v1/connectors/${encodeURIComponent(id)}`, { signal });

  connections = async (signal) => (await this.#json("GET", "/v1/connections?limit=200", { signal })).connections;
  connection = (id, signal) => this.#json("GET", `/v1/connections/${encodeURIComponent(id)}`, { signal });
  connect = (body, signal) => this.#json("POST", "/v1/connections", { body, signal });
  reconnect = (id, body, signal) =>
    this.#json("POST", `/v1/connections/${encodeURIComponent(id)}/reconnect`, { body, signal });
  disconnect = (id, signal) => this.#text("DELETE", `/v1/connections/${encodeURIComponent(id)}`, { signal });

  actions = async (connector, signal) =>
    (await this.#json("GET", `/v1/connectors/${encodeURIComponent(connector)}/actions`, { signal })).resources
      .flatMap((resource) => resource.actions);
  suggestions = (connection, object, signal) =>
    this.#json("GET", `${mapping(connection, object)}/suggestions`, { signal });
  /** overrides are the rules that were saved last, as they were saved; none where nothing was. */
  overrides = async (connection, object, signal) =>
    (await this.#json("GET", `${mapping(connection, object)}/versions?limit=1`, { signal })).versions[0]?.rules || [];
  saveMapping = (connection, object, body, signal) => this.#json("PUT", mapping(connection, object), { body, signal });

  /** preview adds `exact`: the request as it will be sent, indented, numbers as written. */
  preview = async (body, signal) => {
    const text = await this.#text("POST", "/v1/preview", { body, signal });
    return { ...JSON.parse(text), exact: JSON.stringify(JSON.parse(text, asWritten).request, null, 2) };
  };

  send = (body, signal) => this.#json("POST", "/v1/sends", { body, signal });
  sent = (id, signal) => this.#json("GET", `/v1/sends/${encodeURIComponent(id)}`, { signal });
  /** conflictOf is what a send needs a person for, null where it needs none. */
  conflictOf = async (send, signal) =>
    (await this.#json("GET", "/v1/conflicts?limit=200", { signal })).conflicts.find((c) => c.sendId === send) || null;
  resolve = (id, body, signal) =>
    this.#json("POST", `/v1/conflicts/${encodeURIComponent(id)}/resolve`, { body, signal });
  explain = (object, id, signal) =>
    this.#json("GET", `/v1/records/${object}/${encodeURIComponent(id)}`, { signal });

  async #json(method, path, options) {
    return JSON.parse(await this.#text(method, path, options));
  }

  async #text(method, path, { body, signal }) {
    let response = await this.#fetch(method, path, body, signal);
    if (response.status === 401) {
      this.#session.forget();
      response = await this.#fetch(method, path, body, signal);
    }
    if (!response.ok) throw await Problem.from(response);
    return response.text();
  }

  async #fetch(method, path, body, signal) {
    const headers = { Authorization: `Bearer ${await this.#session.token()}`, Accept: "application/json" };
    if (body) headers["Content-Type"] = "application/json";
    const limit = AbortSignal.timeout(patience);
    try {
      return await fetch(this.#base + path, {
        method,
        headers,
        body: body ? JSON.stringify(body) : undefined,
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      });
    } catch (cause) {
      throw Problem.network(cause);
    }
  }
}

const mapping = (connection, object) => `/v1/connections/${encodeURIComponent(connection)}/mappings/${object}`;

// A number's own digits survive where the browser hands them over; without that, only numbers beyond 2^53 look different.
function asWritten(_key, value, context) {
  return typeof value === "number" && context?.source && JSON.rawJSON ? JSON.rawJSON(context.source) : value;
}
