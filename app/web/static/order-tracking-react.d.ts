/** `<order-tracking>` in React's JSX, whose types stand in a namespace of React's own. */

import type { OrderTrackingJsx } from "./order-tracking";

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "order-tracking": OrderTrackingJsx;
    }
  }
}
