// The checkout: contact and address, shipping method, order.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Cart, changeCart, placeCart, useCart } from "./cart";
import { Warnings } from "./cart-page";
import { country, day, language, money, useChannel, useWords } from "./choice";
import { useQuery } from "./client";
import { WITH_REGION } from "./config";
import { type BookEntryFragment, MeDocument, ShippingOptionsDocument } from "./generated";
import { go, Title } from "./router";
import { useSignedIn } from "./session";
import { Field, Form, isFree, Lines, Loading, NotReachable, PostalAddress, Problem, problemText, Short, Sums, useTask, type Wrong, wrong } from "./ui";
import { unavailable } from "./words";

const ADDRESS = ["name", "line1", "line2", "postalCode", "city", "region", "country"] as const;
const OF_ADDRESS = ADDRESS.map((name) => `shippingAddress.${name}`);

export function Checkout(): JSX.Element {
  const say = useWords();
  const cart = useCart();
  const [isChanging, change] = useState(false);
  const [savesAddress, save] = useState(false);
  if (!cart?.lines.nodes.length) {
    return <Short title={say.checkout} text={say.emptyCart} to="/" way={say.toProducts} />;
  }
  const address = cart.shippingAddress;
  const isAddressed = address !== null && cart.email !== null && !isChanging;
  return (
    <>
      <Title>{say.checkout}</Title>
      <Warnings cart={cart} />
      <section>
        <h2>{say.contactAndAddress}</h2>
        {isAddressed ? (
          <>
            <p>{cart.email}</p>
            <PostalAddress address={address} />
            <button type="button" onClick={() => change(true)}>{say.change}</button>
          </>
        ) : (
          <AddressStep
            cart={cart}
            done={(saves) => {
              save(saves);
              change(false);
            }}
          />
        )}
      </section>
      {isAddressed && <ShippingStep cart={cart} />}
      {isAddressed && cart.shippingMethod && <PlaceStep cart={cart} savesAddress={savesAddress} />}
    </>
  );
}

function AddressStep({ cart, done }: { cart: Cart; done: (saves: boolean) => void }): JSX.Element {
  const say = useWords();
  const isSignedIn = useSignedIn();
  const me = useQuery(MeDocument, isSignedIn ? {} : null);
  const task = useTask();
  const customer = me.data?.me.customer;
  const email = cart.email ?? customer?.email ?? "";
  const book = customer?.addresses ?? [];
  const [picked, pick] = useState<string | null>(null);
  if (isSignedIn && me.isFailed) return <NotReachable again={me.again} />;
  if (isSignedIn && !me.data) return <Loading />;
  const entry = picked === "" ? undefined : (book.find(({ id }) => id === picked) ?? usual(cart, book));
  const from = picked === null && cart.shippingAddress ? cart.shippingAddress : entry;

  async function send(values: Record<string, string>): Promise<Wrong | null> {
    const text = (name: string): string => values[`shippingAddress.${name}`]?.trim() ?? "";
    const failed = await changeCart({
      email: values["email"]?.trim() || null,
      shippingAddress: {
        name: text("name"),
        line1: text("line1"),
        line2: text("line2") || null,
        postalCode: text("postalCode") || null,
        city: text("city"),
        region: text("region") || null,
        country: text("country"),
      },
    });
    const found = failed && wrong(failed, ["email", ...OF_ADDRESS]);
    if (!values["email"]?.trim()) {
      // A cart can do without, but an order of a guest cannot.
      return { fields: { ...found?.fields, email: problemText("REQUIRED", "") }, all: say.checkFields };
    }
    if (found) return found;
    done(values["save"] === "yes");
    return null;
  }

  return (
    <Form task={task} button={say.next} send={send}>
      <Field name="email" type="email" label={say.email} value={email} wrong={task.wrong} complete="email" />
      {book.length > 0 && (
        <Field
          name="saved"
          label={say.savedAddress}
          value={entry?.id ?? ""}
          wrong={task.wrong}
          options={[
            ...book.map((one): [string, string] => [one.id, `${one.label ?? one.name}, ${one.line1}, ${one.city}`]),
            ["", say.otherAddress],
          ]}
          changed={pick}
        />
      )}
      <AddressFields key={`${picked} ${from?.line1}`} from={from} wrong={task.wrong} />
      {isSignedIn && (
        <label class="choice">
          <input type="checkbox" name="save" value="yes" />
          {say.saveAddress}
        </label>
      )}
    </Form>
  );
}

