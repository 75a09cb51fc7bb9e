// The checkout: delivery or collection, contact and address, shipping method or shop, order.
import type { TypedDocumentNode } from "@urql/core";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Cart, changeCart, type Failed, placeCart, useCart } from "./cart";
import { Warnings } from "./cart-page";
import { AddressFields, addressIn, PostalAddress } from "./address";
import { day, days, language, moment, priceOf, say, useChannel } from "./choice";
import { type Reading, useQuery } from "./client";
import {
  MeDocument, PickupLocationsDocument, PickupOptionsDocument, type PickupOptionsQuery, ShippingOptionsDocument,
} from "./generated";
import { ON_INVOICE } from "./config";
import { beginPayment, gatewayOf, INVOICE, Ways } from "./payment";
import { go, Title } from "./router";
import { useSignedIn } from "./session";
import { Choice, Field, Form, isOnlyGiftCards, Lines, nameOf, type Outcome, Problem, Short, Sums, Unread, useTask, type Value } from "./ui";
import { unavailable } from "./words";

export function Checkout() {
  const cart = useCart();
  const shops = useQuery(PickupLocationsDocument, { channel: useChannel().code });
  const [wantsPickup, wantPickup] = useState<boolean | null>(null);
  const [isChanging, change] = useState(false);
  if (!cart?.lines.nodes.length) {
    return <Short title={say.checkout} text={say.emptyCart} to="/" way={say.toProducts} />;
  }
  // Nothing is shipped of gift cards: they are sent by email, and only the invoice needs an address.
  const isByEmail = isOnlyGiftCards(cart);
  const isPickup = !isByEmail && (wantsPickup ?? cart.pickup !== null);
  const isBilled = isPickup || isByEmail;
  const address = isBilled ? cart.billingAddress : cart.shippingAddress;
  const isAddressed = address !== null && cart.email !== null && !isChanging;
  return (
    <>
      <Title>{say.checkout}</Title>
      <Warnings cart={cart} />
      {isByEmail && <p>{say.cardsToCome}</p>}
      {!isByEmail && (isPickup || (shops.data?.pickupLocations.length ?? 0) > 0) && (
        <fieldset>
          <legend><h2>{say.delivery}</h2></legend>
          <Choice type="radio" name="way" checked={!isPickup} onChange={() => wantPickup(false)}>{say.ship}</Choice>
          <Choice type="radio" name="way" checked={isPickup} onChange={() => wantPickup(true)}>{say.collect}</Choice>
        </fieldset>
      )}
      <section>
        <h2>{isBilled ? say.contactAndBilling : say.contactAndAddress}</h2>
        {isAddressed ? (
          <>
            <p>{cart.email}</p>
            <PostalAddress address={address} />
            <button type="button" onClick={() => change(true)}>{say.change}</button>
          </>
        ) : (
          <AddressStep key={isBilled} cart={cart} isBilled={isBilled} done={() => change(false)} />
        )}
      </section>
      {isAddressed && !isByEmail && (isPickup ? <PickupStep cart={cart} /> : <ShippingStep cart={cart} />)}
      {isAddressed && (isByEmail || (isPickup ? cart.pickup : cart.shippingMethod)) && <PlaceStep cart={cart} />}
    </>
  );
}

function AddressStep({ cart, isBilled, done }: { cart: Cart; isBilled: boolean; done: () => void }) {
  const isSignedIn = useSignedIn();
  const me = useQuery(MeDocument, isSignedIn ? {} : null);
  const customer = me.data?.me.customer;
  const email = cart.email ?? customer?.email ?? "";
  const book = customer?.addresses ?? [];
  const [picked, pick] = useState<string | null>(null);
  if (isSignedIn && !me.data) return <Unread {...me} />;
  const had = isBilled ? (cart.billingAddress ?? cart.shippingAddress) : (cart.shippingAddress ?? cart.billingAddress);
  const entry = book.find(({ id, isDefaultShipping }) => (picked === null ? !had && isDefaultShipping : id === picked));
  const from = picked === null && had ? had : entry;
  const fields = { of: isBilled ? "billingAddress" : "shippingAddress", from };

  async function send(value: Value): Promise<Outcome> {
    const given = value("email").trim();
    const address = addressIn(value, fields);
    const addresses = isBilled ? { billingAddress: address } : { shippingAddress: address, billingAddress: null };
    const failed = await changeCart({ email: given || null, ...addresses });
    if (given) {
      if (!failed) done();
      return failed;
    }
    // A cart can do without an email address, but an order of a guest cannot.
    const missing = { __typename: "Problem" as const, code: "REQUIRED" as const, message: "", path: ["email"] };
    const others = failed && "problems" in failed ? failed.problems : [];
    return { __typename: "ValidationFailed", errorCode: "VALIDATION_FAILED", message: "", path: [], problems: [missing, ...others] };
  }

  return (
    <Form button={say.next} send={send}>
      <Field name="email" type="email" label={say.email} value={email} complete="email" />
      {book.length > 0 && (
        <Field
          name="saved"
          label={say.savedAddress}
          value={entry?.id ?? ""}
          options={[
            ...book.map((one): [string, string] => [one.id, `${one.label ?? one.name}, ${one.line1}, ${one.city}`]),
            ["", say.otherAddress],
          ]}
          changed={pick}
        />
      )}
      <AddressFields key={`${picked} ${from?.line1}`} {...fields} />
    </Form>
  );
}

