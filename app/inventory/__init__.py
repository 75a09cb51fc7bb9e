"""Inventory: stock and its locations, and what moves it.

- `locations`: locations, the channels that sell from them, and sourcing policies.
- `sourcing`: from which locations an order ships; pure.
- `stock`: levels, the ledger, reservations, lots, incoming stock, backlog, available to promise, and value.
- `receiving`, `transfers`, `counts`, `kits`: operations that change stock, independent of each other.

Inventory knows no orders: a reservation names its claimant by kind and ID.
"""
