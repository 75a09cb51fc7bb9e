/* How updates arrive: over a WebSocket (graphql-transport-ws), or as Server-Sent Events (graphql-sse).

   Each function opens one connection and returns { stop, check }. It calls `on.next` with each payload,
   `on.refused` with the errors of a refused subscription, and `on.lost` once when the connection ends or
   is silent for too long. After `stop` or `lost` it calls nothing. */

const READY_WITHIN = 8000; // ms from opening to the first answer
const PING_EVERY = 15000; // ms between pings on a WebSocket
const PONG_WITHIN = 5000; // ms in which a ping is answered
const SILENT_FOR = 20000; // ms without a byte of an event stream; the server sends a comment every 12 s

function overSocket(endpoint, variables, on) {
  const url = new URL(endpoint);
  url.protocol = url.protocol.replace("http", "ws");
  let socket = null;
  let ended = false;
  let isReady = false;
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
  }

  try {
    socket = new WebSocket(url, "graphql-transport-ws");
  } catch {
    queueMicrotask(lose);
    return { stop, check() {} };
  }
  socket.onopen = () => send({ type: "connection_init" });
  socket.onmessage = hear;
  // A socket that a content security policy forbids fires `error` and never `close`.
  socket.onerror = socket.onclose = lose;
  return { stop, check: () => isReady && !ended && ping() };
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
    if (!ended) deadline = setTimeout(lose, SILENT_FOR);
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
  return { stop, check: () => Date.now() - heardAt > SILENT_FOR && lose() };
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
