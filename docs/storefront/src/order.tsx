// An order: its amounts, its live status, and its cancellation.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { OrderTrackingElement, OrderTrackingJsx } from "../../../app/web/static/order-tracking";
import { orderAgain, tokenOfOrder, useCart } from "./cart";
import { day, language, useWords } from "./choice";
import { mutate, useQuery } from "./client";
import { CancelDocument, CancelRequestDocument, OrderDocument, type OrderQuery } from "./generated";
import { go, Title, usePlace } from "./router";
import { announce, Lines, Loading, NotReachable, PostalAddress, Problem, Short, Sums, useTask, wrong } from "./ui";

declare module "preact" {
  namespace JSX {
    interface IntrinsicElements {
      "order-tracking": OrderTrackingJsx;
    }
  }
}

type Order = NonNullable<OrderQuery["order"]>;

export function OrderPage({ id }: { id: string }): JSX.Element {
  const say = useWords();
  const { query } = usePlace();
  const { data, isFailed, isLoading, again } = useQuery(OrderDocument, { id, token: tokenOfOrder(id) });
  const [last, setLast] = useState<Order | null>(null);
  useEffect(() => {
    if (data) setLast(data.order);
  }, [data]);
  if (isFailed) return <NotReachable again={again} />;
  const order = data ? data.order : last;
  if (!order) {
    if (isLoading) return <Loading />;
    return <Short title={say.notFound} text={say.orderGone} to="/account" way={say.signIn} />;
  }
  return (
    <>
      <Title>{say.order(order.number ?? "")}</Title>
      {query.has("thanks") && order.status !== "CANCELLED" && (
        <p class="good">{say.thanks} {order.email && say.confirmationTo(order.email)}</p>
      )}
      {order.placedAt && <p class="quiet">{say.placedOn(day(order.placedAt))}</p>}
      {order.status === "CANCELLED" ? <p class="problem">{say.cancelled}</p> : null}
      <Tracking order={order} changed={again} />
      <div class="beside">
        <section>
          <h2>{say.overview}</h2>
          <Lines cart={order} />
          <Sums cart={order} />
        </section>
        <ShipTo order={order} />
      </div>
      <p><a href={order.trackingUrl}>{say.share}</a></p>
      <Again id={order.id} />
      <Cancel order={order} done={again} />
    </>
  );
}

function ShipTo({ order: { shippingAddress: address } }: { order: Order }): JSX.Element | null {
  const say = useWords();
  if (!address) return null;
  return (
    <section>
      <h2>{say.shipTo}</h2>
      <PostalAddress address={address} />
    </section>
  );
}

function Tracking({ order, changed }: { order: Order; changed: () => void }): JSX.Element {
  const say = useWords();
  const locale = language.use();
  const element = useRef<OrderTrackingElement>(null);
  useEffect(() => {
    const here = element.current;
    const update = (event: Event): void => {
      if ((event as CustomEvent<{ events: unknown[] }>).detail.events.length) changed();
    };
    here?.addEventListener("order-tracking-update", update);
    return () => here?.removeEventListener("order-tracking-update", update);
  }, []);
  return (
    <order-tracking ref={element} token={order.trackingToken} locale={locale} heading-level={2}>
      <a href={order.trackingUrl}>{say.share}</a>
    </order-tracking>
  );
}

/** Fills an empty cart with the same lines. */
function Again({ id }: { id: string }): JSX.Element | null {
  const say = useWords();
  const cart = useCart();
  const task = useTask();
  if (cart?.lines.nodes.length) return null;
  const fill = (): void =>
    task.run(async () => {
      const failed = await orderAgain(id);
      if (failed) return wrong(failed);
      go("/cart");
      return null;
    });
  return (
    <>
      <Problem wrong={task.wrong} />
      <button type="button" disabled={task.isBusy} onClick={fill}>{say.reorder}</button>
    </>
  );
}

function Cancel({ order, done }: { order: Order; done: () => void }): JSX.Element | null {
  const say = useWords();
  const task = useTask();
  const [isAsked, ask] = useState(false);
  const question = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (isAsked) question.current?.focus();
  }, [isAsked]);
  const isPossible = (wanted: string): boolean =>
    order.nextSteps.some((one) => one.step === wanted && one.isPossible);
  const byRequest = !isPossible("CANCEL"); // the warehouse has begun
  if (byRequest && !isPossible("REQUEST_CANCEL")) return null;
  const cancel = (): void =>
    task.run(async () => {
      const input = { id: order.id, accessToken: tokenOfOrder(order.id), reason: "CUSTOMER" as const };
      const answer = byRequest
        ? (await mutate(CancelRequestDocument, { input })).orderCancelRequest
        : (await mutate(CancelDocument, { input })).orderCancel;
      done();
      if ("errorCode" in answer) return wrong(answer);
      announce(byRequest ? say.requested : say.cancelled);
      return null;
    });
  return (
    <section class="cancel">
      <Problem wrong={task.wrong} />
      {isAsked ? (
        <>
          <p ref={question} tabIndex={-1}>{say.cancelSure}</p>
          <button type="button" disabled={task.isBusy} onClick={cancel}>{say.cancelYes}</button>{" "}
          <button type="button" onClick={() => ask(false)}>{say.keepIt}</button>
        </>
      ) : (
        <button type="button" onClick={() => ask(true)}>{byRequest ? say.requestCancel : say.cancel}</button>
      )}
    </section>
  );
}
