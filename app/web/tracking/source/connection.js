/* Keeps watching one order: chooses the transport, and connects again with a growing pause whenever
   a connection ends, is refused or is silent. Where neither transport gets through, it asks again and
   again instead, and tries the transports less often. Only an unknown link ends the watching. The first
   message of each connection is the present state, so whatever happened meanwhile is shown. */

const LONGEST_PAUSE = 10000; // ms
const LIVE_AGAIN = 60000; // ms between attempts to listen while asking works
const LOOK_EVERY = 1000; // ms between looks at whether the line is silent
const FRESH_FOR = 15000; // ms that a line is believed in after a sign of life
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
  #looking = 0;
  #poll = null;
  #isLive = false;
  #isStopped = false;

  /** `on` has `update(update)`, `unknown()` and `status(name, failures)`: connecting, live, polling, checking
      (whether the connection works is not known yet) or waiting. */
  constructor(endpoint, token, transport, on) {
    this.#endpoint = endpoint;
    this.#token = token;
    this.#forced = transport in TRANSPORTS || transport === "polling" ? transport : null;
    this.#kind = this.#forced ?? "websocket";
    this.#on = on;
    this.#looking = setInterval(() => this.#look(), LOOK_EVERY);
    if (this.#kind === "polling") this.#ask();
    else this.#open();
  }

  stop() {
    this.#isStopped = true;
    clearInterval(this.#looking);
    this.#poll?.stop();
    this.#poll = null;
    this.#leave();
  }

  /** The page is looked at again, or the network has changed: make sure that the connection is alive. */
  wake(hasChanged) {
    this.#poll?.now();
    if (this.#kind === "polling") return;
    if (!this.#current) this.#open();
    else if (this.#isLive && (hasChanged || this.#current.silence() > FRESH_FOR)) this.#doubt();
  }

  /** There is no network. */
  sleep() {
    if (this.#isLive) this.#doubt();
  }

  #leave() {
    clearTimeout(this.#timer);
    this.#current?.stop();
    this.#current = null;
    this.#isLive = false;
  }

  #look() {
    // Timers stand still while a computer sleeps or a page is frozen: then the silence is long at once.
    if (this.#isLive && this.#current.silence() > SILENT_FOR) this.#current.lose();
  }

  #doubt() {
    this.#on.status("checking", 0);
    this.#current.check();
  }

  #heard() {
    if (this.#isLive) this.#on.status("live", 0);
  }

  #open() {
    clearTimeout(this.#timer);
    this.#current = TRANSPORTS[this.#kind](this.#endpoint, { token: this.#token }, {
      next: (payload) => {
        const update = payload.data?.orderTracking;
        if (!update) return this.#refused(payload.errors ?? []);
        this.#isLive = this.#hasWorked = true;
        this.#failures = 0;
        this.#poll?.stop();
        this.#poll = null;
        this.#on.status("live", 0);
        this.#on.update(update);
      },
      heard: () => this.#heard(),
      refused: (errors) => this.#refused(errors ?? []),
      lost: () => this.#lost(),
    });
  }

  #refused(errors) {
    this.#leave();
    const { code, retryAfter = 0 } = errors[0]?.extensions ?? {};
    if (code === "NOT_FOUND") this.#unknown();
    else this.#again(this.#pause(), Number(retryAfter) * 1000);
  }

  #unknown() {
    this.stop();
    this.#on.unknown();
  }

  #lost() {
    const wasLive = this.#isLive;
    this.#current = null;
    this.#isLive = false;
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
    // Neither way got through: ask, until one does.
    if (!this.#forced && this.#failures > 1) this.#ask();
    if (!this.#poll?.works) this.#on.status("waiting", this.#failures);
    this.#timer = setTimeout(() => this.#open(), Math.max(this.#poll?.works ? LIVE_AGAIN : pause, atLeast));
  }

  #ask() {
    this.#poll ??= polling(this.#endpoint, { token: this.#token }, {
      answer: (tracking) => {
        if (this.#isStopped || this.#isLive) return;
        if (!tracking) return this.#unknown();
        this.#on.status("polling", 0);
        this.#on.update({ cursor: tracking.cursor, event: null, tracking });
      },
      failed: () => {
        if (this.#isStopped || this.#isLive) return;
        if (this.#kind === "polling") this.#failures += 1;
        this.#on.status("waiting", this.#failures);
      },
    });
  }
}
