"""The tracking page and widget: an order's status for everybody with its link, in their language.

Owns the page, the widget's source and their translations. `scripts/widget.py` builds the widget as
`static/order-tracking.js`. Shows only what `OrderTracking` contains.
"""
