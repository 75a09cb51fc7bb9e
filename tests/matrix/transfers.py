"""Refunds by bank transfer of a side of the world, and files with them."""

from app.bank.lifecycle import BankTransferFileStatus, BankTransferStatus
from app.bank.models import BankEntry
from app.bank.transfer_models import BankTransfer, BankTransferFile
from app.core import clock
from app.core.ids import from_global
from tests.ask import PLACE, Api, order_input
from tests.bank.euros import payment_in_euros, refund_of

OWN = {"web": "NL02ABNA0123456789", "eu": "BE71096123456769"}
_CREATE = """mutation($i: BankTransferCreateInput!) { bankTransferCreate(input: $i) { __typename
  ... on BankTransfer { id endToEndId } ... on UserError { message path } } }"""
_FILE = """mutation($i: BankTransferFileCreateInput!) { bankTransferFileCreate(input: $i) { __typename
  ... on BankTransferFile { id messageId } ... on UserError { message path } } }"""
_ACCOUNT = """mutation($i: BankAccountSetInput!) { bankAccountSet(input: $i) { __typename
  ... on BankAccount { id } ... on UserError { message path } } }"""


async def made(staff: Api, code: str) -> dict[str, str]:
    """Transfers and files in each state; returns ids by name."""
    given = order_input(("A", 2), channel=code, email=f"{code}@example.com")
    payment = await payment_in_euros(staff, (await staff.do(PLACE, input=given))["id"])
    own = {"iban": OWN[code], "name": f"Shop {code}", "bic": "ABNANL2A"}
    account = (await staff.do(_ACCOUNT, i=own))["id"]
    transfers = [(await staff.do(_CREATE, i=refund_of(payment))) for _ in range(5)]
    files = [
        await staff.do(_FILE, i={"accountId": account, "transferIds": [each["id"]]}) for each in transfers[:3]
    ]
    named = {"payment in euros": payment, "own account": account, "file": files[0]["id"]}
    named |= {"waiting transfer": transfers[3]["id"], "other waiting transfer": transfers[4]["id"]}
    named |= {
        "filed reference": transfers[0]["endToEndId"],
        "other filed reference": transfers[1]["endToEndId"],
    }
    named["message"], named["other message"] = files[0]["messageId"], files[1]["messageId"]
    await _fill(code, from_global(transfers[2]["id"])[1], from_global(files[2]["id"])[1])
    return named


async def _fill(code: str, transfer: object, file: object) -> None:
    """A transfer and a file with a value in each column."""
    names = ("BK-2", "BK-3") if code == "web" else ("BK-11", "BK-12")
    entry, back = [await BankEntry.get(servicer_reference=name) for name in names]
    await BankTransfer.filter(id=transfer).update(
        status=BankTransferStatus.RETURNED, entry_id=entry.id, return_entry_id=back.id, reason="AC04"
    )
    await BankTransferFile.filter(id=file).update(
        status=BankTransferFileStatus.SENT, sent_at=clock.now(), cancelled_at=clock.now()
    )
