"""Which events the timeline of an order shows to the buyer, and the title of each."""

from collections.abc import Mapping

_of_buyers: dict[str, str] = {}
_of_staff: dict[str, str] = {}


def set_titles(of_buyers: Mapping[str, str], of_staff: Mapping[str, str]) -> None:
    """Set the titles of events by name. Staff see the events of buyers too, some with other titles."""
    _of_buyers.clear()
    _of_buyers.update(of_buyers)
    _of_staff.clear()
    _of_staff.update({**of_buyers, **of_staff})


def buyer_sees(name: str) -> bool:
    """Whether an event name is shown to the buyer."""
    return name in _of_buyers


def is_about_payment(name: str) -> bool:
    """Whether an event is about a payment of the order."""
    return name.startswith("payment_")


def title_for_buyers(name: str) -> str:
    return _of_buyers[name]


def title_for_staff(name: str) -> str:
    """The title of an event; its name if it has none, as for events of other subjects."""
    return _of_staff.get(name, name)
