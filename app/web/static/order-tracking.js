/* <order-tracking token="…"> shows a buyer where an order stands, and keeps itself up to date.

   One file, no dependencies. Embed it in a shop with
     <script type="module" src="https://orders.example.com/static/order-tracking.js"></script>
     <order-tracking token="…"></order-tracking>

   Attributes: token (the order's trackingToken), endpoint (the GraphQL address; by default that of the
   server this file came from). Fires `order-tracking-update` with the new state as its detail.

   It listens over a WebSocket (graphql-transport-ws); where that cannot be had it reads Server-Sent
   Events instead. After an interruption it goes on from its last cursor, so it misses nothing. */

const SUBSCRIPTION = `subscription Track($token: String!, $after: String) {
  orderTracking(token: $token, after: $after) {
    cursor
    event { number title at }
    tracking {
      number shop status stage stageTitle isDelayed promisedOn placedAt
      lines { name variant quantity quantityCancelled quantityShipped }
      packages {
        carrier trackingNumber trackingUrl stage stageTitle deliveredAt
        contents { name quantity }
      }
      timeline { number title at }
    }
  }
}`;

const STAGES = [
  ["RECEIVED", "Received"],
  ["CONFIRMED", "Confirmed"],
  ["PREPARING", "Preparing"],
  ["SHIPPED", "On its way"],
  ["DELIVERED", "Delivered"],
];
const REACHED = {
  RECEIVED: 0, CONFIRMED: 1, PREPARING: 2, PARTIALLY_SHIPPED: 3, SHIPPED: 3, OUT_FOR_DELIVERY: 3, DELIVERED: 4,
};

