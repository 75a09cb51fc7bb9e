/* What is shown of an order, made of elements and text nodes only: a page may require Trusted Types. */

function isSaid(value) {
  return value !== undefined && value !== null && value !== "";
}

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (isSaid(value)) element.setAttribute(name, value);
  }
  element.append(...children.filter(isSaid));
  return element;
}

/** The names of products, shops and carriers may be in another script than the words around them. */
function named(text, attributes = {}) {
  return make("bdi", attributes, text);
}

class View {
  #words;
  #level;

  constructor(words, level) {
    this.#words = words;
    this.#level = level;
  }

  nodes(state) {
    const parts = [this.#about(state), this.#title(state), this.#promise(state)];
    if (state.stage in STEPS.reached) parts.push(this.#steps(state));
    if (state.packages.length) parts.push(this.#section("parcels", this.#parcelsTitle(state), this.#parcels(state)));
    parts.push(this.#section("lines", this.#linesTitle(state), this.#lines(state)));
    parts.push(this.#section("timeline", this.#words.say("text", "history"), this.#timeline(state)));
    return parts.filter(Boolean);
  }

  stage(state) {
    return this.#words.say("stage", state.stage) ?? state.stageTitle;
  }

  event(event) {
    const byStage = event.stage && this.#words.say("shipment", event.stage);
    return byStage || (this.#words.say("event", event.name) ?? event.title);
  }

  #heading(level, attributes, words) {
    return make(`h${Math.min(level, 6)}`, attributes, words);
  }

  #section(name, title, list) {
    const heading = this.#heading(this.#level + 1, { class: "section-title", part: "section-title" }, title);
    return make("section", { part: `section section-${name}` }, heading, list);
  }

  #about(state) {
    const number = this.#words.say("text", "order", { number: state.number });
    return make("p", { class: "about", part: "about" }, state.shop && named(state.shop), state.shop && " · ", number);
  }

  #title(state) {
    const bad = state.stage === "CANCELLED" ? " bad" : "";
    return this.#heading(this.#level, { class: `title${bad}`, part: "title" }, this.stage(state));
  }

  #promise(state) {
    if (STEPS.unpromised.includes(state.stage)) return null;
    if (!state.promisedOn && !state.isDelayed) return null;
    const [onTime, late] = state.isPickup ? ["readyOn", "readyLater"] : ["expected", "delayed"];
    const key = !state.isDelayed ? onTime : state.promisedOn ? late : "delayedUnknown";
    const day = state.promisedOn ? this.#words.day(state.promisedOn) : "";
    const kind = state.isDelayed ? "promise bad" : "promise";
    return make("p", { class: kind, part: "promise" }, this.#words.say("text", key, { day }));
  }

  #steps(state) {
    const list = make("ol", { class: "steps", part: "steps", "aria-label": this.#words.say("text", "progress") });
    const reached = STEPS.reached[state.stage];
    (state.isPickup ? STEPS.pickupSteps : STEPS.steps).forEach((step, index) => {
      const is = [index <= reached && "done", index < reached && "passed"].filter(Boolean).join(" ");
      const current = index === reached ? "step" : undefined;
      const item = make("li", { class: is, part: `step ${is}`.trim(), "aria-current": current },
        make("span", {}, this.#words.say("step", step)));
      if (index < reached) item.append(make("span", { class: "said" }, `, ${this.#words.say("text", "reached")}`));
      list.append(item);
    });
    return list;
  }

  #parcelsTitle(state) {
    const count = state.packages.length;
    return this.#words.say("text", "parcels", { count: this.#words.number(count) }, count);
  }

  #parcels(state) {
    const list = make("ul", { class: "parcels", part: "parcels" });
    state.packages.forEach((parcel, index) => list.append(this.#parcel(parcel, index, state.packages.length)));
    return list;
  }

  #parcel(parcel, index, count) {
    const bad = STEPS.trouble.includes(parcel.stage) ? " bad" : "";
    const number = count > 1 && this.#words.say("text", "parcel", { number: this.#words.number(index + 1) });
    const contents = make("ul", { class: "contents" });
    for (const { name, quantity } of parcel.contents) {
      contents.append(make("li", {}, ...this.#filled("content", { count: this.#words.number(quantity), name })));
    }
    return make("li", { class: "parcel", part: "parcel" },
      number ? make("p", { class: "quiet" }, number) : "",
      make("p", { class: `where${bad}` }, this.#words.say("shipment", parcel.stage) ?? parcel.stageTitle),
      contents, this.#carrier(parcel), this.#parcelMoment(parcel));
  }

  /** A sentence with one name in it, which is set apart for the direction of its script. */
  #filled(key, { name, ...values }) {
    const [before, after = ""] = this.#words.say("text", key, { ...values, name: "\u0000" }).split("\u0000");
    return [before, named(name), after];
  }

  #carrier(parcel) {
    const carrier = parcel.carrier === "manual" ? "" : parcel.carrier;
    if (!carrier && !parcel.trackingNumber) return "";
    const number = parcel.trackingNumber ? named(parcel.trackingNumber, { class: "number" }) : "";
    const isLink = number && /^https?:\/\//.test(parcel.trackingUrl);
    const link = isLink && make("a", { href: parcel.trackingUrl, target: "_blank", rel: "noopener noreferrer",
      part: "link", title: this.#words.say("text", "opens") }, number);
    return make("p", { class: "carrier" }, carrier && named(carrier), carrier && number && " ", link || number);
  }

  #parcelMoment(parcel) {
    const [key, at] = parcel.deliveredAt ? ["deliveredAt", parcel.deliveredAt] : ["shippedAt", parcel.shippedAt];
    return make("p", { class: "quiet" }, this.#words.say("text", key, { moment: this.#words.moment(at) }));
  }

  #linesTitle(state) {
    const count = state.lines.reduce((sum, line) => sum + line.quantity + line.quantityCancelled, 0);
    return this.#words.say("text", "items", { count: this.#words.number(count) }, count);
  }

  #lines(state) {
    const list = make("ul", { class: "lines", part: "lines" });
    for (const line of state.lines) {
      const isGone = line.quantity === 0;
      const about = make("div", {}, named(line.name, { class: isGone ? "name gone" : "name" }));
      if (line.variant) about.append(" ", named(line.variant, { class: "quiet" }));
      if (line.quantityCancelled) about.append(make("p", { class: "note" }, this.#cancelled(line)));
      const count = isGone ? "" : this.#words.say("text", "quantity", { count: this.#words.number(line.quantity) });
      list.append(make("li", { class: "line", part: "line" }, about, make("span", { class: "count" }, count)));
    }
    return list;
  }

  #cancelled(line) {
    if (line.quantity === 0) return this.#words.say("text", "cancelled");
    const count = this.#words.number(line.quantityCancelled);
    const ordered = this.#words.number(line.quantity + line.quantityCancelled);
    return this.#words.say("text", "cancelledOf", { count, ordered }, line.quantityCancelled);
  }

  #timeline(state) {
    const list = make("ol", { class: "timeline", part: "timeline" });
    for (const event of [...state.timeline].reverse()) {
      const about = make("div", {}, make("span", { class: "event" }, this.event(event)));
      const notes = [this.#parcelsOf(event, state), event.promisedOn && this.#newDay(event, state)].filter(Boolean);
      for (const note of notes) about.append(make("p", { class: "note" }, note));
      const time = make("time", { datetime: event.at }, this.#words.moment(event.at));
      list.append(make("li", { part: "event" }, about, time));
    }
    return list;
  }

  #newDay(event, state) {
    return this.#words.say("text", state.isPickup ? "readyOn" : "expected", { day: this.#words.day(event.promisedOn) });
  }

  /** Which parcels an event is about, where there are several. */
  #parcelsOf(event, state) {
    if (state.packages.length < 2 || !event.shipmentId) return "";
    const isOf = (each) => (event.packageId ? each.id === event.packageId : each.shipmentId === event.shipmentId);
    const numbers = state.packages.flatMap((each, index) => (isOf(each) ? [this.#words.number(index + 1)] : []));
    return numbers.length && this.#words.say("text", "parcelNumbers", { numbers: this.#words.list(numbers) }, numbers.length);
  }
}
