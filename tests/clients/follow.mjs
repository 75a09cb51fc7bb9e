// Follows one order's events with the real npm clients, dropping the connection again and again and going
// on from the last cursor. Prints the numbers of the events in the order in which they came.
//   node follow.mjs ws|sse URL TOKEN ORDER_ID TOTAL DROPS
import { createClient as wsClient } from "graphql-ws";
import { createClient as sseClient } from "graphql-sse";
import WebSocket from "ws";

const [transport, url, token, id, totalText, dropsText] = process.argv.slice(2);
const total = Number(totalText);
const drops = Number(dropsText);
const query = `subscription($id: ID!, $after: String) { orderUpdated(id: $id, after: $after) { number cursor } }`;
const authorization = `Bearer ${token}`;

const numbers = [];
let cursor = null;
let dropped = 0;
const dropAt = Array.from({ length: drops }, (_, i) => Math.floor(((i + 1) * total) / (drops + 1)));

function open() {
  if (transport === "ws") {
    let socket;
    const client = wsClient({
      url: url.replace("http", "ws"),
      webSocketImpl: class extends WebSocket {
        constructor(...args) { super(...args); socket = this; }
      },
      connectionParams: { authorization },
      retryAttempts: 0,
    });
    return { client, cut: () => socket.terminate() };
  }
  const control = new AbortController();
  const client = sseClient({
    url,
    headers: { authorization },
    retryAttempts: 0,
    fetchFn: (input, init) => {
      init.signal?.addEventListener("abort", () => control.abort());
      return fetch(input, { ...init, signal: control.signal });
    },
  });
  return { client, cut: () => control.abort() };
}

async function once() {
  const { client, cut } = open();
  let live = true; // what a cut connection had still buffered comes again after the cursor
  await new Promise((resolve) => {
    const stop = client.subscribe(
      { query, variables: { id, after: cursor } },
      {
        next({ data, errors }) {
          if (!live) return;
          if (errors) { console.error(JSON.stringify(errors)); process.exit(1); }
          const event = data.orderUpdated;
          numbers.push(event.number);
          cursor = event.cursor;
          if (numbers.length >= total) { live = false; stop(); resolve(); } // what came in the same read is not counted
          else if (dropped < drops && numbers.length >= dropAt[dropped]) { dropped += 1; live = false; cut(); resolve(); }
        },
        error: () => resolve(),
        complete: () => resolve(),
      },
    );
  });
  client.dispose?.();
}

setTimeout(() => { console.error("timed out", numbers.length); process.exit(2); }, 120000);
while (numbers.length < total) await once();
console.log(JSON.stringify({ numbers, dropped }));
process.exit(0);
