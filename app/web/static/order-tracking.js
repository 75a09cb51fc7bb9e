/* <order-tracking token="…"> shows a buyer where an order stands, and keeps itself up to date.

   <script type="module" src="https://orders.example.com/static/order-tracking.js"></script>
   <order-tracking token="…"></order-tracking>

   Attributes, properties, events, parts, slots and languages: docs/tracking-widget.md. One file without
   dependencies, put together by scripts/widget.py from app/web/tracking. */

const DOCUMENT = "subscription Track($token: String!) {\n  orderTracking(token: $token) {\n    cursor\n    event { number name title at }\n    tracking {\n      number shop status stage stageTitle isPickup isDelayed promisedOn placedAt\n      lines { name variant quantity quantityCancelled quantityShipped quantityDelivered }\n      packages {\n        id shipmentId carrier trackingNumber trackingUrl stage stageTitle shippedAt deliveredAt\n        contents { name quantity }\n      }\n      timeline { number name title at promisedOn stage shipmentId packageId }\n    }\n  }\n}\n";
const POLL_DOCUMENT = "query TrackNow($token: String!) {\n  trackOrder(token: $token) {\n    cursor\n    number shop status stage stageTitle isPickup isDelayed promisedOn placedAt\n    lines { name variant quantity quantityCancelled quantityShipped quantityDelivered }\n    packages {\n      id shipmentId carrier trackingNumber trackingUrl stage stageTitle shippedAt deliveredAt\n      contents { name quantity }\n    }\n    timeline { number name title at promisedOn stage shipmentId packageId }\n  }\n}\n";
const STEPS = {"steps": ["RECEIVED", "CONFIRMED", "PREPARING", "SHIPPED", "DELIVERED"], "pickupSteps": ["RECEIVED", "CONFIRMED", "PREPARING", "READY", "COLLECTED"], "reached": {"RECEIVED": 0, "CONFIRMED": 1, "PREPARING": 2, "PARTIALLY_SHIPPED": 3, "SHIPPED": 3, "OUT_FOR_DELIVERY": 3, "DELIVERED": 4, "READY_FOR_PICKUP": 3, "PARTIALLY_COLLECTED": 3, "COLLECTED": 4}, "unpromised": ["DELIVERED", "READY_FOR_PICKUP", "PARTIALLY_COLLECTED", "COLLECTED", "CANCELLED"], "trouble": ["EXCEPTION", "FAILED_ATTEMPT", "RETURNED_TO_SENDER"]};
const DICTIONARIES = {"de": {"name": "Deutsch", "direction": "ltr", "stage": {"RECEIVED": "Wir haben Ihre Bestellung erhalten", "CONFIRMED": "Ihre Bestellung ist bestätigt", "PREPARING": "Wir bereiten Ihre Bestellung vor", "PARTIALLY_SHIPPED": "Ein Teil Ihrer Bestellung ist unterwegs", "SHIPPED": "Ihre Bestellung ist unterwegs", "OUT_FOR_DELIVERY": "Ihre Bestellung kommt heute an", "DELIVERED": "Ihre Bestellung ist angekommen", "READY_FOR_PICKUP": "Ihre Bestellung liegt zur Abholung bereit", "PARTIALLY_COLLECTED": "Sie haben einen Teil Ihrer Bestellung abgeholt", "COLLECTED": "Sie haben Ihre Bestellung abgeholt", "CANCELLED": "Ihre Bestellung wurde storniert"}, "step": {"RECEIVED": "Eingegangen", "CONFIRMED": "Bestätigt", "PREPARING": "In Arbeit", "SHIPPED": "Unterwegs", "DELIVERED": "Zugestellt", "READY": "Abholbereit", "COLLECTED": "Abgeholt"}, "shipment": {"LABEL_CREATED": "Dem Paketdienst angekündigt", "PICKED_UP": "Dem Paketdienst übergeben", "IN_TRANSIT": "Unterwegs", "OUT_FOR_DELIVERY": "In Zustellung", "FAILED_ATTEMPT": "Zustellung nicht gelungen; der Paketdienst versucht es noch einmal", "EXCEPTION": "Unterwegs aufgehalten", "DELIVERED": "Zugestellt", "RETURNED_TO_SENDER": "An den Absender zurückgeschickt"}, "event": {"order_placed": "Bestellung eingegangen", "order_confirmed": "Bestellung bestätigt", "order_cancelled": "Bestellung storniert", "order_lines_cancelled": "Ein Teil der Bestellung wurde storniert", "order_cancel_requested": "Stornierung gewünscht", "order_cancel_declined": "Stornierung nicht mehr möglich", "order_edited": "Bestellung geändert", "order_imported": "Bestellung eingegangen", "order_delayed": "Verspätet", "order_promised": "Neuer voraussichtlicher Termin", "fulfillment_shipped": "Versandt", "fulfillment_delivered": "Zugestellt", "fulfillment_ready": "Abholbereit", "fulfillment_ready_undone": "Doch noch nicht abholbereit", "fulfillment_pickup_extended": "Länger zur Abholung aufbewahrt", "fulfillment_collected": "Abgeholt", "fulfillment_returned": "Konnte nicht zugestellt werden", "shipment_tracked": "Nachricht vom Paketdienst", "shipment_tracking_corrected": "Sendungsverfolgung berichtigt", "payment_authorized": "Zahlung autorisiert", "payment_recorded": "Zahlung eingegangen", "payment_voided": "Zahlungsautorisierung beendet", "payment_refunded": "Zahlung erstattet", "gift_cards_issued": "Geschenkkarten gesendet", "gift_cards_refunded": "Geschenkkarten zurückgenommen"}, "text": {"label": "Sendungsverfolgung", "order": "Bestellung {number}", "progress": "Fortschritt", "reached": "erledigt", "expected": "Voraussichtlich bis {day}", "delayed": "Verspätet: jetzt voraussichtlich bis {day}", "readyOn": "Voraussichtlich abholbereit am {day}", "readyLater": "Verspätet: jetzt voraussichtlich abholbereit am {day}", "delayedUnknown": "Verspätet: noch kein neuer Termin", "items": {"one": "Das haben Sie bestellt ({count} Artikel)", "other": "Das haben Sie bestellt ({count} Artikel)"}, "parcels": {"one": "Ihr Paket", "other": "Ihre {count} Pakete"}, "parcel": "Paket {number}", "parcelNumbers": {"one": "Paket {numbers}", "other": "Pakete {numbers}"}, "quantity": "× {count}", "content": "{count} × {name}", "cancelled": "Storniert", "cancelledOf": {"one": "{count} von {ordered} storniert", "other": "{count} von {ordered} storniert"}, "tracking": "Sendungsnummer", "opens": "öffnet die Seite des Paketdienstes in einem neuen Fenster", "shippedAt": "Versandt am {moment}", "deliveredAt": "Zugestellt am {moment}", "history": "Das ist bisher geschehen", "looking": "Ihre Bestellung wird gesucht …", "connecting": "Verbindung wird aufgebaut …", "live": "Live: Diese Seite aktualisiert sich von selbst", "reconnecting": "Verbindung wird wiederhergestellt …", "checking": "Verbindung wird geprüft …", "polling": "Diese Seite fragt alle 20 Sekunden nach Neuem.", "asOf": "Zuletzt aktuell: {moment}", "unreachable": "Der Bestelldienst ist im Moment nicht erreichbar. Wir versuchen es weiter.", "unknown": "Wir kennen diesen Link nicht. Prüfen Sie, ob er vollständig ist, oder fragen Sie den Shop.", "notFound": "Bestellung nicht gefunden", "notFoundTitle": "Wir kennen diese Bestellung nicht", "notFoundText": "Prüfen Sie, ob der Link vollständig ist, oder fragen Sie den Shop, bei dem Sie gekauft haben.", "toShop": "Zurück zu {shop}", "support": "{shop} kontaktieren", "language": "Sprache"}}, "en": {"name": "English", "direction": "ltr", "stage": {"RECEIVED": "We have your order", "CONFIRMED": "Your order is confirmed", "PREPARING": "We are preparing your order", "PARTIALLY_SHIPPED": "Part of your order is on its way", "SHIPPED": "Your order is on its way", "OUT_FOR_DELIVERY": "Your order arrives today", "DELIVERED": "Your order has arrived", "READY_FOR_PICKUP": "Your order is ready for pick-up", "PARTIALLY_COLLECTED": "You have collected part of your order", "COLLECTED": "You have collected your order", "CANCELLED": "Your order was cancelled"}, "step": {"RECEIVED": "Received", "CONFIRMED": "Confirmed", "PREPARING": "Preparing", "SHIPPED": "On its way", "DELIVERED": "Delivered", "READY": "Ready for pick-up", "COLLECTED": "Collected"}, "shipment": {"LABEL_CREATED": "Announced to the carrier", "PICKED_UP": "Handed to the carrier", "IN_TRANSIT": "In transit", "OUT_FOR_DELIVERY": "Out for delivery", "FAILED_ATTEMPT": "Delivery attempted; the carrier tries again", "EXCEPTION": "Held up on the way", "DELIVERED": "Delivered", "RETURNED_TO_SENDER": "Returned to the sender"}, "event": {"order_placed": "Order received", "order_confirmed": "Order confirmed", "order_cancelled": "Order cancelled", "order_lines_cancelled": "Part of the order cancelled", "order_cancel_requested": "Cancellation requested", "order_cancel_declined": "Cancellation no longer possible", "order_edited": "Order changed", "order_imported": "Order received", "order_delayed": "Delayed", "order_promised": "New expected date", "fulfillment_shipped": "Shipped", "fulfillment_delivered": "Delivered", "fulfillment_ready": "Ready for pick-up", "fulfillment_ready_undone": "Not ready for pick-up after all", "fulfillment_pickup_extended": "Kept longer for pick-up", "fulfillment_collected": "Collected", "fulfillment_returned": "Could not be delivered", "shipment_tracked": "News from the carrier", "shipment_tracking_corrected": "Tracking corrected", "payment_authorized": "Payment authorized", "payment_recorded": "Payment received", "payment_voided": "Payment authorization ended", "payment_refunded": "Payment refunded", "gift_cards_issued": "Gift cards sent", "gift_cards_refunded": "Gift cards taken back"}, "text": {"label": "Order tracking", "order": "Order {number}", "progress": "Progress", "reached": "done", "expected": "Expected by {day}", "delayed": "Delayed: now expected by {day}", "readyOn": "Expected to be ready on {day}", "readyLater": "Delayed: now expected to be ready on {day}", "delayedUnknown": "Delayed: there is no new date yet", "items": {"one": "What you ordered ({count} item)", "other": "What you ordered ({count} items)"}, "parcels": {"one": "Your parcel", "other": "Your {count} parcels"}, "parcel": "Parcel {number}", "parcelNumbers": {"one": "Parcel {numbers}", "other": "Parcels {numbers}"}, "quantity": "× {count}", "content": "{count} × {name}", "cancelled": "Cancelled", "cancelledOf": {"one": "{count} of {ordered} cancelled", "other": "{count} of {ordered} cancelled"}, "tracking": "Tracking number", "opens": "opens the carrier’s page in a new window", "shippedAt": "Shipped {moment}", "deliveredAt": "Delivered {moment}", "history": "What has happened", "looking": "Looking up your order…", "connecting": "Connecting…", "live": "Live: this page updates by itself", "reconnecting": "Reconnecting…", "checking": "Checking the connection…", "polling": "This page looks for news every 20 seconds.", "asOf": "Last up to date: {moment}", "unreachable": "The order service cannot be reached at the moment. We keep trying.", "unknown": "We do not know this tracking link. Check that it is complete, or ask the shop.", "notFound": "Order not found", "notFoundTitle": "We do not know this order", "notFoundText": "Check that the link is complete, or ask the shop where you bought.", "toShop": "Back to {shop}", "support": "Contact {shop}", "language": "Language"}}};
const STYLE = ":host { display: block; }\n:host([hidden]) { display: none; }\n:host([theme=\"light\"]) { color-scheme: light; }\n:host([theme=\"dark\"]) { color-scheme: dark; }\n:host([theme=\"auto\"]) { color-scheme: light dark; }\n.tracking {\n  --_ink: var(--ot-ink, #1d2430);\n  --_quiet: var(--ot-quiet, #596273);\n  --_paper: var(--ot-paper, #ffffff);\n  --_line: var(--ot-line, #d9dee7);\n  --_mark: var(--ot-mark, #1259c3);\n  --_on-mark: var(--ot-on-mark, #ffffff);\n  --_bad: var(--ot-bad, #b3261e);\n  --_good: var(--ot-good, #1b7f4b);\n  --_radius: var(--ot-radius, .75rem);\n}\n@supports (color: light-dark(#000, #fff)) {\n  .tracking {\n    --_ink: var(--ot-ink, light-dark(#1d2430, #e9edf4));\n    --_quiet: var(--ot-quiet, light-dark(#596273, #a5afbf));\n    --_paper: var(--ot-paper, light-dark(#ffffff, #12161d));\n    --_line: var(--ot-line, light-dark(#d9dee7, #343c49));\n    --_mark: var(--ot-mark, light-dark(#1259c3, #7db0ff));\n    --_on-mark: var(--ot-on-mark, light-dark(#ffffff, #0b1017));\n    --_bad: var(--ot-bad, light-dark(#b3261e, #ff9a92));\n    --_good: var(--ot-good, light-dark(#1b7f4b, #7ed9a7));\n  }\n}\n.tracking, .tracking *, .tracking *::before, .tracking *::after { box-sizing: border-box; }\n.tracking {\n  container: tracking / inline-size;\n  contain-intrinsic-inline-size: 24rem;\n  padding: var(--ot-padding, 1.25rem);\n  color: var(--_ink);\n  background: var(--_paper);\n  font: var(--ot-font, 1rem/1.5 system-ui, sans-serif);\n  text-align: start;\n  overflow-wrap: break-word;\n  word-break: normal;\n}\n.tracking .view { max-inline-size: 44rem; margin-inline: auto; }\n.tracking .title { font-size: 1.6rem; line-height: 1.2; margin: .1rem 0 .4rem; letter-spacing: -.01em; text-wrap: balance; }\n.tracking .section-title { font-size: 1rem; line-height: 1.3; margin: 2rem 0 .6rem; }\n.tracking p { margin: 0; }\n.tracking ol, .tracking ul { list-style: none; margin: 0; padding: 0; }\n.tracking .about, .tracking .quiet, .tracking .note, .tracking time, .tracking .count { color: var(--_quiet); }\n.tracking .note, .tracking .quiet { font-size: .875rem; }\n.tracking .promise { font-weight: 600; }\n.tracking .bad { color: var(--_bad); font-weight: 600; }\n.tracking .title.bad { font-weight: 700; }\n\n.tracking .steps { display: grid; grid-template-columns: repeat(5, minmax(0, 1fr)); margin: 1.75rem 0 0; }\n.tracking .steps li {\n  position: relative; padding: 2.1rem .25rem 0; text-align: center; font-size: .85rem; line-height: 1.3;\n  color: var(--_quiet); hyphens: auto;\n}\n.tracking .steps li::before {\n  content: \"\"; position: absolute; inset-block-start: 0; inset-inline-start: calc(50% - .75rem);\n  inline-size: 1.5rem; block-size: 1.5rem; border: 2px solid var(--_line); border-radius: 50%;\n  background: var(--_paper); color: var(--_on-mark); font-size: .85rem; font-weight: 700;\n  line-height: calc(1.5rem - 4px); text-align: center; z-index: 1;\n}\n.tracking .steps li:not(:last-child)::after {\n  content: \"\"; position: absolute; inset-block-start: calc(.75rem - 1px); inset-inline-start: calc(50% + .75rem);\n  inline-size: calc(100% - 1.5rem); border-block-start: 2px solid var(--_line);\n}\n.tracking .steps li.done { color: var(--_ink); }\n.tracking .steps li.done::before { content: \"✓\"; content: \"✓\" / \"\"; background: var(--_mark); border-color: var(--_mark); }\n.tracking .steps li.passed::after { border-color: var(--_mark); }\n.tracking .steps li[aria-current] { font-weight: 700; }\n.tracking .steps li[aria-current]::before { box-shadow: 0 0 0 4px color-mix(in srgb, var(--_mark) 25%, transparent); }\n\n.tracking .lines > li, .tracking .timeline > li {\n  display: flex; gap: .1rem 1rem; justify-content: space-between;\n  padding: .65rem 0; border-block-start: 1px solid var(--_line);\n}\n.tracking .timeline > li { flex-wrap: wrap; }\n.tracking .lines > li > div, .tracking .timeline > li > div { flex: 1 1 12rem; min-inline-size: 0; }\n.tracking .count, .tracking time { flex: none; max-inline-size: 100%; font-variant-numeric: tabular-nums; }\n.tracking time { font-size: .875rem; line-height: 1.7; }\n.tracking .gone { text-decoration: line-through; color: var(--_quiet); }\n.tracking .timeline > li { position: relative; padding-inline-start: 1.5rem; border-block-start: 0; padding-block: .4rem; }\n.tracking .timeline > li::before {\n  content: \"\"; position: absolute; inset-inline-start: .1rem; inset-block-start: .8rem;\n  inline-size: .7rem; block-size: .7rem; border: 2px solid var(--_line); border-radius: 50%; background: var(--_paper);\n}\n.tracking .timeline > li:first-child::before { border-color: var(--_mark); background: var(--_mark); }\n.tracking .timeline > li:not(:last-child)::after {\n  content: \"\"; position: absolute; inset-inline-start: calc(.45rem - 1px); inset-block: 1.5rem -.8rem;\n  border-inline-start: 2px solid var(--_line);\n}\n.tracking .timeline > li:first-child .event { font-weight: 600; }\n\n.tracking .parcels { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 16rem), 1fr)); }\n.tracking .parcel { padding: .9rem 1rem; border: 1px solid var(--_line); border-radius: var(--_radius); }\n.tracking .where { font-weight: 600; }\n.tracking .contents { margin-block: .35rem; }\n.tracking .carrier, .tracking .contents { font-size: .925rem; }\n.tracking .number { overflow-wrap: anywhere; }\n.tracking a { color: var(--_mark); text-underline-offset: .15em; }\n.tracking a:focus-visible { outline: 3px solid var(--_mark); outline-offset: 2px; border-radius: 2px; }\n\n.tracking .live {\n  display: flex; align-items: center; gap: .5rem; max-inline-size: 44rem; margin: 1.75rem auto 0;\n  font-size: .85rem; color: var(--_quiet);\n}\n.tracking .live[hidden] { display: none; }\n.tracking .live::before { content: \"\"; flex: none; inline-size: .6rem; block-size: .6rem; border-radius: 50%; border: 2px solid var(--_line); }\n.tracking .live[data-on]::before { background: var(--_good); border-color: var(--_good); }\n@media (prefers-reduced-motion: no-preference) {\n  .tracking .live[data-on]::before { animation: order-tracking-live 2.4s ease-in-out infinite; }\n  @keyframes order-tracking-live { 50% { opacity: .35; } }\n}\n.tracking .said { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }\n\n@container tracking (max-width: 30rem) {\n  .view .steps { display: block; margin-block-start: 1.5rem; }\n  .view .steps li { min-block-size: 2.6rem; padding: .15rem 0 .5rem; padding-inline-start: 2.4rem; text-align: start; font-size: .95rem; }\n  .view .steps li:last-child { min-block-size: 0; padding-block-end: 0; }\n  .view .steps li::before { inset-inline-start: 0; }\n  .view .steps li:not(:last-child)::after {\n    inset-block: 1.5rem 0; inset-inline-start: calc(.75rem - 1px); inline-size: 0;\n    border-block-start: 0; border-inline-start: 2px solid var(--_line);\n  }\n  .view .steps li.passed:not(:last-child)::after { border-color: var(--_mark); }\n  .view .title { font-size: 1.4rem; }\n}\n@media (forced-colors: active) {\n  .tracking .steps li.done::before { background: Highlight; border-color: Highlight; color: HighlightText; forced-color-adjust: none; }\n  .tracking .steps li[aria-current]::before { outline: 2px solid CanvasText; outline-offset: 2px; }\n  .tracking .timeline > li:first-child::before, .tracking .live[data-on]::before { background: CanvasText; forced-color-adjust: none; border-color: CanvasText; }\n}\n@media print {\n  :host, .tracking { color-scheme: light; }\n  .tracking { padding: 0; }\n  .tracking .live, .tracking .said { display: none; }\n  .tracking .steps li.done::before { background: none; color: inherit; }\n  .tracking .steps li[aria-current]::before { box-shadow: none; outline: 2px solid currentColor; outline-offset: 2px; }\n  .tracking .timeline > li, .tracking .lines > li, .tracking .parcel { break-inside: avoid; }\n  .tracking .section-title { break-after: avoid; }\n  .tracking a { color: inherit; }\n}\n";

