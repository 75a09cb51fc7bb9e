"""Prefixes of order numbers: unique by channel, so that no two channels produce the same number."""

from collections.abc import Iterable, Iterator

LONGEST_PREFIX = 10


def clash(one: str, other: str) -> bool:
    """Whether two prefixes can produce the same number: `A` and `A1` can, `A-` and `A1-` cannot."""
    shorter, longer = sorted((one, other), key=len)
    rest = longer.removeprefix(shorter)
    return longer.startswith(shorter) and (not rest or rest.isdigit())


def derived_prefix(code: str, taken: Iterable[str]) -> str:
    """A prefix derived from a channel's code that clashes with no taken one:

    `shop-fr` becomes `SHOP-`, or `SHOPF-` if that is taken.
    """
    others = list(taken)
    return next(each for each in _candidates(code) if not any(clash(each, other) for other in others))


def _candidates(code: str) -> Iterator[str]:
    letters = "".join(each for each in code.upper() if each.isascii() and each.isalnum()) or "ORDER"
    for length in range(4, LONGEST_PREFIX):
        yield letters[:length] + "-"
    number = 2
    while True:
        end = f"{number}-"
        yield letters[: LONGEST_PREFIX - len(end)] + end
        number += 1
