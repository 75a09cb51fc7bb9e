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
