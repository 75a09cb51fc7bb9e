"""Facts in the journal require the permission for their source."""

import dataclasses
from collections.abc import Iterator

import pytest

from app.access.permissions import Permission
from app.core.actor import SYSTEM
from app.core.ids import new_id
from app.core.journal.event import Event, facts_for
from app.core.journal.sequencing import sequence
from app.core.uow import UnitOfWork, transact
from app.customers.events import BuyerBlocked
from app.inventory.counts.events import StockCountCompleted
from app.inventory.receiving.events import CostCorrected
from app.main import create_app  # noqa: F401  # imports every domain's events
from app.orders.events import OrderNoted, OrderPlaced
from app.payments.events import PaymentRecorded
from app.suppliers.events import SupplierReturnCredited
from tests import make
from tests.ask import Api

# These contain a code, a name for programs or a fixed sentence, or are shown to all who see the event.
OPEN = {"limits"}
AMOUNTS_AND_TEXTS = ("_minor", "note", "text", "answer", "amount", "cost", "price", "value")
# Their reasons are texts that staff write; those of other events are codes.
FREE_REASONS = {"BuyerBlocked", "OrderDelayed", "OrderEdited", "OrderHeld", "OrderPromised"}
EVENTS = "{ events { nodes { name facts } } }"


def _events() -> Iterator[type[Event]]:
    waiting = [Event]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind is not Event and kind.__module__.startswith("app."):
            yield kind


def test_every_amount_and_free_text_in_an_event_needs_a_permission():
    kinds = list(_events())
    assert len(kinds) > 80
    for kind in kinds:
        facts = {field.name for field in dataclasses.fields(kind)} - OPEN
        private = {fact for fact in facts if fact.endswith(AMOUNTS_AND_TEXTS)}
        private |= facts & {"reason"} if kind.__name__ in FREE_REASONS else set()
        assert private <= kind.needs.keys(), kind
        assert kind.needs.keys() <= facts, kind
        assert all(Permission(need) for need in kind.needs.values()), kind


@pytest.mark.parametrize("kind", [kind for kind in _events() if kind.needs], ids=lambda kind: kind.__name__)
def test_a_reader_gets_a_fact_with_its_permission_and_null_without(kind: type[Event]):
    names = [
        field.name for field in dataclasses.fields(kind) if field.name not in ("subject_id", "channel_id")
    ]
    facts = dict.fromkeys(names, "x")
    for held in Permission:
        seen = facts_for(kind.name(), facts, lambda need, held=held: need == held)
        assert seen == {name: "x" if kind.needs.get(name, held) == held else None for name in names}


async def test_the_journal_shows_amounts_only_with_their_permission(api: Api):
    shop = await make.shop()
    money = {"amount_minor": 7, "currency": "USD"}
    made = [
        (CostCorrected(subject_id=new_id(), change_minor=7, currency="USD"), "STOCK_COSTS"),
        (StockCountCompleted(subject_id=new_id(), differences=1, value_minor=7), "STOCK_COSTS"),
        (SupplierReturnCredited(subject_id=new_id(), number="R", **money), "STOCK_COSTS"),
        (BuyerBlocked(subject_id=new_id(), reason="7"), "CUSTOMERS_VIEW"),
        (OrderNoted(subject_id=new_id(), channel_id=shop.channel.id, text="7"), "ORDERS_VIEW"),
        (
            OrderPlaced(
                subject_id=new_id(), channel_id=shop.channel.id, order_number="1", total_minor=7,
                currency="USD", units=1,
            ),
            "ORDERS_VIEW",
        ),
        (
            PaymentRecorded(
                subject_id=new_id(), channel_id=shop.channel.id, transaction_id="t", payment_id="p",
                gateway="manual", **money
            ),
            "ORDERS_VIEW",
        ),
    ]  # fmt: skip

    async def announce(uow: UnitOfWork) -> None:
        for event, _ in made:
            uow.announce(event)

    await transact(SYSTEM, announce)
    names = {event.name(): need for event, need in made}
    for held in ("STOCK_COSTS", "CUSTOMERS_VIEW", "ORDERS_VIEW", None):
        permissions = [Permission.EVENTS_VIEW, *([Permission[held]] if held else [])]
        reader = api.as_(await make.token(*permissions))
        found = [each for each in await _journal(reader) if each["name"] in names]
        assert len(found) == len(made)
        for each in found:
            sees = "7" in {str(value) for value in each["facts"].values()}
            assert sees == (names[each["name"]] == held), (each, held)
    await shop.sell("A")
    order = await make.order(("A", 1))
    limited = api.as_(
        await make.token(Permission.EVENTS_VIEW, Permission.ORDERS_VIEW, channels=[shop.channel])
    )
    seen = {each["name"]: each["facts"] for each in await _journal(limited)}
    assert seen["order_placed"]["total_minor"] == order.total_minor


async def _journal(reader: Api) -> list[dict[str, dict[str, object]]]:
    await sequence()  # events are listed once they have a position, which the feed may not have assigned yet
    return (await reader.ask(EVENTS))["events"]["nodes"]  # type: ignore[no-any-return]
