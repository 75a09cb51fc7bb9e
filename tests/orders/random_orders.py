"""Random orders and changes of them, for the application and the oracle alike."""

from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random
from typing import Any

from tests.orders.oracle import Code, Gift, Line, Oracle, Terms

RATES = {
    "EUR": {
        "home": {"standard": Fraction("0.24"), "reduced": Fraction("0.1")},
        "abroad": {"standard": Fraction("0.25"), "reduced": Fraction("0.065")},
    },
    "JPY": {
        "home": {"standard": Fraction("0.1"), "reduced": Fraction("0.08")},
        "abroad": {"standard": Fraction("0.19"), "reduced": Fraction("0.07")},
    },
    "KWD": {
        "home": {"standard": Fraction("0.15"), "reduced": Fraction("0.05")},
        "abroad": {"standard": Fraction("0.0825"), "reduced": Fraction("0")},
    },
}
PRICES = {"EUR": 12_000, "JPY": 9_000, "KWD": 40_000}  # maximum prices in minor units


@dataclass(frozen=True)
class Step:
    """A change of an order: a cancellation, or an edit."""

    kind: str  # cancel, edit or correct
    units: dict[int, int] = field(default_factory=dict)  # by line: to cancel, or the new quantity
    added: tuple[Line, ...] = ()
    codes: tuple[Code, ...] | None = None
    place: str | None = None
    prices: dict[int, int] = field(default_factory=dict)  # by line: set by hand
    gifts: dict[int, Gift | None] = field(default_factory=dict)  # by line: given by hand


@dataclass(frozen=True)
class Case:
    currency: str
    terms: Terms
    lines: tuple[Line, ...]
    codes: tuple[Code, ...]

    def oracle(self) -> Oracle:
        return Oracle(self.terms, "home", deepcopy(list(self.lines)), deepcopy(list(self.codes)))


SHELVES = ["cups", "plates", "pans"]


def a_line(rng: Random, currency: str) -> Line:
    tax_class = rng.choice(["standard", "reduced"])
    price, gift = rng.randint(1, PRICES[currency]), a_gift(rng, currency) if rng.random() < 0.1 else None
    return Line(price, tax_class, rng.randint(1, 9), shelf=rng.choice(SHELVES), gift=gift)


def a_gift(rng: Random, currency: str) -> Gift:
    if rng.random() < 0.5:
        return Gift(percent=Fraction(rng.randint(1, 10_000), 100))
    return Gift(amount=rng.randint(1, PRICES[currency]))


def some_codes(rng: Random, currency: str, lines: Iterable[Line]) -> tuple[Code, ...]:
    """Codes that apply to some of the lines."""
    codes = [
        Code("TENTH", percent=Fraction(10)),
        Code("THIRD", percent=Fraction("33.33")),
        Code("FIVER", amount=PRICES[currency] // 24),
        Code("LARGE", amount=PRICES[currency] // 2),
        Code("CUPS", percent=Fraction("17.5"), shelf="cups"),
        Code("SOMECUPS", amount=PRICES[currency] // 9, shelf="cups"),
        Code("PLATES", amount=PRICES[currency] // 3, shelf="plates"),
        Code("POSTFREE", frees_shipping=True),
    ]
    wanted = [line for line in lines if line.wanted]
    good = [code for code in codes if any(map(code.is_for, wanted))]
    return tuple(rng.sample(good, rng.choice([0, 1, 1, 2, 3])))


def a_case(rng: Random, currency: str | None = None, terms: Terms | None = None) -> Case:
    currency = currency or rng.choice(["EUR", "JPY", "KWD"])
    terms = terms or Terms(
        included=rng.random() < 0.5,
        once_per_rate=rng.random() < 0.5,
        rates=RATES[currency],
        shipping=rng.choice([0, rng.randint(1, PRICES[currency] // 10)]),
        free_from=rng.choice([None, None, PRICES[currency] * 2]),
        free_after_discount=rng.random() < 0.5,
        by_the_goods=rng.random() < 0.4,
    )
    lines = tuple(a_line(rng, currency) for _ in range(rng.randint(1, 5)))
    return Case(currency, terms, lines, some_codes(rng, currency, lines))


def steps(
    rng: Random, case: Case, oracle: Oracle, count: int, new_line: Callable[[], Line] | None = None
) -> Iterator[Step]:
    """Random steps, depending on the oracle's state; the caller applies them to the oracle."""
    for _ in range(count):
        wanted = [index for index, line in enumerate(oracle.lines) if line.wanted]
        if not wanted:
            return
        kind = rng.choice(
            [
                "cancel",
                "cancel",
                "down",
                "out",
                "up",
                "add",
                "codes",
                "move",
                "correct",
                "several",
                "swap",
                "price",
                "give",
            ]
        )
        line = rng.choice(wanted)
        has = oracle.lines[line].wanted
        if kind == "cancel":
            chosen = rng.sample(wanted, rng.randint(1, min(2, len(wanted))))
            yield Step("cancel", {each: rng.randint(1, oracle.lines[each].wanted) for each in chosen})
        elif kind == "down" and has > 1:
            yield Step("edit", {line: rng.randint(1, has - 1)})
        elif kind == "out" and len(wanted) > 1:
            yield Step("edit", {line: 0})
        elif kind == "up":
            yield Step("edit", {line: has + rng.randint(1, 5)})
        elif kind == "add":
            yield Step("edit", added=(new_line() if new_line else a_line(rng, case.currency),))
        elif kind == "codes":
            codes = some_codes(rng, case.currency, oracle.lines)
            if [each.name for each in codes] != [each.name for each in oracle.codes]:
                yield Step("edit", codes=codes)
        elif kind == "move":
            yield Step("edit", place="home" if oracle.place == "abroad" else "abroad")
        elif kind == "swap":
            new = new_line() if new_line else a_line(rng, case.currency)
            yield Step("edit", {line: 0}, added=(new,))
        elif kind == "price" and not oracle.lines[line].is_cancelled:
            price = rng.randint(0, PRICES[case.currency])
            if price != oracle.lines[line].price:
                yield Step("edit", prices={line: price})
        elif kind == "give":
            gift = rng.choice([None, a_gift(rng, case.currency)])
            # The same units with another discount, or more of them with it.
            units = {line: has + 1} if rng.random() < 0.2 else {}
            if gift != oracle.lines[line].gift:
                yield Step("edit", units, gifts={line: gift})
        elif kind == "several" and len(wanted) > 1:
            other = next(each for each in wanted if each != line)
            place = rng.choice([None, "home", "abroad"])
            place = None if place == oracle.place else place
            yield Step("edit", {line: 0, other: oracle.lines[other].wanted + 1}, place=place)
        else:
            yield Step("correct")


def take(oracle: Oracle, step: Step) -> None:
    """Apply a step to the oracle."""
    if step.kind == "cancel":
        oracle.cancel(step.units)
    elif step.kind == "edit":
        oracle.edit(
            step.units,
            deepcopy(list(step.added)),
            None if step.codes is None else deepcopy(list(step.codes)),
            step.place,
            step.prices,
            step.gifts,
        )


def failure(case: Case, step: Step | None) -> Any:
    """The message of a failed comparison."""
    return {"case": case, "step": step}
