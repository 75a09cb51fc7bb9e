"""The totals of an order, calculated a second time: in fractions, from the rules of the documentation.

Uses no code of the application. An order consists of lines with a price, a tax class and quantities; codes;
shipping; a tax place. Each step returns the amount due.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from math import floor


def half_up(amount: Fraction) -> int:
    return floor(amount + Fraction(1, 2))


def shared(amount: int, weights: list[int]) -> list[int]:
    """Distribute an integer by weight; remainders go to the largest fractions, first one first."""
    exact = [Fraction(amount * weight, sum(weights)) for weight in weights]
    parts = [floor(part) for part in exact]
    by_loss = sorted(range(len(parts)), key=lambda each: (parts[each] - exact[each], each))
    for each in by_loss[: amount - sum(parts)]:
        parts[each] += 1
    return parts


@dataclass
class Code:
    name: str
    percent: Fraction | None = None
    amount: int | None = None
    shelf: str | None = None  # it applies only to lines of this category
    line: "Line | None" = None  # it applies only to this line: given by staff
    frees_shipping: bool = False
    off: dict[int, int] = field(default_factory=dict[int, int])  # the discount on each line, as last priced
    gone: int = 0  # the part of this and earlier discounts on cancelled units

    def is_for(self, line: "Line") -> bool:
        return (self.shelf is None or self.shelf == line.shelf) and (self.line is None or self.line is line)

    @property
    def is_limited(self) -> bool:
        return self.shelf is not None or self.line is not None


@dataclass(frozen=True)
class Gift:
    """A discount on a line given by staff: a percentage or an amount."""

    percent: Fraction | None = None
    amount: int | None = None


@dataclass
class Line:
    price: int
    tax_class: str
    wanted: int
    priced_units: int = 0
    priced_off: int = 0
    rate: Fraction = Fraction(0)
    sku: str = ""  # for a line of a catalog
    shelf: str = ""
    gift: Gift | None = None
    is_priced_by_hand: bool = False
    is_cancelled: bool = False  # some of its units

    @property
    def off(self) -> int:
        if not self.wanted or not self.priced_units:
            return 0
        return half_up(Fraction(self.priced_off * self.wanted, self.priced_units))

    @property
    def net(self) -> int:
        """The amount of the remaining units after discount, before tax."""
        return self.wanted * self.price - self.off


@dataclass
class Terms:
    """The recorded terms of an order: how its channel and shipping method calculate."""

    included: bool
    once_per_rate: bool
    rates: dict[str, dict[str, Fraction]]  # by place and class
    shipping: int = 0
    free_from: int | None = None
    free_after_discount: bool = False
    by_the_goods: bool = False


@dataclass
class Oracle:
    terms: Terms
    place: str
    lines: list[Line]
    codes: list[Code] = field(default_factory=list)
    postage: list[tuple[int, Fraction]] = field(default_factory=list)  # amounts, and their rates
    full_postage: int = 0  # before a code
    gifts: dict[int, Code] = field(default_factory=dict[int, Code])  # by line

    def __post_init__(self) -> None:
        for line in self.lines:
            line.rate = self._rate(line.tax_class)
        self._give({index: line.gift for index, line in enumerate(self.lines) if line.gift})
        self._price(set(range(len(self.lines))))
        worth = sum(line.wanted * line.price for line in self.lines)
        if self.terms.free_after_discount:
            worth -= sum(line.off for line in self.lines)
        is_free = self.terms.free_from is not None and worth >= self.terms.free_from
        self.full_postage = 0 if is_free else self.terms.shipping
        self._post()

    def _rate(self, tax_class: str) -> Fraction:
        return self.terms.rates[self.place].get(tax_class, Fraction(0))

    @property
    def _all_codes(self) -> list[Code]:
        """The discounts given by staff, line by line, and then the codes."""
        return [*(self.gifts[index] for index in sorted(self.gifts)), *self.codes]

    def _give(self, gifts: dict[int, Gift | None]) -> None:
        for index, gift in gifts.items():
            self.lines[index].gift = gift
            self.gifts.pop(index, None)
            if gift is not None:
                self.gifts[index] = Code("", gift.percent, gift.amount, line=self.lines[index])

    def _linked(self, changed: set[int]) -> set[int]:
        """The changed lines, and those connected to them by a code."""
        found: set[int] = set()
        todo = list(changed)
        while todo:
            line = todo.pop()
            if line not in found:
                found.add(line)
                pots = [
                    code
                    for code in self._all_codes
                    if code.is_for(self.lines[line]) and not code.frees_shipping
                ]
                todo += [i for i, other in enumerate(self.lines) if any(pot.is_for(other) for pot in pots)]
        return found

    def _price(self, again: set[int]) -> None:
        """Distribute the codes over the remaining units of some lines."""
        wanted = [index for index in sorted(again) if self.lines[index].wanted]
        left = {index: self.lines[index].wanted * self.lines[index].price for index in wanted}
        for code in self._all_codes:
            if not any(code.is_for(self.lines[index]) for index in again):
                continue
            worth = [left[index] if code.is_for(self.lines[index]) else 0 for index in wanted]
            if code.percent is not None:
                off = half_up(sum(worth) * code.percent / 100)
            else:
                off = min(sum(worth), max(0, (code.amount or 0) - code.gone))
            parts = shared(off, worth) if sum(worth) else [0] * len(worth)
            code.off = dict(zip(wanted, parts, strict=True))
            left = {index: left[index] - part for index, part in code.off.items()}
        for index in wanted:
            line = self.lines[index]
            line.priced_units, line.priced_off = line.wanted, line.wanted * line.price - left[index]

    def _post(self) -> None:
        amount = 0 if any(code.frees_shipping for code in self.codes) else self.full_postage
        worth: dict[Fraction, int] = {}
        full: dict[Fraction, int] = {}
        for line in self.lines:
            worth[line.rate] = worth.get(line.rate, 0) + line.net
            full[line.rate] = full.get(line.rate, 0) + line.wanted * line.price
        by_rate = worth if any(worth.values()) else full
        if self.terms.by_the_goods and any(by_rate.values()):
            parts = shared(amount, list(by_rate.values()))
            self.postage = list(zip(parts, by_rate, strict=True))
        elif self.terms.by_the_goods:
            self.postage = [(amount, next(iter(by_rate)))]
        else:
            self.postage = [(amount, self._rate("standard"))]

    def cancel(self, units: dict[int, int]) -> None:
        """Cancel units of lines, with their part of each code."""
        before = [line.off for line in self.lines]
        for index, count in units.items():
            self.lines[index].wanted -= count
            self.lines[index].is_cancelled = self.lines[index].is_cancelled or count > 0
        gone = [was - line.off for was, line in zip(before, self.lines, strict=True)]
        codes = self._all_codes
        if not any(code.is_limited for code in codes):
            # All codes together.
            self._gone(sum(gone), [sum(code.off.values()) for code in codes])
        else:
            for index, part in enumerate(gone):
                self._gone(part, [code.off.get(index, 0) for code in codes])

    def _gone(self, amount: int, weights: list[int]) -> None:
        if amount and any(weights):
            for code, part in zip(self._all_codes, shared(amount, weights), strict=True):
                code.gone += part

    def edit(
        self,
        units: dict[int, int],
        added: list[Line] | None = None,
        codes: list[Code] | None = None,
        place: str | None = None,
        prices: dict[int, int] | None = None,
        gifts: dict[int, Gift | None] | None = None,
    ) -> None:
        """Set quantities of lines; add lines; change codes, destination,
        prices and discounts set by staff.
        """
        prices, gifts = prices or {}, gifts or {}
        changed = {index for index, count in units.items() if count > self.lines[index].wanted}
        changed |= {index for index, price in prices.items() if price != self.lines[index].price}
        changed |= {index for index, gift in gifts.items() if gift != self.lines[index].gift}
        first_new = len(self.lines)
        self.lines += added or []
        changed |= set(range(first_new, len(self.lines)))
        again = self._linked(changed) if codes is None else set(range(len(self.lines)))
        # The discount on removed lines is given to their replacements.
        out = {i: self.lines[i].wanted for i, n in units.items() if n == 0 and i not in again}
        self.cancel({index: count for index, count in out.items() if count})
        self._give({index: gift for index, gift in gifts.items() if gift != self.lines[index].gift})
        self._give(
            {index: line.gift for index, line in enumerate(self.lines) if index >= first_new and line.gift}
        )
        for index, price in prices.items():
            self.lines[index].price = price
        for index, count in units.items():
            self.lines[index].wanted = count
        if place is not None and place != self.place:
            self.place = place
            for line in self.lines:
                line.rate = self._rate(line.tax_class) if line.wanted else line.rate
            moved = True
        else:
            moved = False
        for line in added or []:
            line.rate = self._rate(line.tax_class)
        if codes is not None:
            known = {code.name: code for code in self.codes}
            self.codes = [known.get(code.name, code) for code in codes]
        self._price(again)
        if moved or codes is not None or (again and self.terms.by_the_goods):
            self._post()

    @property
    def due(self) -> int:
        """The amount due for the remaining units; shipping is included while there are any."""
        if not any(line.wanted for line in self.lines):
            return 0
        amounts = [(line.net, line.rate) for line in self.lines if line.wanted] + self.postage
        if self.terms.once_per_rate:
            bases: dict[Fraction, int] = {}
            for amount, rate in amounts:
                bases[rate] = bases.get(rate, 0) + amount
            amounts = [(amount, rate) for rate, amount in bases.items()]
        total = 0
        for amount, rate in amounts:
            total += amount
            if not self.terms.included:
                total += half_up(amount * rate)
        return total

    @property
    def tax(self) -> int:
        """The tax in or on the remaining units."""
        if not any(line.wanted for line in self.lines):
            return 0
        amounts = [(line.net, line.rate) for line in self.lines if line.wanted] + self.postage
        bases: dict[Fraction, list[int]] = {}
        for amount, rate in amounts:
            bases.setdefault(rate, []).append(amount)
        tax = 0
        for rate, parts in bases.items():
            for amount in [sum(parts)] if self.terms.once_per_rate else parts:
                tax += (
                    amount - half_up(amount / (1 + rate)) if self.terms.included else half_up(amount * rate)
                )
        return tax
