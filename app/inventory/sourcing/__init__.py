"""Sourcing: chooses the locations that ship a demand. Pure functions without I/O.

Filters the locations that can ship, chooses among them by the channel's strategy and split rules, and
explains the decision for every location. See docs/sourcing.md.
"""

from app.inventory.sourcing.choosing import choose
from app.inventory.sourcing.decision import DecidedCandidate, DecidedPick, SourcingDecision
from app.inventory.sourcing.geography import Place, great_circle_km
from app.inventory.sourcing.opening_hours import Hours, next_open_day, ready_at, ships_on, zone_of
from app.inventory.sourcing.plan import Offer, Pick, Plan, Site, Verdict
from app.inventory.sourcing.policy import DropShip, Policy, ShortPick, Split, Strategy

__all__ = [
    "DecidedCandidate",
    "DecidedPick",
    "DropShip",
    "Hours",
    "Offer",
    "Pick",
    "Place",
    "Plan",
    "Policy",
    "ShortPick",
    "Site",
    "SourcingDecision",
    "Split",
    "Strategy",
    "Verdict",
    "choose",
    "great_circle_km",
    "next_open_day",
    "ready_at",
    "ships_on",
    "zone_of",
]