const STYLE = `
:host {
  --ink: #1d2430; --quiet: #596273; --paper: #ffffff; --line: #d9dee7; --mark: #1259c3; --on-mark: #ffffff;
  --bad: #b3261e; --good: #1b7f4b;
  display: block; color: var(--ink); background: var(--paper);
  font: 1rem/1.5 system-ui, sans-serif; color-scheme: light dark;
}
@media (prefers-color-scheme: dark) {
  :host {
    --ink: #e9edf4; --quiet: #a5afbf; --paper: #12161d; --line: #343c49; --mark: #7db0ff; --on-mark: #0b1017;
    --bad: #ff9a92; --good: #7ed9a7;
  }
}
* { box-sizing: border-box; }
article { max-width: 40rem; margin: 0 auto; padding: 1.25rem; }
h2 { font-size: 1.6rem; line-height: 1.2; margin: .15rem 0 .35rem; }
h3 { font-size: 1rem; margin: 1.75rem 0 .5rem; }
p { margin: .25rem 0; }
.quiet { color: var(--quiet); }
.bad { color: var(--bad); font-weight: 600; }
ol, ul { list-style: none; margin: 0; padding: 0; }
.steps { display: grid; grid-template-columns: repeat(5, 1fr); margin: 1.5rem 0 0; }
.steps li { position: relative; padding-top: 1.9rem; text-align: center; font-size: .82rem; color: var(--quiet); }
.steps li::before {
  content: ""; position: absolute; top: .35rem; left: calc(50% - .55rem); width: 1.1rem; height: 1.1rem;
  border-radius: 50%; border: 2px solid var(--line); background: var(--paper); z-index: 1;
}
.steps li + li::after {
  content: ""; position: absolute; top: .85rem; right: 50%; width: 100%; height: 2px; background: var(--line);
}
.steps .done { color: var(--ink); }
.steps .done::before { background: var(--mark); border-color: var(--mark); }
.steps .done + .done::after { background: var(--mark); }
.steps [aria-current] { font-weight: 700; }
.steps [aria-current]::before { box-shadow: 0 0 0 4px color-mix(in srgb, var(--mark) 30%, transparent); }
.lines li, .timeline li { display: flex; gap: 1rem; justify-content: space-between; padding: .55rem 0; border-top: 1px solid var(--line); }
.lines span:last-child, .timeline time { white-space: nowrap; color: var(--quiet); }
.parcels > li { padding: .75rem 0; border-top: 1px solid var(--line); }
.parcels p { margin: 0; }
.parcels .where { font-weight: 600; }
.parcels a { color: var(--mark); }
.live { display: inline-flex; align-items: center; gap: .45rem; font-size: .85rem; color: var(--quiet); margin-top: 1.5rem; }
.live::before { content: ""; width: .6rem; height: .6rem; border-radius: 50%; background: var(--line); }
.live[data-on]::before { background: var(--good); }
@media (prefers-reduced-motion: no-preference) {
  .live[data-on]::before { animation: breathe 2.4s ease-in-out infinite; }
  @keyframes breathe { 50% { opacity: .35; } }
}
.said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;

const home = new URL(import.meta.url);

/** Reads `event: next` frames from a fetch body and hands each payload on. */
async function readEvents(body, onData) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += value;
    let end;
    while ((end = rest.indexOf("\n\n")) >= 0) {
      const frame = rest.slice(0, end);
      rest = rest.slice(end + 2);
      const fields = frame.split("\n");
      const data = fields.filter((f) => f.startsWith("data: ")).map((f) => f.slice(6)).join("\n");
      if (fields.includes("event: next") && data) onData(JSON.parse(data));
    }
  }
}

class OrderTracking extends HTMLElement {
  static observedAttributes = ["token", "endpoint"];

  #root = this.attachShadow({ mode: "open" });
  #cursor = null;
  #state = null;
  #failures = 0;
  #socketWorks = null;
  #stop = null;
  #timer = 0;
  #problem = "";

  connectedCallback() {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    this.#root.adoptedStyleSheets = [sheet];
    this.#root.innerHTML =
      `<article aria-label="Order tracking"><div class="view"></div>` +
      `<p class="live">Connecting…</p><p class="said" role="status" aria-live="polite"></p></article>`;
    this.#render();
    this.#connect();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    this.#stop?.();
    this.#stop = null;
  }

  attributeChangedCallback(name, before, after) {
    if (before === null || before === after || !this.isConnected) return;
    this.#cursor = this.#state = null;
    this.disconnectedCallback();
    this.#connect();
  }

  get #endpoint() {
    return new URL(this.getAttribute("endpoint") || "/graphql", home);
  }

  #connect() {
    if (!this.isConnected) return;
    const forced = this.getAttribute("transport");
    const useSocket = forced ? forced === "websocket" : this.#socketWorks !== false;
    useSocket ? this.#overSocket() : this.#overEvents();
  }

  #variables() {
    return { token: this.getAttribute("token"), after: this.#cursor };
  }

  #overSocket() {
    const url = this.#endpoint;
    url.protocol = url.protocol.replace("http", "ws");
    let acknowledged = false;
    let socket;
    try {
      socket = new WebSocket(url, "graphql-transport-ws");
    } catch {
      this.#socketWorks = false;
      return this.#again();
    }
    const impatient = setTimeout(() => socket.close(), 6000);
    this.#stop = () => { socket.onclose = null; clearTimeout(impatient); socket.close(1000); };
    socket.onopen = () => socket.send(JSON.stringify({ type: "connection_init" }));
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === "connection_ack") {
        clearTimeout(impatient);
        acknowledged = this.#socketWorks = true;
        socket.send(JSON.stringify({
          id: "1", type: "subscribe", payload: { query: SUBSCRIPTION, variables: this.#variables() },
        }));
        this.#live(true);
      } else if (message.type === "ping") socket.send(JSON.stringify({ type: "pong" }));
      else if (message.type === "next") this.#take(message.payload);
      else if (message.type === "error") this.#refuse(message.payload);
    };
    socket.onclose = () => {
      clearTimeout(impatient);
      if (!acknowledged && this.#socketWorks !== true) this.#socketWorks = false;
      this.#again();
    };
  }

  async #overEvents() {
    const control = new AbortController();
    this.#stop = () => control.abort();
    try {
      const answer = await fetch(this.#endpoint, {
        method: "POST",
        signal: control.signal,
        headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
        body: JSON.stringify({ query: SUBSCRIPTION, variables: this.#variables() }),
      });
      if (!answer.ok || !answer.body) throw new Error(String(answer.status));
      this.#live(true);
      await readEvents(answer.body, (payload) => this.#take(payload));
    } catch {
      if (control.signal.aborted) return;
    }
    this.#again();
  }

  #again() {
    this.#stop = null;
    if (!this.isConnected || this.#problem) return;
    this.#live(false);
    const wait = Math.min(15000, 300 * 2 ** Math.min(this.#failures++, 6)) * (0.75 + Math.random() / 2);
    this.#timer = setTimeout(() => this.#connect(), wait);
  }

  #take(payload) {
    const update = payload.data?.orderTracking;
    if (!update) return this.#refuse(payload.errors || []);
    this.#failures = 0;
    this.#cursor = update.cursor;
    this.#state = update.tracking;
    this.#render();
    this.#live(true);
    if (update.event) this.#say(`${update.event.title}. ${this.#state.stageTitle}`);
    this.dispatchEvent(new CustomEvent("order-tracking-update", { detail: update, bubbles: true, composed: true }));
  }

  #refuse(errors) {
    const code = errors[0]?.extensions?.code;
    if (code === "NOT_FOUND") {
      this.#problem = "We do not know this tracking link. Check that it is complete, or ask the shop.";
      this.#render();
      this.#live(false);
      this.#stop?.();
    }
  }

  #live(on) {
    const mark = this.#root.querySelector(".live");
    mark.toggleAttribute("data-on", on);
    mark.textContent = this.#problem ? "" : on ? "Live: this page updates by itself" : "Reconnecting…";
    mark.hidden = Boolean(this.#problem);
  }

  #say(words) {
    this.#root.querySelector(".said").textContent = words;
  }

  #render() {
    const view = this.#root.querySelector(".view");
    const make = (tag, words, attributes = {}) => {
      const element = document.createElement(tag);
      if (words !== undefined) element.textContent = words;
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
      return element;
    };
    view.replaceChildren();
    if (this.#problem) return view.append(make("p", this.#problem, { class: "bad", role: "alert" }));
    const state = this.#state;
    if (!state) return view.append(make("p", "Looking up your order…", { class: "quiet" }));
    view.append(make("p", `${state.shop} · Order ${state.number}`, { class: "quiet" }));
    view.append(make("h2", state.stageTitle, { class: state.stage === "CANCELLED" ? "bad" : "" }));
    if (state.promisedOn && state.stage !== "DELIVERED") {
      view.append(make("p", `${state.isDelayed ? "Delayed: now expected" : "Expected"} by ${this.#day(state.promisedOn)}`,
        { class: state.isDelayed ? "bad" : "" }));
    }
    if (state.stage !== "CANCELLED") view.append(this.#steps(state, make));
    if (state.packages.length) view.append(make("h3", "Your parcels"), this.#parcels(state, make));
    view.append(make("h3", "What you ordered"), this.#lines(state, make));
    view.append(make("h3", "What has happened"), this.#timeline(state, make));
  }

  #steps(state, make) {
    const list = make("ol", undefined, { class: "steps", "aria-label": "Progress" });
    const reached = REACHED[state.stage] ?? 0;
    STAGES.forEach(([, label], index) => {
      const item = make("li", label, index <= reached ? { class: "done" } : {});
      if (index === reached) item.setAttribute("aria-current", "step");
      list.append(item);
    });
    return list;
  }

  #lines(state, make) {
    const list = make("ul", undefined, { class: "lines" });
    for (const line of state.lines) {
      const item = make("li");
      item.append(make("span", line.variant ? `${line.name} · ${line.variant}` : line.name));
      const gone = line.quantityCancelled ? `${line.quantityCancelled} cancelled` : "";
      item.append(make("span", [line.quantity ? `× ${line.quantity}` : "", gone].filter(Boolean).join(", ")));
      list.append(item);
    }
    return list;
  }

  #parcels(state, make) {
    const list = make("ul", undefined, { class: "parcels" });
    for (const parcel of state.packages) {
      const item = make("li");
      const bad = ["EXCEPTION", "FAILED_ATTEMPT", "RETURNED_TO_SENDER"].includes(parcel.stage);
      item.append(make("p", parcel.stageTitle, { class: bad ? "where bad" : "where" }));
      item.append(make("p", parcel.contents.map((each) => `${each.name} × ${each.quantity}`).join(", ")));
      const carrier = make("p", undefined, { class: "quiet" });
      if (parcel.carrier && parcel.carrier !== "manual") carrier.append(`${parcel.carrier} `);
      if (parcel.trackingNumber && /^https?:\/\//.test(parcel.trackingUrl)) {
        carrier.append(make("a", parcel.trackingNumber,
          { href: parcel.trackingUrl, target: "_blank", rel: "noopener noreferrer" }));
      } else if (parcel.trackingNumber) carrier.append(parcel.trackingNumber);
      if (parcel.deliveredAt) carrier.append(` · ${this.#moment(parcel.deliveredAt)}`);
      if (carrier.textContent) item.append(carrier);
      list.append(item);
    }
    return list;
  }

  #timeline(state, make) {
    const list = make("ol", undefined, { class: "timeline" });
    for (const event of [...state.timeline].reverse()) {
      const item = make("li");
      item.append(make("span", event.title), make("time", this.#moment(event.at), { datetime: event.at }));
      list.append(item);
    }
    return list;
  }

  #day(date) {
    const day = new Date(`${date}T12:00:00`);
    return new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" }).format(day);
  }

  #moment(at) {
    return new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" }).format(new Date(at));
  }
}

if (!customElements.get("order-tracking")) customElements.define("order-tracking", OrderTracking);
