"""Which events the timeline of an order shows to the buyer, and the title of each."""

from collections.abc import Mapping

_of_buyers: dict[str, str] = {}
_of_staff: dict[str, str] = {}


def titles_are(of_buyers: Mapping[str, str], of_staff: Mapping[str, str]) -> None:
    """Say what events are called, by their names. Staff see those of buyers too, some by other titles."""
    _of_buyers.clear()
    _of_buyers.update(of_buyers)
    _of_staff.clear()
    _of_staff.update({**of_buyers, **of_staff})


def buyer_sees(name: str) -> bool:
    """Whether the buyer is told of events of a name."""
    return name in _of_buyers


def title_for_buyers(name: str) -> str:
    return _of_buyers[name]


def title_for_staff(name: str) -> str:
    """The title of an event; its name where it has none, as events of other subjects."""
    return _of_staff.get(name, name)
