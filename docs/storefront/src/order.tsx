// An order: its amounts, its live status, and its cancellation.
import { useEffect, useRef, useState } from "preact/hooks";
import type { OrderTrackingJsx } from "../../../app/web/static/order-tracking";
import { PostalAddress } from "./address";
import { orderAgain, tokenOfOrder, useCart } from "./cart";
import { dateThere, day, language, moment, say } from "./choice";
import { mutate, useQuery } from "./client";
import { CancelDocument, CancelRequestDocument, OrderDocument, type OrderQuery } from "./generated";
import { Payment } from "./payment";
import { go, Title, usePlace } from "./router";
import { Act, announce, isRefused, Lines, type Outcome, Short, Sums, Unread } from "./ui";

declare module "preact" {
  namespace JSX {
    interface IntrinsicElements {
      "order-tracking": OrderTrackingJsx & { "onorder-tracking-update": (event: CustomEvent<{ events: unknown[] }>) => void };
    }
  }
}

type Order = NonNullable<OrderQuery["order"]>;

export function OrderPage({ id }: { id: string }) {
  const { query } = usePlace();
  const { data, isFailed, isLoading, again } = useQuery(OrderDocument, { id, token: tokenOfOrder(id) });
  const [last, setLast] = useState<Order | null>(null);
  useEffect(() => {
    if (data) setLast(data.order);
  }, [data]);
  const [round, setRound] = useState(0);
  const changed = (hasEvents: boolean): void => {
    setRound((count) => count + 1); // also without an event, the payment may have changed
    if (hasEvents) again();
  };
  const order = data ? data.order : last;
  if (isFailed || (isLoading && !order)) return <Unread isFailed={isFailed} again={again} />;
  if (!order) return <Short title={say.notFound} text={say.orderGone} to="/account" way={say.signIn} />;
  return (
    <>
      <Title>{say.order(order.number ?? "")}</Title>
      {query.has("thanks") && order.status !== "CANCELLED" && (
        <p class="good">{say.thanks} {order.email && say.confirmationTo(order.email)}</p>
      )}
      {order.placedAt && <p class="quiet">{say.placedOn(day(order.placedAt))}</p>}
      {order.status === "CANCELLED" ? <p class="problem">{say.cancelled}</p> : null}
      <Payment order={order} round={round} />
      <Tracking order={order} changed={changed} />
      <div class="beside">
        <section>
          <h2>{say.overview}</h2>
          <Lines cart={order} />
          <Sums cart={order} />
        </section>
        <GiftCards order={order} />
        {order.pickup && <Collect order={order} pickup={order.pickup} />}
        {!order.pickup && order.shippingAddress && (
          <section>
            <h2>{say.shipTo}</h2>
            <PostalAddress address={order.shippingAddress} />
          </section>
        )}
      </div>
      <p><a href={order.trackingUrl}>{say.share}</a></p>
      <Again id={order.id} />
      <Cancel order={order} done={again} />
    </>
  );
}

/** Whether the gift cards of the order were sent. */
function GiftCards({ order }: { order: Order }) {
  const left = ({ quantity, quantityCancelled }: Order["lines"]["nodes"][number]): number => quantity - quantityCancelled;
  const cards = order.lines.nodes.filter((line) => line.isGiftCard && left(line) > 0);
  if (!cards.length || order.status === "CANCELLED") return null;
  const areSent = cards.every((line) => line.quantityDelivered >= left(line));
  return <p class={areSent ? "good" : ""}>{areSent ? say.cardsSent : say.cardsToCome}</p>;
}

/** Where and until when the order can be collected; before, when it is ready. */
function Collect({ order, pickup }: { order: Order; pickup: NonNullable<Order["pickup"]> }) {
  const { name, address, timeZone, instructions, readyBy, readyAt, keepUntil } = pickup;
  const isOpen = order.status !== "CANCELLED" && order.trackingStage !== "COLLECTED";
  // The time was promised with the order; of a later promise only the day is known.
  const isTimeValid = readyBy !== null && dateThere(readyBy, timeZone) === order.promisedOn;
  return (
    <section>
      <h2>{say.collectAt}</h2>
      {readyAt && keepUntil && <p class="good">{say.readySince(moment(readyAt, timeZone))} {say.keptUntil(day(keepUntil))}</p>}
      {isOpen && !readyAt && order.promisedOn && (
        <p>{say.readyOn(isTimeValid ? moment(readyBy, timeZone) : day(order.promisedOn))} {say.readyTold}</p>
      )}
      <p><strong>{name}</strong></p>
      <PostalAddress address={{ ...address, name: "" }} />
      {instructions && <p>{instructions}</p>}
    </section>
  );
}

function Tracking({ order, changed }: { order: Order; changed: (hasEvents: boolean) => void }) {
  const update = ({ detail }: CustomEvent<{ events: unknown[] }>): void => changed(detail.events.length > 0);
  return (
    <order-tracking onorder-tracking-update={update} token={order.trackingToken} locale={language.value} heading-level={2}>
      <a href={order.trackingUrl}>{say.share}</a>
    </order-tracking>
  );
}

/** Fills an empty cart with the same lines. */
function Again({ id }: { id: string }) {
  if (useCart()?.lines.nodes.length) return null;
  async function fill(): Promise<Outcome> {
    const failed = await orderAgain(id);
    if (!failed) go("/cart");
    return failed;
  }
  return <Act work={fill}>{say.reorder}</Act>;
}

function Cancel({ order, done }: { order: Order; done: () => void }) {
  const [isAsked, ask] = useState(false);
  const question = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (isAsked) question.current?.focus();
  }, [isAsked]);
  const isPossible = (wanted: string): boolean =>
    order.nextSteps.some((one) => one.step === wanted && one.isPossible);
  const byRequest = !isPossible("CANCEL"); // the warehouse has begun
  if (byRequest && !isPossible("REQUEST_CANCEL")) return null;
  async function cancel(): Promise<Outcome> {
    const input = { id: order.id, accessToken: tokenOfOrder(order.id), reason: "CUSTOMER" as const };
    const answer = await (byRequest ? mutate(CancelRequestDocument, { input }) : mutate(CancelDocument, { input }));
    done();
    if (!isRefused(answer)) announce(byRequest ? say.requested : say.cancelled);
    return answer;
  }
  return (
    <section class="cancel">
      {isAsked ? (
        <>
          <p ref={question} tabIndex={-1}>{say.cancelSure}</p>
          <Act work={cancel}>{say.cancelYes}</Act>{" "}
          <button type="button" onClick={() => ask(false)}>{say.keepIt}</button>
        </>
      ) : (
        <button type="button" onClick={() => ask(true)}>{byRequest ? say.requestCancel : say.cancel}</button>
      )}
    </section>
  );
}
