"""Simulates a year of a shop: each order of a history passes through its whole life, from cart to delivery.

The simulation is seeded and runs in chronological order. Pickers find shelves short, carriers report late and
twice, buyers cancel or change orders, suppliers refuse, parcels come back. It calls the same commands as the
API. Afterwards the books must balance. See scripts/simulate.
"""

from app.simulation.histories import from_file, invented
from app.simulation.running import simulate

__all__ = ["from_file", "invented", "simulate"]
