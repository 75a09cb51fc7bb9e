"""Commands on fulfillment orders, from allocation to shipping: pick lists, picking, packing, cancelling."""
