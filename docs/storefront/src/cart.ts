// The cart: a draft order of each channel, kept over reloads by its id and its token.
import { channel, channelCode, language } from "./choice";
import { client, mutate, Unreachable } from "./client";
import {
  CartCreateDocument, CartDocument, type CartFragment, CartMergeDocument, CartUpdateDocument, type FailedFragment, LineAddDocument,
  LineRemoveDocument, LineUpdateDocument, MyCartDocument, type OrderDraftUpdateInput, PlaceDocument, ReorderDocument,
} from "./generated";
import { go } from "./router";
import { alone, isSignedIn, onSignedInChange } from "./session";
import { Store } from "./store";

export type Cart = CartFragment;
export type Line = Cart["lines"]["nodes"][number];
export type Failed = FailedFragment;

interface Kept {
  id: string;
  token: string | null; // null: the cart of the customer who is signed in
  key: string; // of merging and of placing it: the same for each try
  version: number; // of the newest state that a tab has seen
  isOfGuest: boolean; // filled before signing in
}

const kept = new Store<Record<string, Kept>>({}, "shop.carts");
const orderTokens = new Store<Record<string, string>>({}, "shop.orders");
const shown = new Store<Cart | null>(null);

export const useCart = (): Cart | null => shown.use();

/** The token with which a guest reads an order that was placed in this browser. A customer needs none. */
export const tokenOfOrder = (id: string): string | null => (isSignedIn() ? null : (orderTokens.value[id] ?? null));

function keptHere(): Kept | undefined {
  return kept.latest()[channel().code];
}

/** Show a cart, unless a newer state of it is shown: responses can arrive in another order. */
function show(cart: Cart): void {
  const { value } = shown;
  if (value?.id !== cart.id || value.version <= cart.version) shown.set(cart);
}

function keep(cart: Cart, token: string | null): void {
  const { code } = cart.channel;
  const before = kept.latest()[code];
  const key = before?.id === cart.id ? before.key : crypto.randomUUID();
  if (code === channel().code) show(cart);
  kept.set({ ...kept.latest(), [code]: { id: cart.id, token, key, version: cart.version, isOfGuest: !isSignedIn() } });
}

function forget(code: string): void {
  const { [code]: _, ...others } = kept.latest();
  if (code === channel().code) shown.set(null);
  kept.set(others);
}

/** Show the open cart of the customer who is signed in. A guest has none but the one that is kept. */
async function findCart(code: string): Promise<void> {
  shown.set(null);
  if (!isSignedIn()) return;
  const { data } = await client.query(MyCartDocument, { channel: code }, { requestPolicy: "network-only" });
  const found = data?.orders.nodes[0];
  if (found && code === channel().code && !keptHere()) keep(found, null);
}

/** Read the cart of the channel, as after a reload or a change in another tab. */
export async function loadCart(): Promise<void> {
  await mergeCarts();
  const code = channel().code;
  const mine = keptHere();
  if (!mine) return findCart(code);
  const variables = { id: mine.id, token: mine.token };
  const { data, error } = await client.query(CartDocument, variables, { requestPolicy: "network-only" });
  if (error || code !== channel().code || keptHere()?.id !== mine.id) return; // it can be read later
  if (data?.order?.status === "DRAFT") show(data.order);
  else forget(code); // it was placed, or its time has run out
  if (data?.order?.number) {
    // The answer to the order was lost, or another tab has placed it.
    if (mine.token) orderTokens.set({ ...orderTokens.latest(), [mine.id]: mine.token });
    if (location.pathname.endsWith("/checkout")) go(`/orders/${encodeURIComponent(mine.id)}`);
  } else if (!keptHere()) await findCart(code);
}

channelCode.watch(() => void loadCart());
kept.watch(() => {
  const mine = keptHere();
  // Another tab has another cart, or has changed this one.
  if (mine?.id !== shown.value?.id || (mine?.version ?? 0) > (shown.value?.version ?? 0)) void loadCart();
});
addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") void loadCart();
});
onSignedInChange(() => void changePerson());

/** A guest's cart becomes the cart of whoever signs in; who signs out leaves none behind. */
async function changePerson(): Promise<void> {
  if (!isSignedIn()) {
    kept.set({});
    orderTokens.set({});
    shown.set(null);
    return;
  }
  await loadCart();
}