/** Something about the cart that is read again when the cart changes. */
function useOfCart<Data>(document: TypedDocumentNode<Data, { id: string; token?: string | null }>, cart: Cart): Reading<Data> {
  const reading = useQuery(document, { id: cart.id, token: cart.accessToken });
  const read = useRef(cart.version);
  useEffect(() => {
    if (read.current !== cart.version) reading.again();
    read.current = cart.version;
  }, [cart.version]);
  return reading;
}

interface OptionsProperties {
  title: string;
  reading: Reading<unknown>;
  options: { code: string; isAvailable: boolean; text: ComponentChildren }[] | undefined;
  chosen: string | undefined;
  choose: (code: string) => Promise<Failed | null>;
}

function Options({ title, reading, options, chosen, choose }: OptionsProperties) {
  const task = useTask();
  const [asked, ask] = useState<string | null>(null);
  const pick = (code: string): void => {
    ask(code);
    task.run(() => choose(code).finally(() => ask(null)));
  };
  return (
    <section>
      <Problem wrong={task.wrong} />
      <fieldset disabled={task.isBusy}>
        <legend><h2>{title}</h2></legend>
        {!options && <Unread {...reading} />}
        {options?.map(({ code, isAvailable, text }) => (
          <Choice
            key={code}
            type="radio"
            name="option"
            checked={code === (asked ?? chosen)}
            disabled={!isAvailable}
            onChange={() => pick(code)}
          >
            {text}
          </Choice>
        ))}
      </fieldset>
    </section>
  );
}

function ShippingStep({ cart }: { cart: Cart }) {
  const reading = useOfCart(ShippingOptionsDocument, cart);
  const options = reading.data?.order?.shippingOptions.map(({ name, price, promisedOn, transitDays, reasonCode, ...option }) => ({
    ...option,
    text: (
      <>
        {name}, {priceOf(price)}, {promisedOn ? say.arrives(day(promisedOn)) : days(transitDays)}
        {reasonCode && <span class="problem">{unavailable[reasonCode][language.value]}</span>}
      </>
    ),
  }));
  const choose = (shippingMethod: string): Promise<Failed | null> => changeCart({ shippingMethod });
  return <Options title={say.shippingMethod} reading={reading} options={options} chosen={cart.shippingMethod?.code} choose={choose} />;
}

type Shop = NonNullable<PickupOptionsQuery["order"]>["pickupOptions"][number];

function PickupStep({ cart }: { cart: Cart }) {
  const reading = useOfCart(PickupOptionsDocument, cart);
  const options = reading.data?.order?.pickupOptions.map((shop) => ({
    code: shop.location.code,
    isAvailable: shop.isAvailable,
    text: <ShopToChoose cart={cart} shop={shop} />,
  }));
  const choose = (pickupLocation: string): Promise<Failed | null> => changeCart({ pickupLocation });
  return <Options title={say.shop} reading={reading} options={options} chosen={cart.pickup?.code} choose={choose} />;
}

/** A shop with its stock of the cart's lines and the time at which the order would be ready. */
function ShopToChoose({ cart, shop: { location, lines, readyBy, reasonCode } }: { cart: Cart; shop: Shop }) {
  const { name, address, price, timeZone } = location;
  const missing = lines.filter(({ available, quantity }) => available < quantity);
  const named = (sku: string): string => nameOf(cart.lines.nodes.find((line) => line.sku === sku)) || sku;
  return (
    <>
      {name}, {priceOf(price)}
      {address && <span class="quiet">{address.line1}, {address.postalCode} {address.city}</span>}
      {readyBy && <span>{say.inStock}, {say.readyFrom(moment(readyBy, timeZone))}</span>}
      {reasonCode && <span class="problem">{unavailable[reasonCode][language.value]}</span>}
      {missing.map(({ sku, available, quantity }) => (
        <span key={sku} class="quiet">{say.stockOf(named(sku), available, quantity)}</span>
      ))}
    </>
  );
}

function PlaceStep({ cart }: { cart: Cart }) {
  const isSignedIn = useSignedIn();
  async function send(value: Value): Promise<Outcome> {
    const way = value("way");
    const placed = await placeCart(cart, gatewayOf(way), value("save") === "yes");
    if (typeof placed === "string") {
      go(`/orders/${encodeURIComponent(placed)}?thanks=1`, "replace"); // nothing to go back to
      if (way !== INVOICE) void beginPayment(placed, way);
    } else if (placed.__typename === "TotalChanged") await changeCart({});
    return typeof placed === "string" ? null : placed;
  }
  return (
    <section>
      <h2>{say.overview}</h2>
      <Lines cart={cart} />
      <Sums cart={cart} />
      <Form button={say.place} send={send}>
        <Ways withInvoice={ON_INVOICE} />
        {isSignedIn && <Choice type="checkbox" name="save" value="yes">{say.saveAddress}</Choice>}
      </Form>
    </section>
  );
}
