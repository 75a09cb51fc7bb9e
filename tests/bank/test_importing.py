"""Imported statements: each entry once, exact payments recorded, everything else listed for staff."""

import asyncio
from typing import Any

import pytest

from app.access.permissions import Permission
from app.bank import queries as bank
from app.channels.models import Channel
from app.core.database import fetch
from app.payments import queries as payments
from tests import make
from tests.ask import Api
from tests.bank.files import ENTRIES, Bank, Paid, bank_file

ORDER = """query($n: String!) { order(number: $n) {
  id paymentStatus amountPaid { amount } amountDue { amount } } }"""


class Shop:
    """A shop in USD whose buyers pay 15.00 for an order by bank transfer."""

    def __init__(self, staff: Api) -> None:
        self.staff, self.bank = staff, Bank(staff)

    async def order(self, quantity: int = 1) -> str:
        placed = await make.order(("A", quantity))
        return str(placed.number)

    async def seen(self, number: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.staff.ask(ORDER, n=number))["order"]
        return found

    async def paid(self, number: str) -> str:
        return str((await self.seen(number))["amountPaid"]["amount"])

    async def reckoned(self) -> None:
        """The entries, the payments and the orders agree."""
        assert await bank.differences() == [] and await payments.differences() == []
        rows = await fetch(
            "SELECT (SELECT COALESCE(SUM(allocated_minor), 0) FROM bank_entry) AS allocated,"
            " (SELECT COALESCE(SUM(paid_minor), 0) FROM sales_order) AS paid"
        )
        assert rows[0]["allocated"] == rows[0]["paid"]


@pytest.fixture
async def shop(api: Api) -> Shop:
    await (await make.shop()).sell("A", stock=100)
    return Shop(api.as_(await make.token()))


async def test_a_transfer_of_the_amount_due_pays_the_order_that_it_names(shop: Shop):
    number = await shop.order()
    head, tail = number[:-2], number[-2:]
    paid = Paid("15.00", [f"Thank you for {head}", f"{tail} and regards"], "BK-1", end_to_end="E2E-9")
    [statement] = await shop.bank.take(bank_file(paid))
    assert (statement["storedCount"], statement["knownCount"]) == (1, 0)
    assert statement["statement"]["difference"] == {"amount": "0.00"}
    assert statement["statement"]["closingBalance"] == {"amount": "115.00"}
    entry = await shop.bank.entry("BK-1")
    assert (entry["status"], entry["problem"], entry["matchedAmount"]) == (
        "MATCHED",
        None,
        {"amount": "15.00"},
    )
    assert (entry["counterpartyName"], entry["endToEndId"]) == ("Ada Lovelace", "E2E-9")
    [allocation] = entry["allocations"]
    assert allocation["transaction"]["reference"] == "BK-1"
    assert allocation["transaction"]["at"].startswith("2026-11-27")
    assert allocation["transaction"]["order"] == {"number": number, "paymentStatus": "PAID"}
    await shop.reckoned()


async def test_p35_a_transfer_above_or_below_the_amount_due_waits_with_a_choice(shop: Shop):
    short, long = await shop.order(), await shop.order()
    await shop.bank.take(bank_file(Paid("14.00", short, "BK-1"), Paid("16.50", long, "BK-2")))
    below, above = await shop.bank.entry("BK-1"), await shop.bank.entry("BK-2")
    assert (below["status"], below["problem"]) == ("OPEN", "UNDERPAID")
    assert (above["status"], above["problem"]) == ("OPEN", "OVERPAID")
    assert [each["number"] for each in below["namedOrders"]] == [short]
    assert await shop.paid(short) == await shop.paid(long) == "0.00"
    # Below: the part is taken, and the rest stays due.
    taken = await shop.bank.match(below, {"orderId": (await shop.seen(short))["id"]})
    assert (taken["status"], taken["problem"]) == ("MATCHED", None)
    assert (await shop.seen(short))["amountDue"] == {"amount": "1.00"}
    # Above: what is due is taken, and the rest stays open until it is matched or closed.
    taken = await shop.bank.match(above, {"orderId": (await shop.seen(long))["id"]})
    assert (taken["status"], taken["matchedAmount"]) == ("OPEN", {"amount": "15.00"})
    closed = await shop.bank.close(taken, "Sent back to the payer")
    assert (closed["status"], closed["closedBy"]) == ("CLOSED", "test")
    await shop.reckoned()


