"""E-mail addresses match in every spelling: for accounts, queries, staff and the block list."""

import pytest

from app.access import service as access
from app.access.service import PUBLIC
from app.core.actor import SYSTEM
from app.customers import accounts, requests
from app.customers.lifecycle import AccountPurpose
from app.customers.models import AccountRequest, BlockedBuyer, Customer
from app.orders.models import Order
from tests import make
from tests.ask import ERRORS, Api, order_input

SIGN_IN = 'mutation($e: String!) { signIn(input: {email: $e, password: "long-password-1"}) { __typename } }'
BLOCK = 'mutation($e: String!) { buyerBlock(email: $e, reason: "Fraud") { __typename ... on BlockedBuyer { email } } }'
UNBLOCK = "mutation($e: String!) { buyerUnblock(email: $e) { __typename } }"
PLACE = "mutation($i: OrderPlaceInput!) { orderPlace(input: $i) { ... on Order { email holds { rule } } } }"
SPELLINGS = [
    "uwe@xn--bcher-kva.example",
    "uwe@bücher.example",
    "Uwe@BÜCHER.example",
    " uwe@bücher.example\u00a0",
]


@pytest.mark.parametrize("registered", SPELLINGS)
async def test_a_customer_signs_in_with_every_spelling_of_the_registered_address(
    api: Api, clean: None, registered: str
):
    kept = await accounts.request_account(PUBLIC, email=registered)
    request = await AccountRequest.get(email=kept)
    await accounts.confirm(PUBLIC, token=requests.token_of(request.id), password="long-password-1")
    for typed in SPELLINGS:
        assert (await api.do(SIGN_IN, e=typed))["__typename"] == "SessionTokens"
        await accounts.request_account(PUBLIC, email=typed)
    known = await AccountRequest.exclude(id=request.id)
    assert {each.purpose for each in known} == {AccountPurpose.REGISTER_KNOWN}
    assert await Customer.all().count() == 1


async def test_staff_sign_in_with_every_spelling_of_their_address(api: Api, clean: None):
    await access.ensure_roles(SYSTEM)
    await access.add_staff(
        SYSTEM,
        email=" Uwe@xn--bcher-kva.example",
        name="Uwe",
        role_code="administrator",
        password="long-password-1",
    )
    for typed in SPELLINGS:
        assert (await api.do(SIGN_IN, e=typed))["__typename"] == "SessionTokens"


async def test_a_customer_is_found_by_every_spelling_of_the_address(api: Api, clean: None):
    await make.account(SPELLINGS[0])
    staff = api.as_(await make.token())
    for typed in SPELLINGS:
        assert (await staff.ask("query($e: String!) { customer(email: $e) { name } }", e=typed))["customer"]


@pytest.mark.parametrize("blank", ["", " ", "\u200b"])
async def test_an_empty_email_address_or_external_reference_is_refused(api: Api, clean: None, blank: str):
    staff = api.as_(await make.token())
    create = (
        "mutation($i: CustomerCreateInput!) { customerCreate(input: $i) { "
        + ERRORS
        + " ... on Customer { id } } }"
    )
    update = (
        "mutation($i: CustomerUpdateInput!) { customerUpdate(input: $i) { "
        + ERRORS
        + " ... on Customer { email } } }"
    )
    for field in ("email", "externalReference"):
        refused = await staff.do(create, i={"name": "Ada", field: blank})
        assert refused["path"] == ["input", field]
    id = (await staff.do(create, i={"name": "Ada", "email": "ada@example.com", "externalReference": "a"}))[
        "id"
    ]
    for field in ("email", "externalReference"):
        assert (await staff.do(update, i={"id": id, field: blank}))["path"] == ["input", field]
    customer = await Customer.get()
    assert (customer.email, customer.external_reference) == ("ada@example.com", "a")
    assert (await staff.do(update, i={"id": id, "email": None}))["email"] is None


@pytest.fixture
async def shop(clean: None) -> make.Shop:
    shop = await make.shop(confirms_at_once=True)
    await shop.sell("A", stock=100)
    return shop


async def _held(api: Api, email: str) -> bool:
    placed = await api.do(PLACE, i=order_input(("A", 1), email=email))
    return "blocked_buyer" in [hold["rule"] for hold in placed["holds"]]


@pytest.mark.parametrize(
    "blocked", ["eve@bücher.example", "eve+shop@bücher.example", "EVE@xn--bcher-kva.example"]
)
async def test_orders_of_a_blocked_buyer_are_held_for_every_spelling_of_the_mailbox(
    api: Api, shop: make.Shop, blocked: str
):
    staff = api.as_(await make.token())
    assert (await staff.do(BLOCK, e=blocked))["email"] == "eve@bücher.example"
    assert (await staff.do(BLOCK, e="eve+2@bücher.example"))["__typename"] == "AlreadyExists"
    for email in ("eve@bücher.example", "Eve+1@bücher.example", "eve+a+b@xn--bcher-kva.example"):
        assert await _held(staff, email)
    assert not await _held(staff, "eva@bücher.example")
    assert (await staff.do(UNBLOCK, e="Eve+9@BÜCHER.example"))["__typename"] == "BlockedBuyer"
    assert not await _held(staff, "eve@bücher.example")


async def test_a_blocked_domain_includes_its_subdomains_and_no_other_domains(api: Api, shop: make.Shop):
    staff = api.as_(await make.token())
    assert (await staff.do(BLOCK, e=" @Bad.Example"))["email"] == "@bad.example"
    for email in ("a@bad.example", "a@mail.bad.example", "a+b@x.y.bad.example"):
        assert await _held(staff, email)
    for email in ("a@notbad.example", "bad.example@good.example"):
        assert not await _held(staff, email)
    assert (await staff.do(UNBLOCK, e="@BAD.example"))["__typename"] == "BlockedBuyer"


async def test_a_block_stored_with_a_tagged_address_still_applies_and_can_be_removed(
    api: Api, shop: make.Shop
):
    staff = api.as_(await make.token())
    await staff.do(BLOCK, e="eve@example.com")
    await BlockedBuyer.all().update(email="eve+1@example.com")
    assert await _held(staff, "eve+1@example.com")
    assert (await staff.do(UNBLOCK, e="eve+1@example.com"))["__typename"] == "BlockedBuyer"
    assert await BlockedBuyer.all().count() == 0


async def test_orders_accept_reserved_email_domains_in_development(api: Api, shop: make.Shop):
    placed = await api.do(PLACE, i=order_input(("A", 1), email="Ada@Staging.Shop.test"))
    assert placed["email"] == "ada@staging.shop.test"
    assert (await Order.get()).email == "ada@staging.shop.test"
