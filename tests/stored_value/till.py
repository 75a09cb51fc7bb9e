"""Gift cards and store credit as staff issue and see them."""

from dataclasses import dataclass
from typing import Any

from app.accounting import queries as accounting
from app.core.database import fetch
from app.payments import queries as payments
from app.stored_value import queries
from tests import make
from tests.ask import Api

ERROR = "... on UserError { errorCode message path } ... on ValidationFailed { problems { code path } }"
VALUE = """id kind currency maskedCode isUsable version reason expiresAt disabledAt balance { amount currency }
  entries { nodes { kind amount { amount } balance { amount } note } }"""
ISSUE = f"""mutation($i: GiftCardIssueInput!, $k: String) {{ giftCardIssue(input: $i, idempotencyKey: $k) {{
  __typename ... on GiftCardWithCode {{ code giftCard {{ {VALUE} }} }} {ERROR} }} }}"""
CREDIT = f"""mutation($i: StoreCreditIssueInput!) {{ storeCreditIssue(input: $i) {{
  __typename ... on StoredValue {{ {VALUE} customer {{ email }} }} {ERROR} }} }}"""
DISABLE = f"""mutation($i: GiftCardDisableInput!) {{ giftCardDisable(input: $i) {{
  __typename ... on StoredValue {{ {VALUE} }} {ERROR} }} }}"""
TAKE_BACK = f"""mutation($i: StoredValueTakeBackInput!) {{ storedValueTakeBack(input: $i) {{
  __typename ... on StoredValue {{ {VALUE} }} {ERROR} }} }}"""
LOOK = """query($code: String!) { giftCard(code: $code) {
  maskedCode balance { amount currency } expiresAt isUsable } }"""
SEEN = f"query($id: ID!) {{ node(id: $id) {{ ... on StoredValue {{ {VALUE} }} }} }}"


def usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


@dataclass
class Till:
    """Staff who issue gift cards and store credit in the channel `web`."""

    staff: Api

    @classmethod
    async def open(cls, api: Api) -> "Till":
        await make.shop()
        return cls(api.as_(await make.token()))

    async def card(self, amount: str = "50.00", **more: Any) -> tuple[str, str]:
        """Issue a gift card; its id and code."""
        made = await self.issue(amount, **more)
        assert made["__typename"] == "GiftCardWithCode", made
        return made["giftCard"]["id"], made["code"]

    async def issue(self, amount: str = "50.00", key: str | None = None, **more: Any) -> dict[str, Any]:
        return await self.staff.do(ISSUE, i={"channel": "web", "amount": usd(amount), **more}, k=key)

    async def credit(self, customer: str, amount: str = "50.00", **more: Any) -> dict[str, Any]:
        given = {"channel": "web", "customerId": customer, "amount": usd(amount), "reason": "Sorry", **more}
        return await self.staff.do(CREDIT, i=given)

    async def seen(self, id: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.staff.ask(SEEN, id=id))["node"]
        return found

    async def balance(self, id: str) -> str:
        return str((await self.seen(id))["balance"]["amount"])

    async def entries(self, id: str) -> list[tuple[str, str]]:
        """Kind and amount of each entry, oldest first."""
        nodes = (await self.seen(id))["entries"]["nodes"]
        return [(each["kind"], each["amount"]["amount"]) for each in reversed(nodes)]


async def customer_id(api: Api) -> str:
    return str((await api.ask("{ me { customer { id } } }"))["me"]["customer"]["id"])


async def books_agree() -> None:
    """The balances are the sums of their entries, and the payments agree with them."""
    assert await queries.differences() == []
    assert await payments.differences() == []
    assert await accounting.differences() == []


async def count(table: str) -> int:
    (row,) = await fetch(f"SELECT COUNT(*) AS n FROM {table}")
    return int(row["n"])
