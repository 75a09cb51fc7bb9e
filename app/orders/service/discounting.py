"""Which of the requested codes are valid for a cart or an order, and for which of its lines."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.catalog import queries as catalog
from app.channels.models import Channel
from app.core.money import Money
from app.core.problems import ProblemCode
from app.core.refusals import Problems
from app.orders.cart import NOTHING, CartWarningCode, SetAside
from app.orders.models import Order, OrderLine
from app.orders.pinned import PinnedDiscount, codes_of
from app.orders.service.faults import CartProblems
from app.promotions import queries as promotions
from app.promotions.models import LONGEST_DISCOUNT_CODE, Discount
from app.promotions.scope import Buyer, is_for, is_limited, scope_of
from app.promotions.service import used_by_buyer

MOST_CODES = 20


@dataclass(frozen=True, slots=True)
class DiscountBasis:
    """What codes are checked against: variants and amounts of lines, buyer, country and time."""

    channel: Channel
    variants: Sequence[UUID]  # by line
    gross: Sequence[int]  # by line, before discounts
    buyer: Buyer
    country: str | None
    at: datetime
    is_cart: bool = False
    order_id: UUID | None = None  # a placed order, whose own uses do not count
    gift_cards: Sequence[
        bool
    ] = ()  # by line, whether it is a gift card, which no code applies to; empty: none


@dataclass(frozen=True, slots=True)
class Chosen:
    """A valid code, and whether it applies to each line; None: to all."""

    discount: Discount
    lines: Sequence[bool] | None = None

    def positions(self, positions: Iterable[int]) -> list[int] | None:
        """The positions among `positions` that it applies to; None: all."""
        if self.lines is None:
            return None
        return [at for at, is_for in zip(positions, self.lines, strict=True) if is_for]


async def usable_discounts(
    codes: Sequence[str], basis: DiscountBasis, faults: CartProblems, *, pinned: Collection[str] = ()
) -> list[Chosen]:
    """The discounts of valid codes; problems are noted.

    Codes that are `pinned` belong to the order already and are not checked. A cart that cannot use a code
    gets a warning with the reason, and the code applies as soon as it can.
    """
    wanted = checked_codes(codes, faults.problems)
    new = [code for code in wanted if code not in pinned]
    known = await promotions.discounts(basis.channel.id, new) if new else {}
    by_line = await _lines(list(known.values()), basis)
    counted = [each.id for each in known.values() if each.uses_per_customer is not None]
    uses = await promotions.uses_by(basis.buyer, counted, other_than=basis.order_id) if counted else {}
    chosen = []
    for index, code in enumerate(wanted):
        if code in pinned:
            continue
        found = known.get(code)
        each = Chosen(found, by_line.get(found.id)) if found and _is_open(found, basis.at) else None
        why = (
            _why_not(each, basis, uses) if each else DiscountProblem(ProblemCode.DISCOUNT_NOT_VALID, NOT_GOOD)
        )
        if why is not None:
            _unusable(faults, index, code, why, basis)
        elif each is not None:
            chosen.append(each)
    return chosen


async def _lines(discounts: Sequence[Discount], basis: DiscountBasis) -> dict[UUID, list[bool]]:
    """For codes that do not apply to all lines, by id: whether the code applies to each."""
    found = {}
    limited = [each for each in discounts if is_limited(each)]
    if limited:
        shelves = await catalog.shelves_of(dict.fromkeys(basis.variants))
        found = {each.id: scope_of(each, shelves, basis.variants) for each in limited}
    if any(basis.gift_cards):
        for each in discounts:
            own = found.get(each.id) or [True] * len(basis.variants)
            found[each.id] = [on and not card for on, card in zip(own, basis.gift_cards, strict=True)]
    return found


@dataclass(frozen=True, slots=True)
class DiscountProblem:
    """Why a code cannot be used, with the values for the message."""

    code: ProblemCode
    message: str
    minimum: Money | None = None
    maximum: int | None = None
    country: str | None = None


NOT_GOOD = "This discount code is not valid."


def _why_not(chosen: Chosen, basis: DiscountBasis, uses: Mapping[UUID, int]) -> DiscountProblem | None:
    """Why an order cannot use a valid code; None if it can."""
    discount = chosen.discount
    if discount.countries and basis.country and basis.country not in discount.countries:
        text = f"This discount code is not valid for orders to {basis.country}."
        return DiscountProblem(ProblemCode.DISCOUNT_NOT_TO_COUNTRY, text, country=basis.country)
    limit = discount.uses_per_customer
    if limit is not None and uses.get(discount.id, 0) >= limit:
        return DiscountProblem(ProblemCode.DISCOUNT_CUSTOMER_LIMIT, used_by_buyer(limit), maximum=limit)
    lines = chosen.lines
    if lines is not None and not any(lines):
        return DiscountProblem(
            ProblemCode.DISCOUNT_NO_LINES, "This discount code does not apply to any line."
        )
    gross = sum(
        basis.gross if lines is None else (g for g, is_for in zip(basis.gross, lines, strict=True) if is_for)
    )
    if gross < discount.minimum_minor:
        text = "The order is below the minimum of this discount code."
        minimum = Money(discount.minimum_minor, basis.channel.currency)
        return DiscountProblem(ProblemCode.DISCOUNT_MINIMUM, text, minimum=minimum)
    return None


def checked_codes(codes: Sequence[str], problems: Problems) -> list[str]:
    """Normalized codes without repeats; too many are noted."""
    wanted = list(dict.fromkeys(code.strip().upper() for code in codes))
    if len(wanted) > MOST_CODES:
        text = f"An order can have at most {MOST_CODES} discount codes."
        problems.add(text, "discount_codes", code=ProblemCode.TOO_MANY, maximum=MOST_CODES)
        return []
    bad = [index for index, code in enumerate(wanted) if not 1 <= len(code) <= LONGEST_DISCOUNT_CODE]
    for index in bad:
        text = f"A discount code has 1 to {LONGEST_DISCOUNT_CODE} characters."
        path = ("discount_codes", str(index))
        problems.add(text, *path, code=ProblemCode.WRONG_LENGTH, minimum=1, maximum=LONGEST_DISCOUNT_CODE)
    return [] if bad else wanted


def _unusable(
    faults: CartProblems, index: int, code: str, why: DiscountProblem, basis: DiscountBasis
) -> None:
    """Note an unusable code as a problem or as set aside."""
    if code in faults.had.codes or basis.is_cart:
        faults.aside.discount_codes.append(code)
        faults.aside.warn(
            CartWarningCode(why.code.value),
            why.message,
            "discount_codes",
            given=code,
            minimum_minor=why.minimum.minor if why.minimum else None,
            maximum=why.maximum,
            country=why.country,
        )
        return
    path, given = ("discount_codes", str(index)), code[:80]
    if why.minimum is not None:
        faults.problems.add(why.message, *path, code=why.code, given=given, minimum_amount=why.minimum)
    elif why.maximum is not None:
        faults.problems.add(why.message, *path, code=why.code, given=given, maximum=why.maximum)
    elif why.country is not None:
        faults.problems.add(why.message, *path, code=why.code, given=given, country=why.country)
    else:
        faults.problems.add(why.message, *path, code=why.code, given=given)


def _is_open(discount: Discount, at: datetime) -> bool:
    return (
        (discount.starts_at is None or at >= discount.starts_at)
        and (discount.ends_at is None or at < discount.ends_at)
        and (discount.usage_limit is None or discount.used < discount.usage_limit)
    )


async def discounts_after(
    order: Order,
    codes: Sequence[str] | None,
    basis: DiscountBasis,
    lines: Sequence[OrderLine],
    problems: Problems,
) -> list[PinnedDiscount] | None:
    """The discounts of an order after an edit with other codes; those that it has already are unchanged."""
    wanted = None if codes is None else checked_codes(codes, problems)
    if wanted is None or wanted == order.discount_codes:
        return None
    pinned = codes_of(order)
    faults = CartProblems(problems, SetAside(), NOTHING)
    new = await usable_discounts(wanted, basis, faults, pinned=pinned)
    places = [line.position for line in lines]
    by_code = pinned | {
        each.discount.code: PinnedDiscount.of(each.discount, each.positions(places)) for each in new
    }
    return [by_code[code] for code in wanted if code in by_code]


async def reached_by(
    order: Order, lines: Sequence[OrderLine], added: Sequence[OrderLine]
) -> dict[str, list[int]]:
    """By code: the positions of new lines that a discount of the order applies to, if it does not apply to
    all lines. One that applied to all lines until gift cards are added has the positions of all others."""
    codes = codes_of(order) if added else {}
    if not codes:
        return {}
    shelves = await catalog.shelves_of([line.variant_id for line in added])
    has_cards = any(line.is_gift_card for line in added)
    return {
        code: [
            *(line.position for line in lines if each.positions is None),
            *(
                line.position
                for line in added
                if not line.is_gift_card and is_for(each, shelves.get(line.variant_id))
            ),
        ]
        for code, each in codes.items()
        if has_cards or each.positions is not None
    }
