/**
 * Problem is a failed call: an answer in the form of RFC 9457, or no answer at all. Detail and remedy are sentences for
 * a person, code is one of the service's own, or "network".
 */
export class Problem extends Error {
  constructor({ code, title, detail, remedy, retryable, errors, requestId, sendId }, retryAfter = 0) {
    super(detail || title || "The request failed.");
    this.name = "Problem";
    this.code = code || "internal";
    this.title = title || "Something went wrong";
    this.detail = this.message;
    this.remedy = remedy || "";
    this.retryable = Boolean(retryable);
    this.errors = errors || [];
    this.requestId = requestId || "";
    this.sendId = sendId || "";
    this.retryAfter = retryAfter; // seconds, 0: not told
  }

  /** from reads the answer that says what failed. */
  static async from(response) {
    const retryAfter = Number(response.headers.get("Retry-After")) || 0;
    let body = {};
    try {
      body = await response.json();
    } catch {
      body = { detail: `The server answered ${response.status} without saying why.`, retryable: response.status >= 500 };
    }
    return new Problem(body, retryAfter);
  }

  /** network is a call that got no answer. A call that the page itself has given up stays an AbortError. */
  static network(cause) {
    if (cause?.name === "AbortError") return cause;
    return new Problem({
      code: "network",
      title: "No answer",
      detail: cause?.name === "TimeoutError" ? "The server did not answer in time." : "The server could not be reached.",
      remedy: "Check your connection and try again. Trying again is safe: a record is never created twice.",
      retryable: true,
    });
  }
}