/* How updates arrive: over a WebSocket (graphql-transport-ws), as Server-Sent Events (graphql-sse), or by
   asking again and again.

   `overSocket` and `overEvents` open one connection and return { stop, lose, check, silence }: `silence` is
   the time since the server was last heard, in ms, and `check` finds out whether it is still there. They call
   `on.next` with each payload, `on.heard` at each sign of life, `on.refused` with the errors of a refused
   subscription, and `on.lost` once when the connection ends or is silent for too long. After `stop` or `lost`
   they call nothing. */

const READY_WITHIN = 8000; // ms from opening to the first answer
const PING_EVERY = 15000; // ms between pings on a WebSocket
const PONG_WITHIN = 5000; // ms in which a ping is answered
const SILENT_FOR = 20000; // ms without a sign of life: an event stream has a comment every 12 s
const ASK_EVERY = 20000; // ms between questions where nothing can be listened to

function overSocket(endpoint, variables, on) {
  const url = new URL(endpoint);
  url.protocol = url.protocol.replace("http", "ws");
  let socket = null;
  let ended = false;
  let isReady = false;
  let heardAt = Date.now();
  let pinging = 0;
  let deadline = setTimeout(lose, READY_WITHIN);

  function stop() {
    ended = true;
    clearInterval(pinging);
    clearTimeout(deadline);
    socket?.close(1000);
  }
  function lose() {
    if (ended) return;
    stop();
    on.lost();
  }
  function send(message) {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }
  function ping() {
    send({ type: "ping" });
    clearTimeout(deadline);
    deadline = setTimeout(lose, PONG_WITHIN);
  }
  function hear({ data }) {
    if (ended) return;
    heardAt = Date.now();
    const message = JSON.parse(data);
    if (isReady) clearTimeout(deadline);
    if (message.type === "connection_ack") {
      send({ id: "1", type: "subscribe", payload: { query: DOCUMENT, variables } });
    } else if (message.type === "next") {
      if (!isReady) pinging = setInterval(ping, PING_EVERY);
      isReady = true;
      clearTimeout(deadline);
      on.next(message.payload);
    } else if (message.type === "error") on.refused(message.payload);
    else if (message.type === "ping") send({ type: "pong" });
    else if (message.type === "complete") lose();
    if (!ended) on.heard();
  }

  try {
    socket = new WebSocket(url, "graphql-transport-ws");
  } catch {
    queueMicrotask(lose);
    return { stop, lose, check() {}, silence: () => 0 };
  }
  socket.onopen = () => send({ type: "connection_init" });
  socket.onmessage = hear;
  // A socket that a content security policy forbids fires `error` and never `close`.
  socket.onerror = socket.onclose = lose;
  return { stop, lose, check: () => isReady && !ended && ping(), silence: () => Date.now() - heardAt };
}

