"""A simulated year of a shop: every order of a history is lived through, from the cart to the doorstep.

Seeded and in the order of time: pickers who find shelves short, carriers whose news come late and twice,
buyers who change their minds, suppliers who say no, parcels that come back. It calls the verbs that the API
calls and knows no other way; afterwards the books must add up. See scripts/simulate.
"""

from app.simulation.histories import from_file, invented
from app.simulation.running import simulate

__all__ = ["from_file", "invented", "simulate"]
