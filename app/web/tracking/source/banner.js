/* <order-tracking token="…"> shows a buyer where an order stands, and keeps itself up to date.

   <script type="module" src="https://orders.example.com/static/order-tracking.js"></script>
   <order-tracking token="…"></order-tracking>

   Attributes, properties, events, parts, slots and languages: docs/tracking-widget.md. One file without
   dependencies, put together by scripts/widget.py from app/web/tracking. */