async def test_p35_staff_may_accept_an_overpayment_or_pay_several_orders(shop: Shop):
    first, second = await shop.order(), await shop.order(2)
    await shop.bank.take(bank_file(Paid("50.00", f"{first} + {second}", "BK-1")))
    entry = await shop.bank.entry("BK-1")
    assert (entry["problem"], len(entry["namedOrders"])) == ("SEVERAL_ORDERS", 2)
    one, two = (await shop.seen(first))["id"], (await shop.seen(second))["id"]
    more = {"orderId": two, "amount": {"amount": "35.00", "currency": "USD"}}
    refused = await shop.bank.match(entry, {"orderId": one}, more)
    assert refused["__typename"] == "AmountTooLarge" and refused["path"] == ["input", "orders", "1", "amount"]
    assert await shop.paid(first) == "0.00"  # nothing of a refused match stays
    done = await shop.bank.match(entry, {"orderId": one}, more, acceptOverpayment=True)
    assert (done["status"], len(done["allocations"])) == ("MATCHED", 2)
    assert (await shop.seen(second))["amountDue"] == {"amount": "-10.00"}
    await shop.reckoned()


async def test_p37_entries_count_once_by_the_reference_of_the_servicer(shop: Shop):
    """Payments with the same text and end-to-end reference are different if the servicer's references are."""
    first, second = await shop.order(), await shop.order()
    same = {"end_to_end": "SHARED", "name": "Ada"}
    content = bank_file(Paid("15.00", first, "BK-1", **same), Paid("15.00", second, "BK-2", **same))
    assert (await shop.bank.take(content))[0]["storedCount"] == 2
    again = (await shop.bank.take(content))[0]
    assert (again["storedCount"], again["knownCount"]) == (0, 2)
    # The notification of the same payments, before or after the statement.
    notified = bank_file(Paid("15.00", first, "BK-1", **same), kind="054", id="N-1", opening=None)
    assert (await shop.bank.take(notified))[0]["knownCount"] == 1
    assert await shop.paid(first) == await shop.paid(second) == "15.00"
    assert len(await shop.bank.entries()) == 2
    await shop.reckoned()


async def test_p37_equal_entries_without_a_reference_of_the_servicer_each_count_once(shop: Shop):
    number = await shop.order(2)
    equal = Paid("12.50", f"half of {number}")
    content = bank_file(equal, equal, id="S-7")
    assert (await shop.bank.take(content))[0]["storedCount"] == 2
    assert (await shop.bank.take(content))[0]["knownCount"] == 2
    # A notification cannot be told from the statement: it is skipped, and says so.
    [notified] = await shop.bank.take(bank_file(equal, kind="054", id="N-1", opening=None))
    assert (notified["storedCount"], notified["skippedCount"]) == (0, 1)
    assert len(await shop.bank.entries()) == 2
    id = (await shop.seen(number))["id"]
    for entry in await shop.bank.entries():
        assert (await shop.bank.match(entry, {"orderId": id}))["status"] == "MATCHED"
    assert await shop.paid(number) == "25.00"
    await shop.reckoned()


async def test_a_known_reference_with_another_amount_is_a_conflict_for_staff(shop: Shop):
    number = await shop.order()
    await shop.bank.take(bank_file(Paid("15.00", number, "BK-1")))
    other = bank_file(Paid("15.01", number, "BK-1"), id="S-2")
    assert (await shop.bank.take(other))[0]["storedCount"] == 1
    assert (await shop.bank.take(other))[0]["storedCount"] == 0
    [conflict] = await shop.bank.entries(problem=["CONFLICT"])
    assert (conflict["status"], conflict["part"], conflict["amount"]["amount"]) == ("OPEN", 2, "15.01")
    assert await shop.paid(number) == "15.00"
    await shop.reckoned()


async def test_the_payments_of_a_collective_entry_are_matched_one_by_one(shop: Shop):
    first, second = await shop.order(), await shop.order(2)
    parts = (Paid("15.00", first), Paid("25.00", second))
    together = Paid("40.00", reference="BK-9", parts=parts)
    await shop.bank.take(bank_file(together, kind="054", opening=None))
    assert await shop.paid(first) == "15.00" and await shop.paid(second) == "25.00"
    # The statement has the amount only.
    [statement] = await shop.bank.take(bank_file(Paid("40.00", "collective", "BK-9")))
    assert (statement["storedCount"], statement["knownCount"]) == (0, 1)
    assert [each["part"] for each in await shop.bank.entries()] == [2, 1]
    await shop.reckoned()


