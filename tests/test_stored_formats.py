"""JSON columns are read as they were written, including earlier formats."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, NamedTuple
from uuid import UUID

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tortoise import Model
from tortoise.fields import JSONField

import app.main  # noqa: F401  # with it come all models
from app.access.refund_limits import shown_limits, stored_limits
from app.channels.lifecycle import FreeFromBasis, ShippingTax
from app.core.ids import to_global
from app.core.money import Money
from app.core.refusals import Problems
from app.core.units import units_from_json, units_to_json
from app.customers.contact import AddressData
from app.fulfillment import contents
from app.fulfillment.carrier_adapters import TrackingNews
from app.fulfillment.lifecycle import ShipmentStage
from app.inventory.receiving.landed_costs import LandedCost, SpreadBy, landed_from_json, landed_to_json
from app.inventory.sourcing import (
    DecidedCandidate,
    DecidedPick,
    Hours,
    SourcingDecision,
    Split,
    Strategy,
    Verdict,
)
from app.notifications.facts import LineChange as ToldChange
from app.notifications.facts import MessageFacts
from app.orders import components
from app.orders.adjusting import Adjustments, GivenDiscount, SetPrice
from app.orders.cart import AsideLine, CartWarning, CartWarningCode, SetAside
from app.orders.destination import Destination
from app.orders.editing import Amounts, Difference, LineChange, LineState
from app.orders.gift_cards import GiftRecipient
from app.orders.pickup import Pickup
from app.orders.pinned import PinnedDiscount, discounts_as_json, discounts_of
from app.orders.proration import ProratedTax, ShippingShare
from app.orders.recorded import (
    CancelledLine,
    ShippingTerms,
    shares_as_json,
    shares_recorded,
    taxes_as_json,
    taxes_from_json,
)
from app.orders.rule_warnings import RuleWarning, warnings_from_json, warnings_to_json
from app.payments.gateways.protocol import ActionKind, ClientAction

TEXT = st.text(max_size=6)
UNITS = st.integers(0, 10**8)
MINOR = st.integers(-(10**12), 10**12)
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
MINUTES = st.times().map(lambda each: each.replace(second=0, microsecond=0))
MOMENTS = st.builds(datetime.combine, DAYS, st.times(), st.just(UTC))
PERCENT = st.decimals(0, 100, places=2)
RATE = st.decimals(0, 1, places=5)
LOTS = st.dictionaries(TEXT, st.integers(1, 1000), max_size=3)
METADATA = st.dictionaries(TEXT, TEXT | UNITS | st.none(), max_size=2)


def several(each: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[list[Any]]:
    return st.lists(each, min_size=least, max_size=3)


def or_none(each: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | each


SOURCING = st.builds(
    SourcingDecision,
    several(st.builds(DecidedPick, st.uuids(), st.uuids(), UNITS)).map(tuple),
    several(
        st.builds(DecidedCandidate, st.uuids(), st.sampled_from(Verdict), TEXT, UNITS, or_none(DAYS))
    ).map(tuple),
    st.sampled_from(Strategy),
    st.sampled_from(Split),
    st.booleans(),
    st.booleans(),
)
HOURS = st.builds(
    Hours,
    st.sampled_from(["Europe/Berlin", "Pacific/Honolulu"]),
    st.dictionaries(st.integers(0, 6), st.tuples(MINUTES, MINUTES)),
    or_none(MINUTES),
    st.frozensets(DAYS, max_size=3),
)
AMOUNTS = st.builds(Amounts, *[MINOR] * 9)
STATES = st.builds(LineState, UNITS, MINOR, MINOR)
EDITS = st.builds(
    Difference,
    st.just("EUR"),
    AMOUNTS,
    AMOUNTS,
    several(st.builds(LineChange, st.uuids(), TEXT, or_none(STATES), STATES)),
    st.dictionaries(TEXT, st.integers(-100, 100), max_size=3),
    several(TEXT),
    or_none(DAYS),
    or_none(DAYS),
)
FACTS = st.builds(
    MessageFacts,
    or_none(DAYS),
    or_none(DAYS),
    or_none(st.uuids()),
    several(st.uuids()).map(tuple),
    TEXT,
    several(st.builds(ToldChange, TEXT, or_none(UNITS), UNITS)).map(tuple),
    several(TEXT).map(tuple),
    or_none(MINOR),
    TEXT,
    or_none(DAYS),
    st.booleans(),
    st.booleans(),
    or_none(st.uuids()),
    or_none(DAYS),
    several(st.uuids()).map(tuple),
    or_none(MOMENTS),
    several(st.uuids()).map(tuple),
    or_none(st.uuids()),
)
CANCELLED = st.builds(CancelledLine, st.uuids(), UNITS, MINOR, or_none(TEXT), or_none(MINOR), or_none(MINOR))
ADJUSTMENTS = st.builds(
    Adjustments,
    or_none(st.builds(SetPrice, MINOR, TEXT, TEXT, TEXT)),
    or_none(st.builds(GivenDiscount, or_none(PERCENT), or_none(MINOR), TEXT, TEXT, TEXT)),
)
RECIPIENTS = st.builds(GiftRecipient, TEXT, TEXT, TEXT)
WARNINGS = st.builds(
    CartWarning,
    st.sampled_from(CartWarningCode),
    TEXT,
    several(TEXT).map(tuple),
    or_none(TEXT),
    or_none(MINOR),
    or_none(UNITS),
    or_none(TEXT),
)
ASIDE = st.builds(
    SetAside,
    several(
        st.builds(AsideLine, TEXT, UNITS, METADATA, ADJUSTMENTS, or_none(st.uuids()), or_none(RECIPIENTS))
    ),
    several(TEXT),
    or_none(TEXT),
    or_none(TEXT),
    or_none(TEXT),
    several(WARNINGS, least=1),
)
PICKUP = st.builds(
    Pickup,
    st.uuids(),
    TEXT,
    TEXT,
    st.dictionaries(TEXT, TEXT, max_size=3),
    TEXT,
    TEXT,
    MINOR,
    UNITS,
    UNITS,
    or_none(MOMENTS),
)
DISCOUNTS = st.builds(
    PinnedDiscount,
    or_none(TEXT),
    or_none(TEXT),
    or_none(PERCENT),
    or_none(MINOR),
    MINOR,
    MINOR,
    MINOR,
    st.booleans(),
    or_none(several(TEXT)),
    or_none(several(TEXT)),
    or_none(several(UNITS)),
    or_none(several(st.lists(UNITS, min_size=2, max_size=2))),
)
TERMS = st.builds(
    ShippingTerms,
    MINOR,
    or_none(MINOR),
    st.sampled_from(FreeFromBasis),
    TEXT,
    st.sampled_from(ShippingTax),
    or_none(several(TEXT)),
    UNITS,
)
CONTENTS = st.builds(contents.Content, st.uuids(), TEXT, TEXT, UNITS, UNITS, LOTS, LOTS)
NEWS = st.builds(TrackingNews, st.sampled_from(ShipmentStage), or_none(MOMENTS), TEXT, TEXT, TEXT)
ACTIONS = st.builds(ClientAction, st.sampled_from(ActionKind), TEXT, TEXT, or_none(MOMENTS))
ADDRESSES = st.builds(
    AddressData,
    *[TEXT] * 9,
    or_none(st.floats(-90, 90)),
    or_none(st.floats(-180, 180)),
    several(TEXT),
    st.booleans(),
)
LIMITS = st.dictionaries(st.sampled_from(["EUR", "JPY", "KWD"]), UNITS, min_size=1).map(
    lambda found: [Money(found[currency], currency) for currency in sorted(found)]
)
DESTINATION = st.builds(Destination, TEXT, TEXT, TEXT, st.booleans())
OF_ONE = st.dictionaries(st.uuids(), st.integers(1, 9), min_size=1, max_size=3)


class Format(NamedTuple):
    values: st.SearchStrategy[Any]
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def row(**columns: Any) -> Any:
    return SimpleNamespace(**columns)


FORMATS = {
    "Order.sourcing": Format(SOURCING, SourcingDecision.to_json, SourcingDecision.from_json),
    "Order.destination": Format(DESTINATION, Destination.to_json, lambda stored: Destination.of(row(destination=stored))),
    "Order.pickup": Format(PICKUP, Pickup.to_json, lambda stored: Pickup.of(row(pickup=stored))),
    "Order.set_aside": Format(ASIDE, SetAside.as_json, lambda stored: SetAside.of(row(set_aside=stored))),
    "Order.warnings": Format(several(st.builds(RuleWarning, TEXT, TEXT)), warnings_to_json, warnings_from_json),
    "Order.discounts": Format(several(DISCOUNTS), discounts_as_json, lambda stored: discounts_of(row(discounts=stored))),
    "Order.shipping_terms": Format(TERMS, ShippingTerms.as_json, lambda stored: ShippingTerms.recorded(row(shipping_terms=stored))),
    "Order.shipping_taxes": Format(
        several(st.builds(ShippingShare, MINOR, RATE, TEXT)), shares_as_json, lambda stored: shares_recorded(row(shipping_taxes=stored))
    ),
    "OrderLine.adjusted": Format(ADJUSTMENTS, Adjustments.as_json, Adjustments.from_json),
    "OrderLine.gift_recipient": Format(RECIPIENTS, GiftRecipient.to_json, GiftRecipient.from_json),
    "OrderLine.components": Format(
        OF_ONE, lambda units: components.components_to_json(units.items()), lambda stored: components.needs_of(row(components=stored))
    ),
    "OrderLine.parts_shipped": Format(OF_ONE, components.parts_to_json, lambda stored: components.sent_of(row(parts_shipped=stored))),
    "OrderCancellation.lines": Format(
        several(CANCELLED), lambda lines: [each.to_json() for each in lines], lambda stored: CancelledLine.recorded(row(lines=stored))
    ),
    "OrderCancellation.taxes": Format(several(st.builds(ProratedTax, RATE, TEXT, MINOR, MINOR)), taxes_as_json, taxes_from_json),
    "OrderEdit.difference": Format(EDITS, Difference.to_json, Difference.from_json),
    "CancelRequest.lines, StockCountLine.lots": Format(st.dictionaries(st.uuids(), MINOR, max_size=3), units_to_json, units_from_json),
    "Location.hours": Format(HOURS, Hours.to_json, Hours.from_json),
    "Receipt.landed_costs": Format(
        several(st.builds(LandedCost, TEXT, MINOR, st.sampled_from(SpreadBy))), landed_to_json, landed_from_json
    ),
    "Package.contents": Format(several(CONTENTS), contents.write, contents.read),
    "FulfillmentLine.lots": Format(LOTS, contents.as_stored, contents.lots_of),
    "CarrierMessage.body": Format(NEWS, TrackingNews.to_json, TrackingNews.from_json),
    "Payment.client_action": Format(ACTIONS, ClientAction.to_json, ClientAction.from_json),
    "Message.facts": Format(FACTS, MessageFacts.to_json, MessageFacts.from_json),
    "Role.refund_limits": Format(LIMITS, lambda given: stored_limits(Problems(), given), shown_limits),
    "addresses": Format(ADDRESSES, AddressData.to_json, AddressData.from_json),
}  # fmt: skip


# Columns without a structure: a list of texts, ids or days, or custom data.
PLAIN = {
    "Product.tags", "Product.barred_countries", "Product.metadata", "Product.private_metadata",
    "Variant.options", "Variant.metadata", "Variant.private_metadata",
    "Order.discount_codes", "Order.tags", "Order.metadata", "Order.private_metadata",
    "OrderLine.barred_countries", "OrderLine.metadata", "RuleSetting.limits",
    "Channel.working_days", "Channel.holidays", "Channel.languages", "ShippingMethod.countries",
    "Customer.tags", "Customer.metadata", "Customer.private_metadata",
    "Role.permissions", "Staff.channel_ids", "Staff.location_ids",
    "ApiToken.permissions", "ApiToken.channel_ids", "ApiToken.location_ids",
    "Location.countries", "Location.metadata",
    "Discount.products", "Discount.categories", "Discount.countries",
}  # fmt: skip
# Written and read by `customers.contact.AddressData`.
ADDRESS_COLUMNS = {
    "Order.shipping_address", "Order.billing_address", "CustomerAddress.address",
    "Location.address", "Backlog.to",
}  # fmt: skip
# Written and read in the module of their model: dictionaries.
OF_THEIR_MODULE = {"JournalEntry.payload", "IdempotencyKey.answer"}


def _columns(model: type[Model]) -> Iterator[str]:
    for each in model.__subclasses__():
        yield from _columns(each)
        if each.__module__.startswith("app."):
            yield from (
                f"{each.__name__}.{name}"
                for name, kind in each._meta.fields_map.items()
                if isinstance(kind, JSONField)
            )


def test_every_json_column_has_one_owner():
    owned = {name for names in FORMATS for name in names.split(", ")} - {"addresses"}
    assert sorted(_columns(Model)) == sorted(owned | PLAIN | ADDRESS_COLUMNS | OF_THEIR_MODULE)


def stored(value: Any) -> Any:
    """A value as a column returns it."""
    return orjson.loads(orjson.dumps(value))


@pytest.mark.parametrize("name", FORMATS)
def test_stored_values_are_read_as_they_were_written(name: str):
    form = FORMATS[name]

    @settings(max_examples=50, deadline=None)
    @given(form.values)
    def check(value: Any) -> None:
        assert form.read(stored(form.write(value))) == value

    check()


WEST, EAST, SHIRT = UUID(int=1), UUID(int=2), UUID(int=3)


def test_a_stored_sourcing_decision_is_read():
    found = SourcingDecision.from_json(
        {
            "exact": False,
            "picks": [[str(WEST), str(SHIRT), 2]],
            "candidates": [
                [str(WEST), "chosen", "1", 2, "2026-03-02"],
                [str(EAST), "no_stock", "2", 0, None],
            ],
            "strategy": "nearest",
            "split": "single_location",
            "ships_complete": True,
        }
    )
    assert found is not None
    assert found.picks == (DecidedPick(WEST, SHIRT, 2),) and found.places == [WEST]
    assert found.chosen == (DecidedCandidate(WEST, Verdict.CHOSEN, "1", 2, date(2026, 3, 2)),)
    assert found.candidates[1] == DecidedCandidate(EAST, Verdict.NO_STOCK, "2", 0, None)
    rules = (found.strategy, found.split, found.ships_complete, found.is_exact)
    assert rules == (Strategy.NEAREST, Split.SINGLE_LOCATION, True, False)
    assert found.ships_on == date(2026, 3, 2) and found.days_of(EAST) == []
    assert SourcingDecision.from_json(None) is None


def test_an_edit_stored_before_credits_and_shipping_discounts_is_read():
    amounts = dict.fromkeys(
        ("discount_minor", "shipping_minor", "tax_minor", "cancelled_minor", "paid_minor"), 0
    )
    found = Difference.from_json(
        {
            "before": amounts | {"subtotal_minor": 1000, "total_minor": 1000},
            "after": amounts | {"subtotal_minor": 3000, "total_minor": 3000},
            "lines": [
                {
                    "line_id": to_global("OrderLine", SHIRT),
                    "sku": "SHIRT",
                    "before": None,
                    "after": {"quantity": 2, "unit_price_minor": 1000, "total_minor": 2000},
                }
            ],
            "stock": {"SHIRT": 2},
            "changed": ["shipping_method"],
            "promised_before": "2026-03-02",
            "promised_after": None,
            "currency": "EUR",
        }
    )
    assert found.lines == [LineChange(SHIRT, "SHIRT", None, LineState(2, 1000, 2000))]
    assert (found.before.credited_minor, found.after.shipping_discount_minor, found.to_pay_minor) == (
        0,
        0,
        2000,
    )
    assert (found.promised_before, found.promised_after) == (date(2026, 3, 2), None)


def test_lines_cancelled_before_their_tax_was_recorded_are_read():
    (found,) = CancelledLine.recorded(
        row(lines=[{"line_id": str(SHIRT), "quantity": 2, "amount_minor": 500}])
    )
    assert found == CancelledLine(SHIRT, 2, 500)
    assert found.sku is found.discount_minor is found.tax_minor is None


def test_missing_parts_have_their_defaults():
    assert contents.read([{"line_id": str(SHIRT), "sku": "A", "name": "A", "quantity": 3}]) == [
        contents.Content(SHIRT, "A", "A", 3)
    ]
    week = {"time_zone": "Europe/Berlin", "week": {"0": ["08:00", "18:00"]}, "holidays": []}
    assert Hours.from_json(week) == Hours("Europe/Berlin", {0: (time(8), time(18))})
    assert Hours.from_json(None) is None and Hours.from_json({}) is None
    aside = {"lines": [{"sku": "A", "quantity": 1, "metadata": {}}], "warnings": []}
    assert SetAside.of(row(set_aside=aside)).lines == [AsideLine("A", 1)]
    pinned = {"id": None, "code": "X", "percent": "12.5", "amount_minor": None}
    assert discounts_of(row(discounts=[pinned])) == [PinnedDiscount(None, "X", Decimal("12.5"), None)]
