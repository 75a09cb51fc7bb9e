"""From which locations a demand is met: pure, without I/O.

Filter the locations that may send at all, choose among them by the channel's strategy within its split
rules, and say of every location why it was chosen or why not. See docs/sourcing.md.
"""

from app.inventory.sourcing.choosing import choose
from app.inventory.sourcing.decision import DecidedCandidate, DecidedPick, SourcingDecision
from app.inventory.sourcing.geography import Place, great_circle_km
from app.inventory.sourcing.opening import Hours, next_open_day, ships_on, zone_of
from app.inventory.sourcing.plan import Candidate, Offer, Pick, Plan, Site, Verdict
from app.inventory.sourcing.policy import DropShip, Policy, ShortPick, Split, Strategy

__all__ = [
    "Candidate",
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
    "ships_on",
    "zone_of",
]