async def test_an_entry_is_listed_if_no_order_fits(shop: Shop):
    paid, cancelled = await shop.order(), await shop.order()
    await shop.bank.take(bank_file(Paid("15.00", paid, "BK-1")))
    order = await shop.seen(cancelled)
    await shop.staff.do("mutation($id: ID!) { orderCancel(input: {id: $id}) { __typename } }", id=order["id"])
    await shop.bank.take(
        bank_file(
            Paid("15.00", paid, "BK-2"),  # the same order again
            Paid("15.00", cancelled, "BK-3"),
            Paid("15.00", "no order", "BK-4"),
            Paid("4.90", "account fee", "BK-5", direction="DBIT", name="Bank"),
            Paid("15.00", paid, "BK-6", is_reversal=True),
            Paid("15.00", paid, "BK-7", status="PDNG"),  # not booked yet
            id="S-2",
        )
    )
    problems = {
        each["servicerReference"]: each["problem"] for each in await shop.bank.entries(status=["OPEN"])
    }
    assert problems == {
        "BK-2": "NOTHING_DUE", "BK-3": "NOTHING_DUE", "BK-4": "NO_ORDER", "BK-5": "OUTGOING", "BK-6": "REVERSED",
    }  # fmt: skip
    fee = await shop.bank.entry("BK-5")
    refused = await shop.bank.match(fee, {"orderId": order["id"]})
    assert refused["path"] == ["input", "id"] and "bankEntryClose" in refused["message"]
    assert (await shop.bank.close(fee, " "))["path"] == ["input", "note"]
    assert (await shop.bank.close(fee, "Fee of November"))["note"] == "Fee of November"
    assert (await shop.bank.close(fee, "Again"))["path"] == ["input", "id"]
    reopened = await shop.bank.reopen(fee)
    assert (reopened["status"], reopened["note"], reopened["closedBy"]) == ("OPEN", None, None)
    await shop.reckoned()


async def test_a_statement_with_a_missing_entry_shows_the_difference(shop: Shop):
    [statement] = await shop.bank.take(bank_file(Paid("15.00", "x", "BK-1"), closing="130.00"))
    assert statement["statement"]["difference"] == {"amount": "15.00"}


async def test_another_currency_is_never_taken_for_the_order(shop: Shop):
    number = await shop.order()
    await shop.bank.take(bank_file(Paid("15.00", number, "BK-1"), currency="EUR"))
    entry = await shop.bank.entry("BK-1")
    assert entry["problem"] == "OTHER_CURRENCY"
    refused = await shop.bank.match(entry, {"orderId": (await shop.seen(number))["id"]})
    assert refused["path"] == ["input", "orders", "0", "orderId"]


async def test_amounts_have_the_decimals_of_their_currency(shop: Shop):
    await shop.bank.take(bank_file(Paid("1500", "x", "BK-1"), currency="JPY", opening="0"))
    assert (await shop.bank.entry("BK-1"))["amount"] == {"amount": "1500", "currency": "JPY"}
    refused = await shop.bank.refused(
        bank_file(Paid("15.5", "x", "BK-2"), currency="JPY", opening="0", id="S-2")
    )
    assert refused["path"] == ["input", "bankFile"]


@pytest.mark.parametrize(
    "content",
    [
        "", "no XML", "<Document/>", "<Document><Other/></Document>",
        bank_file(Paid("15.00", reference="B")).replace("</Document>", ""),
        bank_file(Paid("-15.00", reference="B")), bank_file(Paid("1e400", reference="B"), opening=None),
        bank_file(Paid("NaN", reference="B"), opening=None), bank_file(Paid("15.00", day="2026-02-30")),
        bank_file(Paid("15.00", direction="X"), opening=None), bank_file(Paid("15.00"), currency="XXX"),
        bank_file(Paid("15.00", reference="B")).replace('Ccy="USD">15.00', 'Ccy="EUR">15.00', 1),
        bank_file(Paid("15.00", reference="B")).replace("<Ccy>USD</Ccy>", "<Ccy>EUR</Ccy>"),
        bank_file(Paid("15.00", reference="B")).replace("<Id>S-1</Id>", ""),
        bank_file(Paid("15.00")).replace("?>", '?><!DOCTYPE d [<!ENTITY a "aaaa">]>', 1),
    ],
)  # fmt: skip
async def test_a_file_that_cannot_be_read_is_refused_whole(shop: Shop, content: str):
    refused = await shop.bank.refused(content)
    assert refused["path"] == ["input", "bankFile"], refused
    assert await fetch("SELECT 1 FROM bank_statement") == []


async def test_the_number_of_a_card_is_masked(shop: Shop):
    number = await shop.order()
    await shop.bank.take(bank_file(Paid("15.00", f"{number} card 4111 1111 1111 1111", "BK-1")))
    entry = await shop.bank.entry("BK-1")
    assert "4111" not in entry["remittance"] and "card" in entry["remittance"]
    assert entry["problem"] == "NO_ORDER"  # its text is masked, so staff decide
    assert await fetch("SELECT 1 FROM bank_entry WHERE remittance LIKE '%1111%'") == []


