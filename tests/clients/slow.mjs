// Watches an order with graphql-ws and stops reading for a while, until the server gives up on the socket.
// Prints the numbers of the events, and the codes with which its sockets were closed.
//   node slow.mjs URL TOKEN ORDER_ID TOTAL        ("reading" on standard input makes it read again)
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [url, token, id, total] = process.argv.slice(2);
const wide = Array.from({ length: 25 }, (_, i) => `m${i}: metadata`).join(" ");
const query = `subscription($id: ID!, $after: String) {
  orderUpdated(id: $id, after: $after) { number cursor order { ${wide} } } }`;
const numbers = [];
const codes = [];
const variables = { id, after: null };
let socket;
const client = createClient({
  url: url.replace("http", "ws"),
  webSocketImpl: class extends WebSocket {
    constructor(...args) { super(...args); socket = this; }
  },
  connectionParams: { authorization: `Bearer ${token}` },
  retryWait: () => Promise.resolve(),
  on: { closed: (event) => codes.push(event.code) },
});
client.subscribe({ query, variables }, {
  next({ data, errors }) {
    if (errors) { console.error(JSON.stringify(errors)); process.exit(1); }
    const { number, cursor } = data.orderUpdated;
    numbers.push(number);
    variables.after = cursor; // read again when the client subscribes anew
    if (numbers.length === 1) { socket.pause(); console.log("paused"); }
    if (numbers.length === Number(total)) { console.log(JSON.stringify({ numbers, codes })); process.exit(0); }
  },
  error(error) { console.error("gave up", error.code ?? error); process.exit(3); },
  complete() { console.error("complete"); process.exit(4); },
});
process.stdin.once("data", () => socket.resume());
setTimeout(() => { console.error("timed out", numbers.length, codes); process.exit(2); }, 60000);
