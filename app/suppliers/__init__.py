"""Suppliers: from whom things are bought, for how much, and what is on order.

Owns suppliers, what each of them sells, and purchase orders. Promises that what is on order stands in the
inventory as incoming, so that it can be promised to buyers, and that what is received is received at what
was agreed. What should be bought is `planning`'s to say.
"""
