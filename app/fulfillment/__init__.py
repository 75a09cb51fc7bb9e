"""Fulfillment: from allocation to delivery.

Owns fulfillment orders (the part of an order that one location ships), pick lists, packages, shipments,
carriers and tracking. No unit is allocated twice; shipped units leave the stock in the same transaction;
each step can be undone until the units have left. Reports progress to orders; does not handle money.
"""
