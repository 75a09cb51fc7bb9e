/** Types of the `<order-tracking>` element, for TypeScript, JSX and editors. See docs/tracking-widget.md. */

export type TrackingStage =
  | "RECEIVED" | "CONFIRMED" | "PREPARING" | "PARTIALLY_SHIPPED" | "SHIPPED" | "OUT_FOR_DELIVERY" | "DELIVERED"
  | "READY_FOR_PICKUP" | "PARTIALLY_COLLECTED" | "COLLECTED" | "CANCELLED";

export type ShipmentStage =
  | "LABEL_CREATED" | "PICKED_UP" | "IN_TRANSIT" | "OUT_FOR_DELIVERY" | "FAILED_ATTEMPT" | "EXCEPTION" | "DELIVERED"
  | "RETURNED_TO_SENDER";

export type OrderStatus = "DRAFT" | "PLACED" | "CONFIRMED" | "COMPLETED" | "CANCELLED" | "EXPIRED";

export interface TrackingEvent {
  number: number;
  /** What happened, for programs, such as `order_placed`. */
  name: string;
  /** What happened, in English. */
  title: string;
  /** ISO 8601. */
  at: string;
}

export interface TimelineEvent extends TrackingEvent {
  /** The day by which the order was to arrive from then on (ISO 8601), where the event is about that day. */
  promisedOn: string | null;
  stage: ShipmentStage | null;
  shipmentId: string | null;
  packageId: string | null;
}

export interface TrackingLine {
  name: string;
  variant: string | null;
  quantity: number;
  quantityCancelled: number;
  quantityShipped: number;
  quantityDelivered: number;
}

export interface TrackingPackage {
  id: string;
  shipmentId: string;
  carrier: string;
  trackingNumber: string | null;
  trackingUrl: string | null;
  stage: ShipmentStage;
  stageTitle: string;
  shippedAt: string;
  deliveredAt: string | null;
  contents: { name: string; quantity: number }[];
}

export interface OrderTrackingState {
  number: string;
  shop: string;
  status: OrderStatus;
  stage: TrackingStage;
  stageTitle: string;
  /** Whether the order is picked up at a location. */
  isPickup: boolean;
  isDelayed: boolean;
  promisedOn: string | null;
  placedAt: string | null;
  lines: TrackingLine[];
  packages: TrackingPackage[];
  timeline: TimelineEvent[];
}

export interface OrderTrackingUpdate {
  cursor: string;
  event: TrackingEvent | null;
  tracking: OrderTrackingState;
  /** What has happened since the update before; empty for the first. */
  events: TimelineEvent[];
}

export type Plural = Partial<Record<"zero" | "one" | "two" | "few" | "many", string>> & { other: string };

/** Words of the page's own: for another language as a whole, or some of them for one that is built in. */
export interface OrderTrackingWords {
  /** The language tag of a language that is not built in, such as `fr-FR`. */
  locale?: string;
  direction?: "ltr" | "rtl";
  stage?: Partial<Record<TrackingStage, string>>;
  step?: Partial<Record<"RECEIVED" | "CONFIRMED" | "PREPARING" | "SHIPPED" | "DELIVERED", string>>;
  shipment?: Partial<Record<ShipmentStage, string>>;
  event?: Record<string, string>;
  text?: Record<string, string | Plural>;
}

export interface OrderTrackingAttributes {
  /** The order's `trackingToken`. Nothing is asked for until there is one. */
  token?: string | null;
  /** The GraphQL address; by default that of the server which the script came from. */
  endpoint?: string | null;
  /** A language tag; by default the page's language, else the browser's. */
  locale?: string | null;
  /** By default the colour scheme of the page. */
  theme?: "light" | "dark" | "auto" | null;
  /** By default a WebSocket, Server-Sent Events where that does not work, and asking again and again where neither does. */
  transport?: "websocket" | "events" | "polling" | null;
}

export interface OrderTrackingElement extends HTMLElement, OrderTrackingAttributes {
  /** The level of the first heading, 1 to 6; 2 by default. */
  headingLevel: string | number | null;
  words: OrderTrackingWords | null;
  readonly tracking: OrderTrackingState | null;
}

export interface OrderTrackingEventMap {
  "order-tracking-update": CustomEvent<OrderTrackingUpdate>;
  "order-tracking-unknown": CustomEvent<Record<string, never>>;
  "order-tracking-unreachable": CustomEvent<{ endpoint: string }>;
}

export type OrderTrackingJsx = OrderTrackingAttributes & {
  "heading-level"?: 1 | 2 | 3 | 4 | 5 | 6;
  words?: OrderTrackingWords | null;
  id?: string;
  class?: string;
  className?: string;
  lang?: string;
  slot?: string;
  style?: unknown;
  ref?: unknown;
  key?: string | number;
  children?: unknown;
};

declare global {
  interface HTMLElementTagNameMap {
    "order-tracking": OrderTrackingElement;
  }
  interface HTMLElementEventMap extends OrderTrackingEventMap {}
  namespace JSX {
    interface IntrinsicElements {
      "order-tracking": OrderTrackingJsx;
    }
  }
}