function overEvents(endpoint, variables, on) {
  const control = new AbortController();
  let ended = false;
  let heardAt = Date.now();
  let deadline = setTimeout(lose, READY_WITHIN);

  function stop() {
    ended = true;
    clearTimeout(deadline);
    control.abort();
  }
  function lose() {
    if (ended) return;
    stop();
    on.lost();
  }
  function heard() {
    heardAt = Date.now();
    clearTimeout(deadline);
    if (ended) return;
    deadline = setTimeout(lose, SILENT_FOR);
    on.heard();
  }
  async function read() {
    const answer = await fetch(endpoint, {
      method: "POST",
      signal: control.signal,
      headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
      body: JSON.stringify({ query: DOCUMENT, variables }),
    });
    heard();
    if (!answer.headers.get("content-type")?.startsWith("text/event-stream")) {
      const { errors } = await answer.json();
      if (!ended) on.refused(errors);
    } else await readFrames(answer.body, heard, (payload) => ended || on.next(payload));
  }

  read().catch(() => {}).then(lose);
  // An event stream cannot be asked: a new one tells how things stand.
  return { stop, lose, check: lose, silence: () => Date.now() - heardAt };
}

/** Asks where the order stands, at once and then again and again. Calls `on.answer` with the answer, null for
    an unknown link, or `on.failed`. Returns { stop, now, works }: `now` asks at once. */
