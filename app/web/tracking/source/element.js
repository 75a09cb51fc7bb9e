const REFLECTED = { token: "token", endpoint: "endpoint", locale: "locale", theme: "theme", transport: "transport",
  headingLevel: "heading-level" };
const RECONNECTS = ["token", "endpoint", "transport"];
const home = new URL(import.meta.url);

class OrderTracking extends HTMLElement {
  static observedAttributes = [...Object.values(REFLECTED), "lang"];

  #root = this.attachShadow({ mode: "open" });
  #parts = null;
  #connection = null;
  #state = null;
  #isUnknown = false;
  #status = ["connecting", 0];
  #isUnreachable = false;
  #trueAt = null; // when it was last known that the state is the present one
  #own = null;
  #listening = null;
  #changing = false;

  connectedCallback() {
    for (const name of [...Object.keys(REFLECTED), "words"]) this.#upgrade(name);
    this.#parts ??= this.#build();
    this.#listen();
    this.#render();
    this.#connect();
  }

  disconnectedCallback() {
    this.#connection?.stop();
    this.#connection = null;
    this.#listening?.abort();
  }

  attributeChangedCallback(name, before, after) {
    if (before === after || !this.#parts || !this.isConnected) return;
    if (!RECONNECTS.includes(name)) return this.#render();
    if (this.#changing) return;
    this.#changing = true; // several attributes that change at once are one change
    queueMicrotask(() => {
      this.#changing = false;
      if (!this.isConnected) return;
      this.#state = null;
      this.#isUnknown = false;
      this.#status = ["connecting", 0];
      this.#trueAt = null;
      this.#render();
      this.#connect();
    });
  }

  /** The page's own words: a dictionary of the same shape as the built-in ones, whole or in part. */
  get words() {
    return this.#own;
  }

  set words(dictionary) {
    this.#own = dictionary ?? null;
    if (this.#parts) this.#render();
  }

  /** Where the order stands, as last heard; null before that. */
  get tracking() {
    return this.#state;
  }

  #upgrade(name) {
    // A property that a framework set before this class was there.
    if (!Object.prototype.hasOwnProperty.call(this, name)) return;
    const value = this[name];
    delete this[name];
    this[name] = value;
  }

  #build() {
    const live = make("p", { class: "live", part: "live" });
    const said = make("p", { class: "said", role: "status", "aria-live": "polite" });
    const view = make("div", { class: "view" });
    const article = make("article", { class: "tracking", part: "container" },
      make("slot", { name: "header" }), view, make("slot", { name: "footer" }), live, said);
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      this.#root.adoptedStyleSheets = [sheet];
    } catch {
      this.#root.append(make("style", {}, STYLE));
    }
    this.#root.append(article);
    return { article, view, live, said };
  }

  #listen() {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    const wake = (hasChanged) => this.#connection?.wake(hasChanged);
    addEventListener("online", () => wake(true), { signal });
    addEventListener("offline", () => this.#connection?.sleep(), { signal });
    addEventListener("pageshow", (event) => event.persisted && wake(true), { signal });
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && wake(false), { signal });
    const observer = new MutationObserver(() => this.#render());
    observer.observe(document.documentElement, { attributeFilter: ["lang"] });
    signal.addEventListener("abort", () => observer.disconnect());
  }

  #connect() {
    this.#connection?.stop();
    const token = this.getAttribute("token")?.trim();
    const endpoint = new URL(this.getAttribute("endpoint") || "../graphql", home);
    this.#connection = token
      ? new Connection(endpoint, token, this.getAttribute("transport"), {
          update: (update) => this.#take(update),
          unknown: () => this.#unknown(),
          status: (name, failures) => this.#now(name, failures, endpoint),
        })
      : null;
    this.#renderStatus(this.#words());
  }

  #take(update) {
    const seen = this.#state && Math.max(0, ...this.#state.timeline.map((event) => event.number));
    this.#state = update.tracking;
    this.#render();
    const events = seen === null ? [] : update.tracking.timeline.filter((event) => event.number > seen);
    if (events.length) {
      const view = this.#view();
      const words = [...events.map((event) => view.event(event)), view.stage(update.tracking)];
      this.#parts.said.textContent = [...new Set(words)].join(". ");
    }
    this.#fire("order-tracking-update", { ...update, events });
  }

  #unknown() {
    this.#connection = null;
    this.#state = null;
    this.#isUnknown = true;
    this.#render();
    this.#fire("order-tracking-unknown", {});
  }

  #now(name, failures, endpoint) {
    if (name === "live" || name === "polling") this.#trueAt = Date.now();
    if (name === "live" && this.#status[0] === "live") return; // a sign of life
    this.#status = [name, failures];
    this.#renderStatus(this.#words());
    if (!failures) this.#isUnreachable = false;
    if (failures > 2 && !this.#isUnreachable) {
      this.#isUnreachable = true;
      console.warn(`order-tracking: no answer from ${endpoint}. If this page is on another origin, name ` +
        `${location.origin} in ORDERGRAPH_ALLOWED_ORIGINS; if it has a content security policy, allow the server in connect-src.`);
      this.#fire("order-tracking-unreachable", { endpoint: String(endpoint) });
    }
  }

  #fire(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  #words() {
    const near = this.closest("[lang]")?.lang ?? this.getRootNode().host?.closest?.("[lang]")?.lang;
    const asked = [this.getAttribute("locale"), near, document.documentElement.lang, ...navigator.languages];
    return new Words(asked, this.#own);
  }

  #view(words = this.#words()) {
    const level = Number.parseInt(this.getAttribute("heading-level") ?? "2", 10);
    return new View(words, Math.min(Math.max(level || 2, 1), 6));
  }

  #render() {
    const { article, view } = this.#parts;
    const words = this.#words();
    article.setAttribute("lang", words.locale);
    article.setAttribute("dir", words.direction);
    article.setAttribute("aria-label", words.say("text", "label"));
    if (this.#isUnknown) {
      view.replaceChildren(make("p", { class: "bad", role: "alert", part: "problem" }, words.say("text", "unknown")));
    } else if (this.#state) view.replaceChildren(...this.#view(words).nodes(this.#state));
    // Until the order is known, what the page put inside the element is shown.
    else view.replaceChildren(make("slot", {}, make("p", { class: "quiet" }, words.say("text", "looking"))));
    this.#renderStatus(words);
  }

  #renderStatus(words) {
    const [name, failures] = this.#status;
    const { live } = this.#parts;
    const lost = !this.#state && failures > 2 ? "unreachable" : this.#state ? "reconnecting" : "connecting";
    const said = words.say("text", { live: "live", polling: "polling", checking: "checking" }[name] ?? lost);
    live.hidden = this.#isUnknown || !this.#connection;
    live.toggleAttribute("data-on", name === "live");
    if (name === "live" || !this.#state || !this.#trueAt) return live.replaceChildren(said);
    const asOf = words.say("text", "asOf", { moment: words.moment(this.#trueAt) });
    live.replaceChildren(`${said} `, make("span", { class: "as-of" }, asOf));
  }
}

for (const [property, attribute] of Object.entries(REFLECTED)) {
  Object.defineProperty(OrderTracking.prototype, property, {
    configurable: true,
    enumerable: true,
    get() {
      return this.getAttribute(attribute);
    },
    set(value) {
      if (value === null || value === undefined) this.removeAttribute(attribute);
      else this.setAttribute(attribute, value);
    },
  });
}

if (!customElements.get("order-tracking")) customElements.define("order-tracking", OrderTracking);
