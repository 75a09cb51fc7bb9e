// How the buyer pays for an order: the choice, the way to the gateway's page and back, and how the payment stands.
import { useEffect, useRef, useState } from "preact/hooks";
import { tokenOfOrder } from "./cart";
import { say, useChannel } from "./choice";
import { mutate, Unreachable, useQuery } from "./client";
import { BASE, TEST_TOKENS } from "./config";
import { type OrderQuery, PayCancelDocument, PayDocument, type PaymentFragment, PaymentOptionsDocument } from "./generated";
import { Store } from "./store";
import { Act, Choice, Form, isRefused, type Outcome, type Value } from "./ui";

export const INVOICE = "manual";

/** A way to pay is the code of a gateway, followed by a token unless the buyer pays on the gateway's page. */
export const gatewayOf = (way: string): string => way.split(" ")[0] || INVOICE;

/** The choice of how to pay, as the field `way` of a form. */
export function Ways({ withInvoice }: { withInvoice: boolean }) {
  const { data, isFailed } = useQuery(PaymentOptionsDocument, { channel: useChannel().code });
  if (!data && !isFailed) return <p class="quiet">{say.loading}</p>;
  const ways = (data?.channel?.paymentOptions ?? []).flatMap(({ gateway, name, kind }): [string, string][] => [
    [gateway, name],
    ...Object.entries(TEST_TOKENS[kind] ?? {}).map(([token, text]): [string, string] => [`${gateway} ${token}`, `${name}: ${say[text]}`]),
  ]);
  if (withInvoice) ways.push([INVOICE, say.invoice]);
  return (
    <fieldset>
      <legend><h2>{say.payBy}</h2></legend>
      {ways.map(([way, text], index) => (
        <Choice key={way} type="radio" name="way" value={way} defaultChecked={index === 0}>{text}</Choice>
      ))}
    </fieldset>
  );
}

const leaving = new Store(false); // a payment is being begun, or the browser is on its way to the gateway's page

/** Begin to pay for an order, and leave for the gateway's page if the buyer has to. */
export async function beginPayment(orderId: string, way: string): Promise<Outcome> {
  const [gateway, token] = way.split(" ");
  const returnUrl = `${location.origin}${BASE}/orders/${encodeURIComponent(orderId)}`;
  const input = { orderId, accessToken: tokenOfOrder(orderId), gateway, token, returnUrl };
  leaving.set(true);
  try {
    const answer = await mutate(PayDocument, { input, key: crypto.randomUUID() });
    const url = answer.__typename === "Order" && answer.paymentAttempt?.clientAction?.url;
    if (url) {
      location.assign(url);
      return new Promise(() => {}); // until the page is left
    }
    leaving.set(false);
    return answer;
  } catch (error) {
    leaving.set(false);
    throw error;
  }
}

/** How the payment of an order stands. The server asks the gateway, whenever the buyer comes back or something changes. */
export function Payment({ order, round }: { order: NonNullable<OrderQuery["order"]>; round: number }) {
  const isLeaving = leaving.use();
  const [state, setState] = useState<PaymentFragment | null>(null);
  const [visit, setVisit] = useState(0);
  const latest = useRef(0);
  const isByGateway = order.paymentGateway !== null && order.paymentGateway !== INVOICE;
  const keys = { orderId: order.id, accessToken: tokenOfOrder(order.id) };
  useEffect(() => {
    const back = ({ persisted }: PageTransitionEvent): void => {
      if (!persisted) return; // the page was not loaded anew when the buyer came back
      leaving.set(false);
      setState(null);
      setVisit((count) => count + 1);
    };
    addEventListener("pageshow", back);
    return () => removeEventListener("pageshow", back);
  }, []);

  /** Show the answer to an operation, unless a later one was begun. */
  async function follow(work: () => Promise<PaymentFragment | { __typename: string }>): Promise<Outcome> {
    latest.current += 1;
    const own = latest.current;
    const answer = await work();
    if (own === latest.current && answer.__typename === "Order") setState(answer as PaymentFragment);
    return answer;
  }
  const ask = (): Promise<Outcome> => follow(() => mutate(PayDocument, { input: { ...keys, beginNew: false } }));
  const stop = (): Promise<Outcome> => follow(() => mutate(PayCancelDocument, { input: keys }));
  async function pay(value: Value): Promise<Outcome> {
    const answer = await beginPayment(order.id, value("way"));
    if (isRefused(answer)) await ask(); // perhaps it was paid in another tab
    return answer;
  }
  useEffect(() => {
    if (isLeaving || !isByGateway) return;
    ask().catch((error: unknown) => {
      if (!(error instanceof Unreachable)) throw error;
    });
  }, [order.id, round, visit, isLeaving]);

  if (!isByGateway) {
    const isOnInvoice = order.paymentGateway === INVOICE && order.paymentStatus === "UNPAID" && order.status !== "CANCELLED";
    return isOnInvoice ? <p>{say.payOnInvoice}</p> : null;
  }
  return (
    <section aria-live="polite">
      <h2>{say.payment}</h2>
      {isLeaving ? <p>{say.payLeaving}</p> : state ? <Standing state={state} pay={pay} stop={stop} /> : <p class="quiet">{say.payChecking}</p>}
    </section>
  );
}

interface StandingProperties {
  state: PaymentFragment;
  pay: (value: Value) => Promise<Outcome>;
  stop: () => Promise<Outcome>;
}

function Standing({ state, pay, stop }: StandingProperties) {
  const { status, paymentStatus, amountDue, amountAuthorized, paymentAttempt: attempt } = state;
  const waits = attempt?.status === "PENDING";
  if (status === "CANCELLED") return <p>{waits ? say.payEnding : ofCancelled(state)}</p>;
  const url = attempt?.clientAction?.url;
  if (waits && !url && !attempt.clientAction) return <p>{say.payWaits}</p>;
  if (waits) {
    return (
      <>
        <p class="problem">{attempt.problem?.canRetry ? say.payDeclined : say.payUnfinished}</p>
        {url && <p><a class="button first" href={url}>{say.payGoOn}</a></p>}
        <Act work={stop}>{say.payOther}</Act>
      </>
    );
  }
  if (Number(amountDue.amount) <= Number(amountAuthorized.amount)) {
    return <p class="good">{paymentStatus === "REFUNDED" ? say.payReturned : say.payDone}</p>;
  }
  return (
    <>
      <p class="problem">{attempt?.problem ? ofProblem(attempt.problem) : say.payOpen}</p>
      <Form button={say.payNow} send={pay}><Ways withInvoice={false} /></Form>
    </>
  );
}

function ofProblem({ code, canRetry }: { code: string; canRetry: boolean }): string {
  if (code === "expired") return say.payExpired;
  if (code === "cancelled") return say.payCancelled;
  return canRetry ? say.payDeclined : `${say.payDeclined} ${say.payFinal}`;
}

/** What becomes of the money of a cancelled order. */
function ofCancelled({ paymentStatus }: PaymentFragment): string {
  if (paymentStatus === "REFUNDED") return say.payReturned;
  if (paymentStatus === "VOIDED") return say.payReleased;
  return paymentStatus === "UNPAID" ? say.payNothing : say.payReturning;
}