function polling(endpoint, variables, on) {
  let control = new AbortController();
  let timer = 0;
  let ended = false;
  const poll = { stop, now: ask, works: false };

  function stop() {
    ended = true;
    clearTimeout(timer);
    control.abort();
  }
  async function ask() {
    if (ended) return;
    clearTimeout(timer);
    control.abort(); // whatever was asked before
    const asking = (control = new AbortController());
    const deadline = setTimeout(() => asking.abort(), READY_WITHIN);
    let wait = ASK_EVERY;
    try {
      const answer = await fetch(endpoint, {
        method: "POST",
        signal: asking.signal,
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify({ query: POLL_DOCUMENT, variables }),
      });
      const { data, errors } = await answer.json();
      wait = Math.max(wait, Number(errors?.[0]?.extensions?.retryAfter ?? 0) * 1000);
      if (!data) throw new Error("refused");
      poll.works = true;
      if (!ended && asking === control) on.answer(data.trackOrder);
    } catch {
      if (ended || asking !== control) return;
      poll.works = false;
      on.failed();
    } finally {
      clearTimeout(deadline);
      if (!ended && asking === control) timer = setTimeout(ask, wait);
    }
  }

  ask();
  return poll;
}

async function readFrames(body, onBytes, onNext) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    onBytes();
    const frames = (rest + decoder.decode(value, { stream: true })).split(/\r?\n\r?\n/);
    rest = frames.pop();
    for (const frame of frames) {
      const lines = frame.split(/\r?\n/);
      const data = lines.filter((line) => line.startsWith("data: ")).map((line) => line.slice(6)).join("\n");
      if (lines.includes("event: next") && data) onNext(JSON.parse(data));
    }
  }
}

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

