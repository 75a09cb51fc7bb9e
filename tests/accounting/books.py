"""The ledger as finance staff see it."""

from typing import Any

from tests.ask import Api

ENTRIES = """query($f: LedgerEntryFilter) { ledgerEntries(filter: $f, first: 100) { nodes {
  id kind subjectKind currency postedOn order { number }
  postings { side account { kind detail number name } amount { amount currency } } } } }"""
BALANCES = """query($on: Date) { ledgerBalances(on: $on) {
  account { kind detail number name } side balance { amount currency } debits { amount } credits { amount } } }"""
RECEIVE = """mutation($i: StockReceiptCreateInput!) { stockReceiptCreate(input: $i) {
  __typename ... on StockReceipt { id } } }"""


def name_of(account: dict[str, Any]) -> str:
    """`SALES` or `CLEARING manual`."""
    return f"{account['kind']} {account['detail'] or ''}".strip()


async def balances(api: Api, on: str | None = None, currency: str = "USD") -> dict[str, str]:
    """The balances in a currency by account: `-` before the amount of a credit balance. Zeros are left out."""
    found = (await api.ask(BALANCES, on=on))["ledgerBalances"]
    return {
        name_of(each["account"]): ("-" if each["side"] == "CREDIT" else "") + each["balance"]["amount"]
        for each in found
        if each["balance"]["currency"] == currency and each["balance"]["amount"].strip("0.")
    }


async def entries(api: Api, **filter: Any) -> list[tuple[str, dict[str, str]]]:
    """The kind and postings of each entry, oldest first: `-` before the amount of a credit."""
    nodes = (await api.ask(ENTRIES, f=filter))["ledgerEntries"]["nodes"]
    return [
        (
            node["kind"],
            {
                name_of(each["account"]): ("-" if each["side"] == "CREDIT" else "") + each["amount"]["amount"]
                for each in node["postings"]
            },
        )
        for node in reversed(nodes)
    ]


async def receive(api: Api, sku: str, quantity: int, cost: str, location: str = "web-main") -> None:
    line = {"sku": sku, "quantity": quantity, "unitCost": {"amount": cost, "currency": "USD"}}
    done = await api.do(RECEIVE, i={"location": location, "lines": [line]})
    assert done["__typename"] == "StockReceipt", done
