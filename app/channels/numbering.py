"""What order numbers begin with: each channel's own, so that no two channels can give the same number."""

from collections.abc import Iterable, Iterator

LONGEST_PREFIX = 10


def clash(one: str, other: str) -> bool:
    """Whether two prefixes could lead to the same number: `A` and `A1` could, `A-` and `A1-` could not."""
    shorter, longer = sorted((one, other), key=len)
    rest = longer.removeprefix(shorter)
    return longer.startswith(shorter) and (not rest or rest.isdigit())


def derived_prefix(code: str, taken: Iterable[str]) -> str:
    """A prefix made of a channel's code that clashes with none of those that are taken: `shop-fr` gives
    `SHOP-`, or `SHOPF-` where that is taken.
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
