"""The company's bank accounts, refunds by bank transfer, and files with them, in GraphQL."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

import strawberry

from app.bank import queries, transfer_models
from app.bank.lifecycle import BankTransferFileStatus, BankTransferStatus
from app.bank.schema.types import MANAGE, NEWEST, BankEntry
from app.core.graphql.conditions import conditions
from app.core.graphql.empty import none_if_empty
from app.core.graphql.filters import DateTimeFilter, IdFilter, StringFilter, id_q
from app.core.graphql.levels import level_field
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import AROUND_IT, OWN_SCOPE, PART_OF_IT, field, query
from app.core.graphql.scalars import Money, arg, doc, graphql_enum, money, serves
from app.core.pagination import Order as Sort
from app.core.pagination import PageArgs
from app.core.spelling import as_written
from app.payments import queries as payments
from app.payments.schema.types import PaymentTransaction

graphql_enum(BankTransferStatus, "Status of a refund by bank transfer.")
graphql_enum(BankTransferFileStatus, "Status of a file with refunds by bank transfer.")
_BY_NAME = Sort(("name", "id"))
_VERSION = (
    "Version number; increases with every change. Pass it as `expectedVersion` to detect concurrent edits."
)


@strawberry.type(
    description="A bank account of the company from which refunds are paid. Visible to callers who manage "
    "payments of all channels."
)
class BankAccount(Node):
    is_type_of = serves(transfer_models.BankAccount)

    iban: str = doc("IBAN of the account.")
    name: str = doc("Name of the account holder, as the bank knows it.")
    bic: str | None = none_if_empty("BIC of the bank; null if it is not needed.")
    is_active: bool = doc("Whether files can be created for it.")
    version: int = doc(_VERSION)
    created_at: datetime = doc("Date and time at which it was created.")


@strawberry.type(
    description="A refund that the bank pays to the account of the buyer. Visible to callers who manage "
    "payments of all channels."
)
class BankTransfer(Node):
    is_type_of = serves(transfer_models.BankTransfer)

    status: BankTransferStatus = doc("Status of the transfer.")
    end_to_end_id: str = doc(
        "Reference of the transfer in the file and in statements: 32 letters, derived from the id of the "
        "refund."
    )
    masked_iban: str = doc("IBAN of the buyer; only its first and last four characters are shown.")
    account_holder: str = doc("Name of the holder of the account.")
    reason: str | None = none_if_empty(
        "Why it was rejected, returned or cancelled, in the words of the bank or of staff; null if it was "
        "not."
    )
    created_by: str = doc("Name of the user or app that asked for it.")
    version: int = doc(_VERSION)
    created_at: datetime = doc("Date and time at which it was asked for.")

    @field()
    def amount(self, root: strawberry.Parent[Any]) -> Money:
        """Amount of the refund."""
        return money(root.amount_minor, root.currency)

    @level_field(PaymentTransaction, reach=AROUND_IT)
    async def refund(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The refund: PENDING until the bank has executed or rejected the transfer."""
        ids = [root.transaction_id for root in roots]
        return await info.context.load_many(payments.transactions_by_id, ids)

    @level_field(Annotated["BankTransferFile", strawberry.lazy(__name__)] | None, MANAGE, reach=OWN_SCOPE)
    async def file(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The file that has it; null while it is in none, and without PAYMENTS_MANAGE in all channels."""
        return await _found(info, queries.transfer_files_by_id, [root.file_id for root in roots])

    @level_field(BankEntry | None, MANAGE, reach=OWN_SCOPE)
    async def entry(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The bank entry of its execution; null until a statement has it, and without PAYMENTS_MANAGE in all
        channels."""
        return await _found(info, queries.entries_by_id, [root.entry_id for root in roots])

    @level_field(BankEntry | None, MANAGE, reach=OWN_SCOPE)
    async def return_entry(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The bank entry with which it came back; null if it did not, and without PAYMENTS_MANAGE in all
        channels."""
        return await _found(info, queries.entries_by_id, [root.return_entry_id for root in roots])


@strawberry.type(
    description="A file with transfers for the bank: ISO 20022 pain.001.001.09. Staff download it and send "
    "it to the bank. Visible to callers who manage payments of all channels."
)
class BankTransferFile(Node):
    is_type_of = serves(transfer_models.BankTransferFile)

    status: BankTransferFileStatus = doc("Status of the file.")
    message_id: str = doc("Identification of the message and of its payment information: 32 letters.")
    executes_on: date = doc("Day on which the bank is asked to execute the transfers.")
    transfer_count: int = doc("Number of transfers in the file.")
    created_by: str = doc("Name of the user or app that created it.")
    created_at: datetime = doc("Date and time at which it was created.")
    sent_at: datetime | None = doc(
        "When staff said that the bank has it, or the bank first reported about it; null until then."
    )
    cancelled_at: datetime | None = doc("When it was cancelled; null if it was not.")
    version: int = doc(_VERSION)

    @field()
    def total(self, root: strawberry.Parent[Any]) -> Money:
        """Sum of the transfers."""
        return money(root.total_minor, root.currency)

    @field()
    def download_path(self, root: strawberry.Parent[Any]) -> str | None:
        """Path at which the file is downloaded with a token: `GET /exports/bank-transfers/{id}`. It has the
        same bytes each time. Null if it is cancelled."""
        is_cancelled = root.status is BankTransferFileStatus.CANCELLED
        return None if is_cancelled else f"/exports/bank-transfers/{root.id}"

    @level_field(BankAccount, reach=AROUND_IT)
    async def account(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The account that pays."""
        return await info.context.load_many(queries.accounts_by_id, [root.account_id for root in roots])

    @level_field(list[BankTransfer], reach=PART_OF_IT)
    async def transfers(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The transfers of the file, oldest first; none if it is cancelled."""
        return await info.context.load_many(queries.transfers_by_file, [root.id for root in roots])


@strawberry.type(description="Result of the import of a file with rejections.")
class BankTransferStatusImport:
    rejected: list[BankTransfer] = doc("The transfers that are REJECTED by this import.")
    known_count: int = doc("Number of transfers that were rejected or cancelled before.")
    conflict_count: int = doc(
        "Number of transfers that were executed, whose file was cancelled, or of which only a copy was "
        "rejected; they are not changed."
    )
    unknown_count: int = doc("Number of rejections of transfers or files that are not known here.")


@strawberry.input(description="Filter conditions for refunds by bank transfer.")
class BankTransferFilter:
    status: list[BankTransferStatus] | None = doc("Filter by status.", default=None)
    file_id: IdFilter | None = doc("Filter by the file that has it.", default=None)
    end_to_end_id: StringFilter | None = doc(
        "Filter by the reference of the transfer.", default=None, spelling=as_written
    )
    created_at: DateTimeFilter | None = doc("Filter by the time at which it was asked for.", default=None)


@strawberry.input(description="Filter conditions for files with refunds by bank transfer.")
class BankTransferFileFilter:
    status: list[BankTransferFileStatus] | None = doc("Filter by status.", default=None)
    created_at: DateTimeFilter | None = doc("Filter by the time of creation.", default=None)


_transfer_conditions = conditions(
    BankTransferFilter,
    transfer_models.BankTransfer,
    file_id=lambda given: id_q("file_id", given, "BankTransferFile"),
)
_file_conditions = conditions(BankTransferFileFilter, transfer_models.BankTransferFile)


async def _found(info: strawberry.Info, load: Any, ids: Sequence[Any]) -> list[Any]:
    """Rows by ids that may be null."""
    known = [id for id in ids if id is not None]
    rows = dict(zip(known, await info.context.load_many(load, known), strict=True))
    return [rows.get(id) for id in ids]


@strawberry.type
class BankTransferQuery:
    @query(MANAGE)
    async def bank_accounts(
        self,
        info: strawberry.Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[BankAccount]:
        """Bank accounts of the company, by name."""
        rows = queries.accounts_visible_to(info.context.actor)
        return await connection(rows, PageArgs(_BY_NAME, first, after, last, before))

    @query(MANAGE)
    async def bank_transfers(
        self,
        info: strawberry.Info,
        filter: Annotated[BankTransferFilter | None, arg("Filter conditions.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[BankTransfer]:
        """Refunds by bank transfer, newest first. Those that are in no file yet are WAITING."""
        rows = queries.transfers_visible_to(info.context.actor)
        if filter is not None:
            rows = rows.filter(_transfer_conditions(filter))
        return await connection(rows, PageArgs(NEWEST, first, after, last, before))

    @query(MANAGE)
    async def bank_transfer_files(
        self,
        info: strawberry.Info,
        filter: Annotated[BankTransferFileFilter | None, arg("Filter conditions.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[BankTransferFile]:
        """Files with refunds by bank transfer, newest first."""
        rows = queries.transfer_files_visible_to(info.context.actor)
        if filter is not None:
            rows = rows.filter(_file_conditions(filter))
        return await connection(rows, PageArgs(NEWEST, first, after, last, before))