async def test_entries_are_seen_only_by_those_who_manage_payments_of_all_channels(shop: Shop, api: Api):
    await shop.bank.take(bank_file(Paid("15.00", "x", "BK-1")))
    clerk = api.as_(await make.token(Permission.ORDERS_VIEW))
    other = await make.shop("other")
    limited = api.as_(await make.token(Permission.PAYMENTS_MANAGE, channels=[other.channel]))
    for caller in (clerk, limited, api):
        assert (await caller.error(ENTRIES))["extensions"]["code"] in ("FORBIDDEN", "UNAUTHENTICATED")


async def test_a_stale_version_is_refused(shop: Shop):
    number = await shop.order()
    await shop.bank.take(bank_file(Paid("14.00", number, "BK-1")))
    entry = await shop.bank.entry("BK-1")
    id = (await shop.seen(number))["id"]
    assert (await shop.bank.match(entry, {"orderId": id}, v=99))["__typename"] == "StaleVersion"
    assert (await shop.bank.match(entry, {"orderId": id}, {"orderId": id}))["path"] == ["input", "orders"]
    assert (await shop.bank.match(entry))["path"] == ["input", "orders"]
    assert (await shop.bank.match(entry, {"orderId": id}, v=entry["version"]))["status"] == "MATCHED"
    assert (await shop.bank.match(entry, {"orderId": id}))["path"] == ["input", "id"]


async def test_concurrent_imports_and_matches_take_each_entry_once(shop: Shop):
    numbers = [await shop.order() for _ in range(6)]
    files = [
        bank_file(*(Paid("15.00", number, f"BK-{number}") for number in numbers), id=f"S-{copy % 2}")
        for copy in range(4)
    ]
    open_one = await shop.order()
    await shop.bank.take(bank_file(Paid("20.00", "from Ada", "BK-0"), id="S-9"))
    entry, id = await shop.bank.entry("BK-0"), (await shop.seen(open_one))["id"]
    twelve = {"orderId": id, "amount": {"amount": "12.00", "currency": "USD"}}
    await asyncio.gather(
        *(shop.bank.take(content) for content in files),
        *(shop.bank.match(entry, twelve, acceptOverpayment=True) for _ in range(3)),
    )
    for number in numbers:
        assert await shop.paid(number) == "15.00"
    assert await shop.paid(open_one) == "12.00"  # 24.00 would be more than the entry has
    assert len(await shop.bank.entries()) == 7
    await shop.reckoned()


async def test_many_entries_are_matched_in_several_transactions(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bank, "NOT_EXAMINED_AT_ONCE", 3)
    numbers = [await shop.order() for _ in range(8)]
    await shop.bank.take(bank_file(*(Paid("15.00", number, f"BK-{number}") for number in numbers)))
    assert {each["status"] for each in await shop.bank.entries()} == {"MATCHED"}
    await shop.reckoned()


async def test_a_part_that_was_taken_by_hand_is_found_as_paid(shop: Shop):
    """A transfer that staff recorded by its reference before the statement came is not taken twice."""
    number = await shop.order()
    order = await shop.seen(number)
    await shop.staff.do(
        "mutation($i: PaymentRecordInput!) { paymentRecord(input: $i) { __typename } }",
        i={"orderId": order["id"], "amount": {"amount": "10.00", "currency": "USD"}, "reference": "BK-1"},
    )
    await shop.bank.take(bank_file(Paid("5.00", number, "BK-1")))
    entry = await shop.bank.entry("BK-1")
    assert (entry["status"], entry["problem"]) == ("OPEN", "REFERENCE_KNOWN")
    assert await shop.paid(number) == "10.00"


async def test_an_account_is_found_however_it_is_written(shop: Shop):
    await shop.bank.take(bank_file(Paid("15.00", "x", "BK-1")))
    for written in ("NL41MOCK0000000001", "nl41 MOCK 0000 0000 01", " NL41 mock 0000000001 "):
        assert len(await shop.bank.entries(account={"eq": written})) == 1
    assert await shop.bank.entries(account={"eq": "NL41"}) == []


@pytest.mark.parametrize(
    ("zone", "begins"), [("Asia/Tokyo", "2026-11-26T15:00"), ("America/New_York", "2026-11-27T05:00")]
)
async def test_the_booking_day_begins_in_the_time_zone_of_the_channel(shop: Shop, zone: str, begins: str):
    await Channel.filter(code="web").update(time_zone=zone)
    number = await shop.order()
    await shop.bank.take(bank_file(Paid("15.00", number, "BK-1")))
    [allocation] = (await shop.bank.entry("BK-1"))["allocations"]
    assert allocation["transaction"]["at"].startswith(begins)
