// Watches an order with graphql-ws and renews the token of its socket, as docs/sign-in.md shows.
// Prints "watching", then the answer to each token, and at the end the events and the number of sockets.
//   node renew.mjs URL TOKEN ORDER_ID TOTAL        (each line of standard input is a new token)
import { createInterface } from "node:readline";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [url, first, id, total] = process.argv.slice(2);
let token = first;
let socket;
let sockets = 0;
const numbers = [];
const client = createClient({
  url: url.replace("http", "ws"),
  webSocketImpl: WebSocket,
  lazy: false,
  connectionParams: () => ({ authorization: `Bearer ${token}` }),
  on: {
    connected: (opened) => { socket = opened; sockets += 1; },
    pong: (received, payload) => { if (received && payload) console.log(JSON.stringify(payload)); },
  },
});
const query = "subscription($id: ID!) { orderUpdated(id: $id) { number } }";
client.subscribe({ query, variables: { id } }, {
  next({ data, errors }) {
    if (errors) { console.error(JSON.stringify(errors)); process.exit(1); }
    numbers.push(data.orderUpdated.number);
    if (numbers.length === 1) console.log("watching");
    if (numbers.length === Number(total)) { console.log(JSON.stringify({ numbers, sockets })); process.exit(0); }
  },
  error(error) { console.error("gave up", error.code ?? error); process.exit(3); },
  complete() { console.error("complete"); process.exit(4); },
});
createInterface({ input: process.stdin }).on("line", (line) => {
  token = line;
  socket.send(JSON.stringify({ type: "ping", payload: { accessToken: token } }));
});
setTimeout(() => { console.error("timed out", numbers.length, sockets); process.exit(2); }, 60000);
