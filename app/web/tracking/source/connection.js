/* Keeps watching one order: chooses the transport, and connects again with a growing pause whenever
   a connection ends, is refused or is silent. Only an unknown link ends the watching. The first message
   of each connection is the present state, so whatever happened meanwhile is shown. */

const LONGEST_PAUSE = 10000; // ms
const TRANSPORTS = { websocket: overSocket, events: overEvents };
const OTHER = { websocket: "events", events: "websocket" };

class Connection {
  #on;
  #endpoint;
  #token;
  #forced;
  #kind;
  #hasWorked = false;
  #failures = 0;
  #current = null;
  #timer = 0;

  /** `on` has `update(update)`, `unknown()` and `status(name, failures)`: connecting, live or waiting. */
  constructor(endpoint, token, transport, on) {
    this.#endpoint = endpoint;
    this.#token = token;
    this.#forced = transport in TRANSPORTS ? transport : null;
    this.#kind = this.#forced ?? "websocket";
    this.#on = on;
    this.#open();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#current?.stop();
    this.#current = null;
  }

  /** The network is back or the page is looked at again: make sure that the connection is alive. */
  wake() {
    if (this.#current) this.#current.check();
    else this.#open();
  }

  #open() {
    clearTimeout(this.#timer);
    let isLive = false;
    this.#current = TRANSPORTS[this.#kind](this.#endpoint, { token: this.#token }, {
      next: (payload) => {
        const update = payload.data?.orderTracking;
        if (!update) return this.#refused(payload.errors ?? []);
        isLive = this.#hasWorked = true;
        this.#failures = 0;
        this.#on.status("live", 0);
        this.#on.update(update);
      },
      refused: (errors) => this.#refused(errors ?? []),
      lost: () => this.#lost(isLive),
    });
  }

  #refused(errors) {
    this.stop();
    const { code, retryAfter = 0 } = errors[0]?.extensions ?? {};
    if (code === "NOT_FOUND") this.#on.unknown();
    else this.#again(this.#pause(), Number(retryAfter) * 1000);
  }

  #lost(wasLive) {
    this.#current = null;
    const isFirst = !this.#hasWorked && this.#failures === 0;
    // What has worked before is tried three times before the other way is.
    const changes = !wasLive && !this.#forced && (!this.#hasWorked || this.#failures % 3 === 2);
    if (changes) this.#kind = OTHER[this.#kind];
    if (!changes || !isFirst) return this.#again(this.#pause(), 0);
    this.#failures += 1;
    this.#open(); // where sockets are not allowed, the other way is taken without a pause
  }

  #pause() {
    return Math.min(LONGEST_PAUSE, 300 * 2 ** Math.min(this.#failures, 6)) * (0.75 + Math.random() / 4);
  }

  #again(pause, atLeast) {
    this.#failures += 1;
    this.#on.status("waiting", this.#failures);
    this.#timer = setTimeout(() => this.#open(), Math.max(pause, atLeast));
  }
}