/* The words of one language, with its plurals, lists and dates. */

class Words {
  #chain;

  /** `asked` are language tags, the most wanted first; `own` is the page's own dictionary, or null. */
  constructor(asked, own) {
    const tags = [own?.locale, ...asked].filter(isTag);
    const tag = tags.find((each) => each === own?.locale || languageOf(each) in DICTIONARIES) ?? "en";
    const known = DICTIONARIES[languageOf(tag)];
    this.locale = tag;
    this.#chain = [own, known, DICTIONARIES.en].filter(Boolean);
    this.direction = (own?.locale ? own.direction : known?.direction) ?? "ltr";
  }

  /** The words of a key of a group, with values filled in; of its plural form where `count` is given. */
  say(group, key, values = {}, count = undefined) {
    const found = this.#chain.map((each) => each[group]?.[key]).find((each) => each !== undefined);
    const form = typeof found === "object" ? this.#form(found, count) : found;
    return form?.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
  }

  #form(forms, count) {
    return forms[new Intl.PluralRules(this.locale).select(count)] ?? forms.other;
  }

  number(value) {
    return new Intl.NumberFormat(this.locale).format(value);
  }

  list(values) {
    return new Intl.ListFormat(this.locale, { type: "conjunction" }).format(values);
  }

  /** A day such as "2026-12-31", with its year unless that is this year. */
  day(date) {
    const day = new Date(`${date}T12:00:00`);
    const year = day.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
    return new Intl.DateTimeFormat(this.locale, { weekday: "long", day: "numeric", month: "long", year }).format(day);
  }

  moment(at) {
    return new Intl.DateTimeFormat(this.locale, { dateStyle: "medium", timeStyle: "short" }).format(new Date(at));
  }
}

function isTag(tag) {
  try {
    return Boolean(tag) && Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

function languageOf(tag) {
  return new Intl.Locale(tag).language;
}

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
