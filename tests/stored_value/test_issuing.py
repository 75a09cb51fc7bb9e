"""Gift cards and store credit are issued, seen, disabled, taken back and expire."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.access.permissions import Permission
from app.core import clock
from app.core.database import execute, fetch
from app.core.ids import to_global
from app.stored_value import codes, jobs, queries
from tests import make
from tests.ask import Api
from tests.stored_value.till import (
    DISABLE,
    ISSUE,
    LOOK,
    TAKE_BACK,
    Till,
    books_agree,
    count,
    customer_id,
    usd,
)

LISTED = "query($f: StoredValueFilter) { storedValues(filter: $f) { nodes { kind balance { amount } } } }"
OWN = """{ me { customer { storeCreditBalances { amount currency }
  storeCredit { nodes { kind maskedCode reason issuedBy customer { email } balance { amount }
    entries { nodes { kind note recordedBy amount { amount } } } } } } } }"""


@pytest.fixture
async def till(api: Api) -> Till:
    return await Till.open(api)


async def test_a_gift_card_shows_its_code_once(till: Till):
    made = await till.issue("50.00", key="k-1", reason="Raffle")
    code, card = made["code"], made["giftCard"]
    assert card["maskedCode"] == f"•••• {code[-4:]}" and card["balance"] == usd("50.00")
    again = await till.issue("50.00", key="k-1", reason="Raffle")
    assert again["code"] == code and await count("stored_value") == 1
    plain = code.replace("-", "")
    for table in ("stored_value", "stored_value_entry", "journal_entry", "idempotency_key", "message"):
        for row in await fetch(f"SELECT * FROM {table}"):
            assert code not in str(dict(row)) and plain not in str(dict(row)), table
    assert await till.entries(card["id"]) == [("ISSUE", "50.00")]
    await books_agree()


async def test_the_balance_is_shown_to_whoever_has_the_code_however_it_is_typed(till: Till, api: Api):
    _, code = await till.card("12.50")
    expected = {
        "maskedCode": f"•••• {code[-4:]}",
        "balance": usd("12.50"),
        "expiresAt": None,
        "isUsable": True,
    }
    for typed in (
        code,
        code.lower(),
        f" {code.replace('-', ' ')} ",
        code.replace("0", "o").replace("1", "l"),
    ):
        assert (await api.ask(LOOK, code=typed))["giftCard"] == expected, typed
    assert (await api.ask(LOOK, code=code[:-1]))["giftCard"] is None


def test_codes_have_80_random_bits_and_no_letters_that_look_like_digits():
    made = {codes.code_of(UUID(int=number)) for number in range(2_000)}
    assert len(made) == 2_000
    letters = set("".join(made)) - {"-"}
    assert letters == set("0123456789ABCDEFGHJKMNPQRSTVWXYZ") and {len(each) for each in made} == {19}


@pytest.mark.usefixtures("one_executor")
async def test_guessing_codes_is_delayed_even_if_one_of_them_exists(
    till: Till, api: Api, monkeypatch: pytest.MonkeyPatch
):
    _, code = await till.card()
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    for number in range(20):
        assert (await api.ask(LOOK, code=f"WRONG-{number}"))["giftCard"] is None
    for typed in ("WRONG-21", code):
        refused = await api.error(LOOK, code=typed)
        assert refused["extensions"]["code"] == "TOO_MANY_ATTEMPTS", typed


async def test_existing_codes_are_not_counted(till: Till, api: Api):
    _, code = await till.card()
    for _ in range(25):
        assert (await api.ask(LOOK, code=code))["giftCard"]["isUsable"]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"amount": usd("0")}, ["amount", "amount"]),
        ({"amount": usd("-5")}, ["amount", "amount"]),
        ({"amount": usd("1.001")}, ["amount", "amount"]),
        ({"amount": {"amount": "5", "currency": "EUR"}}, ["amount", "currency"]),
        ({"reason": "x" * 501}, ["reason"]),
        ({"expiresAt": "2001-01-01T00:00:00Z"}, ["expiresAt"]),
        ({"channel": "nowhere"}, ["channel"]),
    ],
)
async def test_a_gift_card_that_is_not_possible_is_refused(
    till: Till, given: dict[str, Any], path: list[str]
):
    refused = await till.staff.do(ISSUE, i={"channel": "web", "amount": usd("5"), **given})
    assert refused["path"] == ["input", *path], refused
    assert await count("stored_value") == 0


async def test_customers_see_their_own_store_credit_without_notes_of_staff(till: Till, api: Api):
    ada, eve = [api.as_(await make.account(f"{name}@example.com")) for name in ("ada", "eve")]
    made = await till.credit(await customer_id(ada), "20.00")
    assert made["customer"] == {"email": "ada@example.com"} and made["reason"] == "Sorry"
    await till.credit(await customer_id(ada), "5.00")
    own = (await ada.ask(OWN))["me"]["customer"]
    assert own["storeCreditBalances"] == [usd("25.00")]
    entry = {"kind": "ISSUE", "note": None, "recordedBy": None, "amount": {"amount": "20.00"}}
    assert own["storeCredit"]["nodes"][1] == {
        "kind": "STORE_CREDIT", "maskedCode": None, "reason": None, "issuedBy": None,
        "customer": {"email": "ada@example.com"}, "balance": {"amount": "20.00"}, "entries": {"nodes": [entry]},
    }  # fmt: skip
    assert (await eve.ask(OWN))["me"]["customer"] == {"storeCreditBalances": [], "storeCredit": {"nodes": []}}
    node = "query($id: ID!) { node(id: $id) { id } }"
    assert (await ada.ask(node, id=made["id"]))["node"] and not (await eve.ask(node, id=made["id"]))["node"]
    assert (await eve.error(LISTED))["extensions"]["code"] == "FORBIDDEN"


async def test_store_credit_needs_a_reason_and_an_existing_customer(till: Till, api: Api):
    ada = await customer_id(api.as_(await make.account()))
    assert (await till.credit(ada, reason=" "))["path"] == ["input", "reason"]
    unknown = to_global("Customer", UUID(int=7))
    assert (await till.credit(unknown))["path"] == ["input", "customerId"]
    await execute("UPDATE customer SET is_active = FALSE")
    assert (await till.credit(ada))["path"] == ["input", "customerId"]
    assert await count("stored_value") == 0


async def test_a_disabled_card_has_no_balance_and_stays_disabled(till: Till, api: Api):
    id, code = await till.card("30.00")
    done = await till.staff.do(DISABLE, i={"id": id, "reason": "Stolen"})
    assert (done["balance"]["amount"], done["isUsable"]) == ("0.00", False) and done["disabledAt"]
    assert await till.entries(id) == [("ISSUE", "30.00"), ("DISABLE", "-30.00")]
    assert (await api.ask(LOOK, code=code))["giftCard"]["isUsable"] is False
    again = await till.staff.do(DISABLE, i={"id": id, "reason": "Stolen"})
    assert again["path"] == ["input", "id"]
    await books_agree()


async def test_store_credit_cannot_be_disabled(till: Till, api: Api):
    made = await till.credit(await customer_id(api.as_(await make.account())))
    refused = await till.staff.do(DISABLE, i={"id": made["id"], "reason": "Stolen"})
    assert refused["path"] == ["input", "id"] and await till.balance(made["id"]) == "50.00"


async def test_at_most_the_balance_is_taken_back(till: Till):
    id, _ = await till.card("30.00")
    part = await till.staff.do(TAKE_BACK, i={"id": id, "amount": usd("10.00"), "reason": "Too much"})
    assert part["balance"]["amount"] == "20.00"
    more = await till.staff.do(TAKE_BACK, i={"id": id, "amount": usd("20.01"), "reason": "Too much"})
    assert more["path"] == ["input", "amount", "amount"] and "$20.00" in more["message"]
    other = {"id": id, "amount": {"amount": "1", "currency": "EUR"}, "reason": "Too much"}
    assert (await till.staff.do(TAKE_BACK, i=other))["path"] == ["input", "amount", "currency"]
    rest = await till.staff.do(TAKE_BACK, i={"id": id, "reason": "Too much"})
    assert rest["balance"]["amount"] == "0.00"
    empty = await till.staff.do(TAKE_BACK, i={"id": id, "reason": "Too much"})
    assert empty["path"] == ["input", "id"]
    assert [kind for kind, _ in await till.entries(id)] == ["ISSUE", "TAKE_BACK", "TAKE_BACK"]
    await books_agree()


async def test_a_balance_expires_once(till: Till, api: Api, monkeypatch: pytest.MonkeyPatch):
    soon = clock.now() + timedelta(hours=1)
    id, code = await till.card("30.00", expiresAt=soon.isoformat())
    kept, _ = await till.card("10.00", expiresAt=(soon + timedelta(hours=1)).isoformat())
    assert await jobs.expire() == 0
    monkeypatch.setattr(clock, "now", lambda: soon)
    assert (await api.ask(LOOK, code=code))["giftCard"]["isUsable"] is False
    assert [await jobs.expire(), await jobs.expire()] == [1, 0]
    assert await till.entries(id) == [("ISSUE", "30.00"), ("EXPIRE", "-30.00")]
    assert await till.balance(kept) == "10.00"
    await books_agree()


async def test_lists_are_filtered_and_limited_to_the_channels_of_the_caller(till: Till, api: Api):
    id, code = await till.card("30.00")
    await till.credit(await customer_id(api.as_(await make.account())), "20.00")
    await till.card("10.00")
    await till.staff.do(DISABLE, i={"id": id, "reason": "Stolen"})

    async def amounts(who: Api, **filter: Any) -> list[str]:
        nodes = (await who.ask(LISTED, f=filter))["storedValues"]["nodes"]
        return [each["balance"]["amount"] for each in nodes]

    assert await amounts(till.staff) == ["10.00", "20.00", "0.00"]
    assert await amounts(till.staff, kind=["STORE_CREDIT"]) == ["20.00"]
    assert await amounts(till.staff, lastCharacters={"eq": code[-4:].lower()}) == ["0.00"]
    assert await amounts(till.staff, hasBalance=False) == ["0.00"]
    assert await amounts(till.staff, isDisabled=False) == ["10.00", "20.00"]
    assert await amounts(till.staff, currency=["EUR"]) == []
    other = await make.shop("eu", currency="EUR")
    elsewhere = api.as_(await make.token(channels=[other.channel]))
    assert await amounts(elsewhere) == []
    refused = await elsewhere.do(DISABLE, i={"id": id, "reason": "Stolen"})
    assert refused["errorCode"] == "NOT_FOUND"


async def test_issuing_needs_the_permission_to_manage_payments(till: Till, api: Api):
    clerk = Till(api.as_(await make.token(Permission.ORDERS_VIEW, Permission.ORDERS_MANAGE)))
    refused = await clerk.staff.error(ISSUE, i={"channel": "web", "amount": usd("5")})
    assert refused["extensions"]["code"] == "FORBIDDEN" and await count("stored_value") == 0


async def test_the_check_of_the_ledgers_finds_a_balance_without_entries(till: Till):
    await till.card("30.00")
    await execute("UPDATE stored_value SET balance_minor = 2999")
    (found,) = await queries.differences()
    assert "2999 left, but 3000 in its entries" in found
