"""The tracking page and widget: where an order stands, for whoever has its link, in their language.

Owns the page, the widget's source and the words of both. `scripts/widget.py` puts the widget together into
`static/order-tracking.js`. Shows what `OrderTracking` says, and nothing beyond it.
"""
