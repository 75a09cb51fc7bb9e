"""Statements and notifications that a simulated bank writes: `mock-bank`, in its own process."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app.bank import queries as bank
from tests import make, services
from tests.ask import Api
from tests.bank.files import Bank
from tests.bank.test_importing import Shop

pytestmark = pytest.mark.divided


class MockBank:
    """The bank of the account ACME, in euros; its clock moves only when told to."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def credit(self, cents: int, *note: str, **more: Any) -> None:
        """Money arrives on the account."""
        body = {
            "account": "ACME",
            "amount": cents,
            "debtor": {"name": "Ada Lovelace"},
            "note": list(note),
            **more,
        }
        answer = self._http.post("/_mock/credits", content=json.dumps(body))
        assert answer.status_code == 201, answer.text

    def behave(self, behaviour: str) -> None:
        answer = self._http.patch("/_mock/accounts/ACME", content=json.dumps({"behaviour": behaviour}))
        assert answer.status_code == 200, answer.text

    def next_day(self) -> None:
        assert self._http.post("/_mock/advance", params={"days": 1}).status_code == 200

    def files(self, kind: str) -> list[str]:
        """The bank's messages about the account so far, oldest first."""
        found = self._http.get("/_mock/messages").json()
        rows = found if isinstance(found, list) else found["messages"]
        rows = sorted((row for row in rows if row["type"].startswith(kind)), key=lambda row: row["id"])
        return [row["body"] for row in rows if row["account"] == "ACME"]


@pytest.fixture
def mock_bank() -> Iterator[MockBank]:
    port = services.free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "mockbank", "--port", str(port), "-q", "--clock", "2026-11-26T09:00"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
            begun = time.monotonic()
            while True:
                try:
                    http.get("/_mock/health").raise_for_status()
                    break
                except httpx.TransportError:
                    assert process.poll() is None and time.monotonic() < begun + 60
                    time.sleep(0.05)
            yield MockBank(http)
    finally:
        process.kill()
        process.wait()


async def test_the_files_of_a_bank_pay_orders_once_and_leave_the_rest_to_staff(api: Api, mock_bank: MockBank):
    await (await make.shop(currency="EUR")).sell("A", stock=100)
    shop = Shop(api.as_(await make.token()))
    exact, wrapped, short, other = [await shop.order() for _ in range(4)]
    mock_bank.credit(1500, f"Order {exact}")
    mock_bank.credit(1500, f"Thank you for the nice things of {wrapped} regards", wrap=35)
    mock_bank.credit(1400, short, end_to_end_id="E2E-1")
    mock_bank.credit(1500, "For my order")
    for content in mock_bank.files("camt.054"):
        await shop.bank.take(content)
    mock_bank.next_day()
    statements = mock_bank.files("camt.053")
    for content in [*statements, *statements, *mock_bank.files("camt.054")]:
        for found in await shop.bank.take(content):
            assert (found["storedCount"], found["skippedCount"]) == (0, 0)
    entries = await shop.bank.entries()
    assert sorted(each["problem"] or "" for each in entries) == ["", "", "NO_ORDER", "UNDERPAID"]
    paid = [await shop.paid(number) for number in (exact, wrapped, short, other)]
    assert paid == ["15.00", "15.00", "0.00", "0.00"]
    await shop.reckoned()


async def test_a_statement_that_lacks_an_entry_has_a_difference(api: Api, mock_bank: MockBank):
    await (await make.shop(currency="EUR")).sell("A", stock=100)
    shop = Shop(api.as_(await make.token()))
    mock_bank.behave("statement-gap")
    mock_bank.credit(1500, "one")
    mock_bank.credit(2500, "two")
    mock_bank.next_day()
    [content] = mock_bank.files("camt.053")
    [statement] = await Bank(shop.staff).take(content)
    missing = {"15.00", "25.00"} - {each["amount"]["amount"] for each in await shop.bank.entries()}
    assert {statement["statement"]["difference"]["amount"]} == missing
    # The notification has it.
    for content in mock_bank.files("camt.054"):
        await shop.bank.take(content)
    assert sorted(each["amount"]["amount"] for each in await shop.bank.entries()) == ["15.00", "25.00"]
    assert await bank.differences() == []
