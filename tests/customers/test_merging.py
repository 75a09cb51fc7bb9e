"""Two customers are merged: everything of one becomes the other's, and nothing refers to the deleted one."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from tortoise import Tortoise
from tortoise.fields.relational import ForeignKeyFieldInstance

from app.access import service as access
from app.access.permissions import Permission
from app.catalog.models import Variant
from app.core import clock
from app.core.actor import SYSTEM, Actor, ActorKind
from app.core.database import fetch, is_postgres
from app.core.ids import from_global, new_id, to_global
from app.core.refusals import Invalid, NotFound, ServiceBusy, StaleVersion
from app.core.uow import UnitOfWork, transact
from app.customers import merging
from app.customers.lifecycle import AccountPurpose, DeletionStatus
from app.customers.models import (
    AccountDeletion,
    AccountRequest,
    Customer,
    CustomerAddress,
    CustomerIdentity,
)
from app.notifications import jobs
from app.notifications.lifecycle import BackInStockStatus
from app.notifications.models import BackInStockRequest
from app.orders.models import Order
from app.orders.service import drafting, placing
from app.promotions.models import DiscountUse
from app.stored_value import issuing
from tests import make
from tests.ask import ADDRESS, ERRORS, PLACE, Api, order_input
from tests.letterbox import Letterbox

CREATE = (
    "mutation($i: CustomerCreateInput!) { customerCreate(input: $i) { "
    + ERRORS
    + " ... on Customer { id } } }"
)
MERGE = (
    "mutation($i: CustomerMergeInput!, $v: Int) { customerMerge(input: $i, expectedVersion: $v) { "
    + ERRORS
    + " ... on InvalidInput { problems { code path } } ... on StaleVersion { currentVersion } "
    + """... on Customer { id email name phone bornOn note tags metadata privateMetadata externalReference
      creditLimit { amount currency } hasAccount version
      defaultAddress { line1 } defaultBillingAddress { line1 } addresses { line1 label }
      orders { totalCount nodes { id number } } } } }"""
)
PREVIEW = """query($i: CustomerMergePreviewInput!) { customerMergePreview(input: $i) {
  merged { id version } kept { id version } account tags note
  orders carts discountUses addresses repeatedAddresses sessions
  differences { field key merged kept result isConflict } problems { code path } } }"""
DISCOUNT = """mutation { discountCreate(input: {channel: "web", code: "ONCE", kind: PERCENT, percent: "10",
  usesPerCustomer: 1}) { __typename } }"""
SIGN_IN = (
    "mutation($e: String!, $p: String!) { signIn(input: {email: $e, password: $p}) { __typename "
    "... on SessionTokens { accessToken } } }"
)
ELM, OAK = ADDRESS | {"line1": "1 Elm Street"}, ADDRESS | {"line1": "2 Oak Street"}
PASSWORD, OTHER = "long enough pw", "another long one"


@pytest.fixture
async def staff(api: Api) -> Api:
    return api.as_(await make.token())


async def _customer(staff: Api, **data: Any) -> str:
    return str((await staff.do(CREATE, i=data))["id"])


async def _account_of(email: str, password: str) -> tuple[str, str]:
    """The id and the access token of a customer with a password."""
    token = await make.account(email, password)
    return to_global("Customer", (await Customer.get(email=email)).id), token


async def _preview(staff: Api, from_id: str, into_id: str, **more: Any) -> dict[str, Any]:
    found = await staff.ask(PREVIEW, i={"fromId": from_id, "intoId": into_id, **more})
    return dict(found["customerMergePreview"])


async def _merge(staff: Api, from_id: str, into_id: str, **more: Any) -> dict[str, Any]:
    """Merge with the versions of the preview."""
    seen = await _preview(staff, from_id, into_id)
    given = {"fromId": from_id, "intoId": into_id, "fromVersion": seen["merged"]["version"], **more}
    return await staff.do(MERGE, i=given, v=seen["kept"]["version"])


def _id(shown: str) -> UUID:
    return from_global(shown)[1]


def _references() -> set[tuple[str, str]]:
    """Each table and column that refers to a customer: by a foreign key, or by its name."""
    assert Tortoise.apps is not None
    found = set()
    for model in Tortoise.apps["app"].values():
        keys = {
            field.source_field or f"{name}_id"
            for name, field in model._meta.fields_map.items()
            if isinstance(field, ForeignKeyFieldInstance) and field.related_model is Customer
        }
        named = {column for column in model._meta.fields_db_projection.values() if "customer_id" in column}
        found |= {(model._meta.db_table, column) for column in keys | named}
    return found


async def _referring(id: UUID) -> set[tuple[str, str]]:
    found = set()
    for table, column in _references():
        if await fetch(f'SELECT 1 FROM "{table}" WHERE {column} = $1', id):
            found.add((table, column))
    return found


async def test_every_reference_to_the_merged_customer_is_moved_or_deleted(staff: Api):
    shop = await make.shop(confirms_at_once=True)
    await shop.sell("MUG", stock=50)
    await staff.do(DISCOUNT)
    gone, token = await _account_of("old@example.com", PASSWORD)
    kept = await _customer(staff, email="new@example.com", address=ELM)
    buyer = staff.as_(token)
    placed = await buyer.do(PLACE, input=order_input(("MUG", 1), discountCodes=["ONCE"], saveAddresses=True))
    draft = make.order_data(("MUG", 1))
    await drafting.draft(Actor(ActorKind.CUSTOMER, _id(gone)), draft)
    now = clock.now()
    answered = DeletionStatus.REFUSED
    await AccountDeletion.create(id=new_id(), customer_id=_id(gone), status=answered, requested_at=now)
    await CustomerIdentity.create(
        id=new_id(), customer_id=_id(gone), issuer="https://id.example.com", subject="s-1", created_at=now
    )
    await BackInStockRequest.create(
        id=new_id(), variant_id=(await Variant.get(sku="MUG")).id, channel_id=shop.channel.id, customer_id=_id(gone),
        language="en", status=BackInStockStatus.WAITING, slot="s-1", token_hash="t-1", created_at=now,
    )  # fmt: skip
    await staff.do('mutation { passwordResetRequest(email: "old@example.com") { __typename } }')
    await issuing.issue_store_credit(SYSTEM, shop.channel, _id(gone), 500, reason="A parcel came late")
    assert await _referring(_id(gone)) == _references()

    seen = await _preview(staff, gone, kept)
    assert (seen["orders"], seen["carts"], seen["discountUses"], seen["sessions"]) == (1, 1, 1, 1)
    assert seen["problems"] == []
    merged = await _merge(staff, gone, kept)
    assert merged["orders"]["totalCount"] == 2
    assert placed["id"] in [order["id"] for order in merged["orders"]["nodes"]]
    assert await _referring(_id(gone)) == set()
    assert await _referring(_id(kept)) == _references() - {("account_request", "customer_id")}
    assert await Order.filter(customer_id=_id(kept)).count() == 2
    assert not await Customer.exists(id=_id(gone))
    assert (await staff.ask("query($id: ID!) { customer(id: $id) { id } }", id=gone))["customer"] is None
    again = await staff.do(MERGE, i={"fromId": gone, "intoId": kept, "fromVersion": 1}, v=merged["version"])
    assert (again["errorCode"], again["path"]) == ("NOT_FOUND", ["input", "fromId"])


async def test_the_kept_values_stay_and_the_other_ones_fill_what_is_missing(staff: Api):
    gone = await _customer(
        staff, email="old@example.com", name="A. Lovelace", phone="+13125550100", bornOn="1990-01-01",
        note="Rings twice", tags=["vip", "b2b"], metadata={"size": "L", "color": "red"},
        privateMetadata={"score": 1}, externalReference="crm-1", address=OAK,
        creditLimit={"amount": "100", "currency": "USD"},
    )  # fmt: skip
    kept = await _customer(
        staff, email="new@example.com", name="Ada Lovelace", note="Calls first", tags=["vip", "eu"],
        metadata={"size": "M"}, address=ELM,
    )  # fmt: skip
    seen = await _preview(staff, gone, kept)
    conflicts = {
        (each["field"], each["key"]): (each["merged"], each["kept"], each["result"])
        for each in seen["differences"]
        if each["isConflict"]
    }
    assert conflicts == {
        ("EMAIL", None): ("old@example.com", "new@example.com", "new@example.com"),
        ("NAME", None): ("A. Lovelace", "Ada Lovelace", "Ada Lovelace"),
        ("DEFAULT_SHIPPING_ADDRESS", None): tuple(
            f"Ada Lovelace, {line}, Springfield, US"
            for line in ("2 Oak Street", "1 Elm Street", "1 Elm Street")
        ),
        ("METADATA", "size"): ("L", "M", "M"),
    }
    filled = {each["field"]: each["result"] for each in seen["differences"] if not each["isConflict"]}
    assert filled == {
        "PHONE": "+13125550100", "BORN_ON": "1990-01-01", "CREDIT_LIMIT": "100.00 USD",
        "EXTERNAL_REFERENCE": "crm-1",
    }  # fmt: skip
    merged = await _merge(staff, gone, kept)
    assert {name: merged[name] for name in ("id", "email", "name", "phone", "bornOn", "externalReference")} == {
        "id": kept, "email": "new@example.com", "name": "Ada Lovelace", "phone": "+13125550100",
        "bornOn": "1990-01-01", "externalReference": "crm-1",
    }  # fmt: skip
    assert (merged["tags"], merged["note"]) == (["vip", "eu", "b2b"], "Calls first\n\nRings twice")
    assert (merged["tags"], merged["note"]) == (seen["tags"], seen["note"])
    assert merged["metadata"] == {"size": "M", "color": "red"}
    assert merged["privateMetadata"] == {"score": 1}
    assert merged["creditLimit"] == {"amount": "100.00", "currency": "USD"}
    assert merged["defaultAddress"] == {"line1": "1 Elm Street"}
    assert sorted(each["line1"] for each in merged["addresses"]) == ["1 Elm Street", "2 Oak Street"]
    found = await staff.ask('{ customers(search: "2 oak street 62701 b2b") { nodes { id } } }')
    everyone = await staff.ask('{ customers(filter: {tags: {eq: "b2b"}}) { nodes { id } } }')
    assert everyone["customers"]["nodes"] == [{"id": kept}], found
    # The address of the merged customer is free.
    assert await _customer(staff, email="old@example.com") != gone


async def test_preferred_fields_are_taken_from_the_merged_customer(staff: Api):
    gone = await _customer(staff, name="Ada B.", phone="+13125550100", metadata={"a": 1}, address=OAK)
    kept = await _customer(staff, name="Ada A.", phone="+13125550199", metadata={"a": 2}, address=ELM)
    prefer = ["NAME", "METADATA", "DEFAULT_SHIPPING_ADDRESS"]
    seen = await _preview(staff, gone, kept, preferFrom=prefer)
    assert {each["field"]: each["result"] for each in seen["differences"]} == {
        "NAME": "Ada B.", "PHONE": "+13125550199", "METADATA": "1",
        "DEFAULT_SHIPPING_ADDRESS": "Ada Lovelace, 2 Oak Street, Springfield, US",
    }  # fmt: skip
    merged = await _merge(staff, gone, kept, preferFrom=prefer)
    assert (merged["name"], merged["phone"], merged["metadata"]) == ("Ada B.", "+13125550199", {"a": 1})
    assert merged["defaultAddress"] == {"line1": "2 Oak Street"}


async def test_an_address_of_both_is_saved_once_and_stays_the_default(staff: Api):
    gone = await _customer(staff, name="Ada", address=ELM | {"line1": "1 ELM street"})
    kept = await _customer(staff, name="Ada")
    await staff.do(
        "mutation($i: CustomerAddressCreateInput!) { customerAddressCreate(input: $i) { __typename } }",
        i={"customerId": kept, "address": ELM, "label": "Home"},
    )
    seen = await _preview(staff, gone, kept)
    assert (seen["addresses"], seen["repeatedAddresses"]) == (0, 1)
    merged = await _merge(staff, gone, kept)
    assert merged["addresses"] == [{"line1": "1 Elm Street", "label": "Home"}]
    assert merged["defaultAddress"] == {"line1": "1 Elm Street"}
    assert await CustomerAddress.all().count() == 1


async def test_the_account_moves_with_its_address_if_only_the_merged_customer_has_one(
    staff: Api, api: Api, post: Letterbox
):
    gone, token = await _account_of("old@example.com", PASSWORD)
    kept = await _customer(staff, email="new@example.com", name="Ada")
    assert (await _preview(staff, gone, kept))["account"] == "MOVED"
    merged = await _merge(staff, gone, kept)
    assert (merged["email"], merged["hasAccount"]) == ("old@example.com", True)
    assert (await api.as_(token).error("{ me { kind } }"))["extensions"]["code"] == "UNAUTHENTICATED"
    signed_in = await api.do(SIGN_IN, e="old@example.com", p=PASSWORD)
    me = await api.as_(signed_in["accessToken"]).ask("{ me { customer { id name } } }")
    assert me["me"]["customer"] == {"id": kept, "name": "Ada"}
    await jobs.send_messages()
    assert post.mails == []


async def test_the_kept_account_stays_if_both_have_one_and_the_other_address_is_told(
    staff: Api, api: Api, post: Letterbox
):
    gone, ended = await _account_of("old@example.com", PASSWORD)
    kept, stays = await _account_of("new@example.com", OTHER)
    assert (await _preview(staff, gone, kept))["account"] == "KEPT"
    assert (await _merge(staff, gone, kept))["email"] == "new@example.com"
    assert (await api.as_(ended).error("{ me { kind } }"))["extensions"]["code"] == "UNAUTHENTICATED"
    assert (await api.as_(stays).ask("{ me { kind } }"))["me"]["kind"] == "CUSTOMER"
    assert (await api.do(SIGN_IN, e="old@example.com", p=PASSWORD))["__typename"] == "SignInFailed"
    assert (await api.do(SIGN_IN, e="new@example.com", p=OTHER))["__typename"] == "SessionTokens"
    await jobs.send_messages()
    assert [(mail["To"], mail["Subject"]) for mail in post.mails] == [
        ("old@example.com", "Your email address was changed")
    ]
    assert not await AccountRequest.exists(purpose__not=AccountPurpose.EMAIL_CHANGED)


async def test_the_limit_of_a_code_counts_the_uses_of_both(staff: Api):
    shop = await make.shop(confirms_at_once=True)
    await shop.sell("MUG", stock=50)
    await staff.do(DISCOUNT)
    gone, kept = await _customer(staff, name="Ada"), await _customer(staff, name="Ada L.")
    used = order_input(("MUG", 1), discountCodes=["ONCE"], email="a@example.com", customerId=gone)
    assert (await staff.do(PLACE, input=used))["__typename"] == "Order"
    await _merge(staff, gone, kept)
    assert await DiscountUse.filter(customer_id=_id(kept)).count() == 1
    again = used | {"customerId": kept, "email": "b@example.com"}
    assert (await staff.do(PLACE, input=again))["__typename"] == "ValidationFailed"


async def test_events_of_the_merge_name_both_customers_and_the_orders(staff: Api):
    shop = await make.shop()
    await shop.sell("MUG", stock=50)
    gone, kept = await _customer(staff, name="Ada", phone="+13125550100"), await _customer(staff, name="Ada")
    order = await staff.do(PLACE, input=order_input(("MUG", 1), customerId=gone))
    await _merge(staff, gone, kept)
    rows = await fetch("SELECT name, subject_id FROM journal_entry ORDER BY id")
    shown = [(row["name"], UUID(str(row["subject_id"]))) for row in rows]
    assert ("customer_merged", _id(gone)) in shown
    assert ("customer_merge_received", _id(kept)) in shown
    assert shown.count(("order_updated", _id(order["id"]))) == 1
    changed = await staff.ask("query($id: ID!) { order(id: $id) { version } }", id=order["id"])
    assert changed["order"]["version"] == order["version"] + 1


async def test_a_merge_that_is_not_possible_says_why_and_changes_nothing(staff: Api):
    gone, kept = await _customer(staff, name="Ada", note="x" * 1_999), await _customer(staff, name="A")
    await Customer.filter(id=_id(kept)).update(note="y" * 1_999, tags=[f"k{n}" for n in range(40)])
    await Customer.filter(id=_id(gone)).update(tags=[f"g{n}" for n in range(40)], metadata={"a": "x" * 9_000})
    await Customer.filter(id=_id(kept)).update(metadata={"b": "x" * 9_000})
    now = clock.now()
    await AccountDeletion.create(
        id=new_id(), customer_id=_id(gone), status=DeletionStatus.OPEN, requested_at=now
    )
    for who in (gone, kept):
        for number in range(60):
            await CustomerAddress.create(
                id=new_id(), customer_id=_id(who), created_at=now,
                address=make.ADDRESS.to_json() | {"line1": f"{who} {number}"},
            )  # fmt: skip
    expected = [
        {"code": "NOT_POSSIBLE_NOW", "path": ["input", "fromId"]},
        {"code": "TOO_MANY", "path": ["input", "fromId"]},
        {"code": "TOO_MANY", "path": ["input", "fromId"]},
        {"code": "TOO_LONG", "path": ["input", "fromId"]},
        {"code": "TOO_LARGE", "path": ["input", "fromId"]},
    ]
    assert (await _preview(staff, gone, kept))["problems"] == expected
    refused = await _merge(staff, gone, kept)
    assert refused["__typename"] == "ValidationFailed" and len(refused["problems"]) == len(expected)
    assert await Customer.all().count() == 2
    assert await CustomerAddress.filter(customer_id=_id(gone)).count() == 60


async def test_a_deleted_account_the_email_and_one_customer_twice_are_refused(staff: Api):
    gone, kept = await _customer(staff, name="Ada"), await _customer(staff, name="A")
    refused = await _merge(staff, gone, kept, preferFrom=["EMAIL"])
    assert refused["problems"] == [{"code": "NOT_APPLICABLE", "path": ["input", "preferFrom"]}]
    same = await staff.do(MERGE, i={"fromId": gone, "intoId": gone, "fromVersion": 1})
    assert same["problems"] == [{"code": "CONTRADICTION", "path": ["input", "intoId"]}]
    await Customer.filter(id=_id(kept)).update(is_active=False)
    refused = await _merge(staff, gone, kept)
    assert refused["problems"] == [{"code": "NOT_POSSIBLE_NOW", "path": ["input", "intoId"]}]
    assert await Customer.all().count() == 2


async def test_a_customer_that_changed_since_the_preview_is_not_merged(staff: Api):
    gone, kept = await _customer(staff, name="Ada"), await _customer(staff, name="A")
    given = {"fromId": gone, "intoId": kept, "fromVersion": 1}
    await Customer.filter(id=_id(gone)).update(version=2)
    stale = await staff.do(MERGE, i=given, v=1)
    assert (stale["currentVersion"], stale["path"]) == (2, ["input", "fromVersion"])
    stale = await staff.do(MERGE, i=given | {"fromVersion": 2}, v=7)
    assert (stale["currentVersion"], stale["path"]) == (1, ["expectedVersion"])
    assert await Customer.all().count() == 2


async def test_only_staff_who_manage_all_customers_merge(api: Api, staff: Api):
    shop = await make.shop()
    gone, kept = await _customer(staff, name="Ada"), await _customer(staff, name="A")
    given = {"fromId": gone, "intoId": kept, "fromVersion": 1}
    _, own = await _account_of("ada@example.com", PASSWORD)
    limited = await make.token(
        Permission.CUSTOMERS_MANAGE, Permission.CUSTOMERS_VIEW, channels=[shop.channel]
    )
    seeing = await make.token(Permission.CUSTOMERS_VIEW)
    for caller in (api, api.as_(own), api.as_(limited), api.as_(seeing)):
        for document, variables in (
            (MERGE, {"i": given}),
            (PREVIEW, {"i": {"fromId": gone, "intoId": kept}}),
        ):
            error = await caller.error(document, **variables)
            assert error["extensions"]["code"] in ("FORBIDDEN", "UNAUTHENTICATED")
    assert await Customer.all().count() == 3


Body = Callable[[UnitOfWork], Awaitable[Any]]


async def _meet(first: Body, by: Actor, second: Callable[[], Awaitable[Any]]) -> tuple[Any, Any]:
    """Run a transaction up to its commit, start another one, and then let the first commit."""
    is_written, may_commit = asyncio.Event(), asyncio.Event()

    async def slowly(uow: UnitOfWork) -> Any:
        result = await first(uow)
        await uow.dispatch()
        is_written.set()
        await may_commit.wait()
        return result

    one = asyncio.create_task(transact(by, slowly))
    await is_written.wait()
    other = asyncio.create_task(second())
    await asyncio.sleep(0.2)
    assert not other.done(), "the second does not wait for the first"
    may_commit.set()
    return tuple(await asyncio.gather(one, other, return_exceptions=True))  # type: ignore[return-value]


async def _two(staff: Api) -> tuple[UUID, UUID, Actor]:
    shop = await make.shop(confirms_at_once=True)
    await shop.sell("MUG", stock=50)
    await staff.do(DISCOUNT)
    gone, _ = await _account_of("old@example.com", PASSWORD)
    kept = await _customer(staff, email="new@example.com")
    return _id(gone), _id(kept), Actor(ActorKind.CUSTOMER, _id(gone), "Ada")


async def test_an_order_that_is_being_placed_is_moved_by_the_merge(staff: Api):
    gone, kept, buyer = await _two(staff)
    data = make.order_data(("MUG", 1), discount_codes=["ONCE"])
    order, merged = await _meet(
        lambda uow: placing.place(uow, data),
        buyer,
        lambda: merging.merge(SYSTEM, gone, kept, from_version=1),
    )
    assert isinstance(merged, Customer) and isinstance(order, Order)
    assert (await Order.get(id=order.id)).customer_id == kept
    assert (await DiscountUse.get(order_id=order.id)).customer_id == kept


async def test_a_cart_that_is_being_placed_is_moved_with_its_code(staff: Api):
    gone, kept, buyer = await _two(staff)
    cart = await drafting.draft(buyer, make.order_data(("MUG", 1), discount_codes=["ONCE"]))
    order, merged = await _meet(
        lambda uow: placing.place(uow, make.order_data(), draft_id=cart.id),
        buyer,
        lambda: merging.merge(SYSTEM, gone, kept, from_version=1),
    )
    assert isinstance(merged, Customer) and isinstance(order, Order)
    assert (await Order.get(id=cart.id)).customer_id == kept
    assert (await DiscountUse.get(order_id=cart.id)).customer_id == kept


@pytest.mark.parametrize("who", ["buyer", "staff"])
async def test_an_order_that_comes_after_the_merge_is_refused(staff: Api, who: str):
    gone, kept, buyer = await _two(staff)
    more = {} if who == "buyer" else {"customer_id": gone}
    by = buyer if who == "buyer" else SYSTEM
    merged, refused = await _meet(
        lambda uow: merging.merge(uow, gone, kept, from_version=1),
        SYSTEM,
        lambda: placing.place(by, make.order_data(("MUG", 1), **more)),
    )
    assert isinstance(merged, Customer)
    assert isinstance(refused, NotFound | Invalid), refused
    assert await Order.all().count() == 0


async def test_two_merges_of_the_same_customers_leave_one(staff: Api):
    gone, kept, _ = await _two(staff)
    first, second = await _meet(
        lambda uow: merging.merge(uow, gone, kept, from_version=1),
        SYSTEM,
        lambda: merging.merge(SYSTEM, kept, gone, from_version=1),
    )
    assert isinstance(first, Customer) and isinstance(second, NotFound)
    assert [each.id for each in await Customer.all()] == [kept]


@pytest.mark.postgres
async def test_orders_placed_during_merges_are_never_lost(staff: Api):
    """Buyers place orders with and without carts while the customers are merged in turn."""
    assert is_postgres()
    gone, kept, buyer = await _two(staff)
    cart = await drafting.draft(buyer, make.order_data(("MUG", 1)))

    async def places(data: Any, **more: Any) -> Any:
        return await placing.place(buyer, data, **more)

    async def merges() -> Any:
        for _ in range(20):
            version = (await Customer.get(id=gone)).version
            with suppress(StaleVersion):  # an order has saved its address meanwhile
                return await merging.merge(SYSTEM, gone, kept, from_version=version)
        raise AssertionError("the customer changes all the time")

    done: Iterable[Any] = await asyncio.gather(
        *(places(make.order_data(("MUG", 1))) for _ in range(6)),
        places(make.order_data(save_addresses=True), draft_id=cart.id, sent=frozenset({"save_addresses"})),
        merges(),
        *(places(make.order_data(("MUG", 1))) for _ in range(6)),
        return_exceptions=True,
    )
    placed = [each for each in done if isinstance(each, Order)]
    # On a slow machine a command may wait too long for a lock: it is refused, and stores nothing.
    expected = Order | Customer | NotFound | Invalid | ServiceBusy
    assert [repr(each)[:300] for each in done if not isinstance(each, expected)] == []
    assert {order.customer_id for order in await Order.all()} == {kept}
    assert await Order.filter(placed_at__isnull=False).count() == len(placed)


async def test_access_is_not_given_by_the_id_of_a_merged_customer(staff: Api, api: Api):
    gone, token = await _account_of("old@example.com", PASSWORD)
    kept = await _customer(staff, name="Ada")
    await _merge(staff, gone, kept)
    session = await access.open_session(Actor(ActorKind.CUSTOMER, _id(gone), "Ada"))
    for credential in (token, session.access_token):
        error = await api.as_(credential).error("{ me { kind } }")
        assert error["extensions"]["code"] == "UNAUTHENTICATED"