/** Give the carts that were filled before signing in to the customer. What cannot be sent is sent with the next load. */
async function mergeCarts(): Promise<void> {
  const guests = (): [string, Kept][] => Object.entries(kept.latest()).filter(([, { isOfGuest }]) => isOfGuest);
  if (!isSignedIn() || !guests().length) return;
  const work = alone("shop.carts", async () => {
    for (const [code, { id, token, key }] of guests()) {
      const variables = { input: { id, draftToken: token }, key: `merge-${key}` };
      const failed = taken(await mutate(CartMergeDocument, variables));
      if (failed && isGone(failed)) forget(code); // its time has run out, or another tab has placed it
    }
  });
  await work.catch((error: unknown) => {
    if (!(error instanceof Unreachable)) throw error;
  });
}

/** Show the cart that an operation returned; return why it was refused, otherwise null. */
function taken(answer: Cart | Failed): Failed | null {
  if (answer.__typename !== "Order") return answer;
  keep(answer, answer.accessToken); // a cart that becomes a customer's has another token
  return null;
}

const isGone = (failed: Failed): boolean =>
  failed.__typename === "NotFound" ||
  failed.__typename === "IllegalTransition" ||
  ("problems" in failed && failed.problems.some(({ code }) => code === "ALREADY_PLACED" || code === "CART_CLOSED"));

/** Add a line, in one tab at a time: otherwise two tabs would each begin a cart, and one would be lost. */
export const addLine = (sku: string, quantity: number): Promise<Failed | null> => alone("shop.lines", () => add(sku, quantity));

async function add(sku: string, quantity: number): Promise<Failed | null> {
  const lines = [{ sku, quantity }];
  const mine = keptHere();
  if (mine) {
    const input = { id: mine.id, draftToken: mine.token, lines };
    const answer = await mutate(LineAddDocument, { input, key: crypto.randomUUID() });
    if (answer.__typename === "Order") return taken(answer);
    await loadCart();
    if (!isGone(answer) || keptHere()?.id === mine.id) return answer;
    if (keptHere()) return add(sku, quantity);
  }
  const input = { channel: channel().code, language: language.value, lines };
  const made = await mutate(CartCreateDocument, { input, key: crypto.randomUUID() });
  if (made.__typename !== "Order") return made;
  keep(made, made.accessToken);
  return null;
}

/** Change the cart of the channel, if there is one. */
async function change(work: (cart: { id: string; draftToken: string | null }) => Promise<Cart | Failed>): Promise<Failed | null> {
  const mine = keptHere();
  return mine ? taken(await work({ id: mine.id, draftToken: mine.token })) : null;
}

export const setQuantity = (lineId: string, quantity: number): Promise<Failed | null> =>
  change((cart) => mutate(LineUpdateDocument, { input: { ...cart, lines: [{ lineId, quantity }] } }));

export const removeLine = (lineId: string): Promise<Failed | null> =>
  change((cart) => mutate(LineRemoveDocument, { input: { ...cart, lineIds: [lineId] } }));

/** Fill the empty cart with the lines of an order, in the channel of that order. */
export async function orderAgain(id: string): Promise<Failed | null> {
  const input = { id, accessToken: tokenOfOrder(id) };
  const answer = await mutate(ReorderDocument, { input });
  const failed = taken(answer);
  if (answer.__typename === "Order") channelCode.set(answer.channel.code);
  return failed;
}

export function changeCart(changes: Omit<OrderDraftUpdateInput, "id">): Promise<Failed | null> {
  const input = { language: language.value, ...changes };
  return change((cart) => mutate(CartUpdateDocument, { input: { ...cart, ...input } }));
}

/** Place the cart for the total that the buyer sees, to be paid by a gateway; return the id of the order. */
export async function placeCart(cart: Cart, gateway: string, saveAddresses: boolean): Promise<string | Failed> {
  const mine = keptHere();
  const { amount, currency } = cart.total;
  const input = {
    draftId: cart.id,
    draftToken: mine?.token ?? null,
    expectedTotal: { amount, currency },
    payment: { gateway },
    saveAddresses,
    language: language.value, // it can be chosen at the last step
  };
  const placed = await mutate(PlaceDocument, { input, key: mine?.key ?? crypto.randomUUID() });
  if (placed.__typename !== "Order") {
    await loadCart(); // an earlier try, whose response was lost, may have placed it
    return placed;
  }
  const token = placed.accessToken ?? mine?.token;
  if (token) orderTokens.set({ ...orderTokens.latest(), [placed.id]: token });
  forget(cart.channel.code);
  return placed.id;
}