const usual = (cart: Cart, book: BookEntryFragment[]): BookEntryFragment | undefined =>
  cart.shippingAddress ? undefined : book.find(({ isDefaultShipping }) => isDefaultShipping);

type Address = Pick<BookEntryFragment, (typeof ADDRESS)[number]>;

function AddressFields({ from, wrong: found }: { from: Address | undefined; wrong: Wrong }): JSX.Element {
  const say = useWords();
  const { countries } = useChannel();
  const first = from && countries.includes(from.country) ? from.country : (countries[0] ?? "");
  const [chosen, choose] = useState(first);
  const field = (name: (typeof ADDRESS)[number], label: string, complete: AutoFill): JSX.Element => (
    <Field name={`shippingAddress.${name}`} label={label} value={from?.[name] ?? ""} wrong={found} complete={complete} />
  );
  return (
    <>
      {field("name", say.name, "name")}
      {field("line1", say.line1, "address-line1")}
      {field("line2", say.line2, "address-line2")}
      {field("postalCode", say.postalCode, "postal-code")}
      {field("city", say.city, "address-level2")}
      {WITH_REGION.includes(chosen) && field("region", say.state, "address-level1")}
      <Field
        name="shippingAddress.country"
        label={say.country}
        value={chosen}
        wrong={found}
        complete="country"
        options={countries.map((code) => [code, country(code)])}
        changed={choose}
      />
    </>
  );
}

function ShippingStep({ cart }: { cart: Cart }): JSX.Element {
  const say = useWords();
  const { data, isFailed, again } = useQuery(ShippingOptionsDocument, { id: cart.id, token: cart.accessToken });
  const read = useRef(cart.version);
  useEffect(() => {
    if (read.current !== cart.version) again();
    read.current = cart.version;
  }, [cart.version]);
  const chosen = language.use();
  const task = useTask();
  const [asked, ask] = useState<string | null>(null);
  const choose = (shippingMethod: string): void => {
    ask(shippingMethod);
    task.run(async () => {
      const failed = await changeCart({ shippingMethod }).finally(() => ask(null));
      return failed && wrong(failed);
    });
  };
  return (
    <section>
      <h2>{say.shippingMethod}</h2>
      {isFailed && <NotReachable again={again} />}
      <Problem wrong={task.wrong} />
      <fieldset disabled={task.isBusy}>
        <legend class="hidden">{say.shippingMethod}</legend>
        {data?.order?.shippingOptions.map((option) => (
          <label key={option.code} class="choice">
            <input
              type="radio"
              name="method"
              checked={option.code === (asked ?? cart.shippingMethod?.code)}
              disabled={!option.isAvailable}
              onChange={() => choose(option.code)}
            />
            <span>
              {option.name}, {isFree(option.price) ? say.free : money(option.price)},{" "}
              {option.promisedOn ? say.arrives(day(option.promisedOn)) : say.days(option.transitDays)}
              {option.reasonCode && <span class="problem">{unavailable[option.reasonCode][chosen]}</span>}
            </span>
          </label>
        ))}
      </fieldset>
    </section>
  );
}

function PlaceStep({ cart, savesAddress }: { cart: Cart; savesAddress: boolean }): JSX.Element {
  const say = useWords();
  const task = useTask();
  async function send(): Promise<Wrong | null> {
    const placed = await placeCart(cart, savesAddress);
    if (typeof placed !== "string") {
      if (placed.__typename === "TotalChanged") await changeCart({});
      return wrong(placed);
    }
    go(`/orders/${encodeURIComponent(placed)}?thanks=1`);
    return null;
  }
  return (
    <section>
      <h2>{say.overview}</h2>
      <Lines cart={cart} />
      <Sums cart={cart} />
      <p>{say.pay}</p>
      <Form task={task} button={say.place} send={send}>
        {null}
      </Form>
    </section>
  );
}
