"""Merge of two customers who are one person: everything of one becomes the other's, and its row is deleted.

Both rows are locked first. An order that is being placed for one of them holds a lock on the row too, by its
foreign key: the merge waits for it and moves it; an order that comes later refers to no row and is refused.
What higher layers store about a customer is moved by their listeners of `CustomerMerged`, and counted for the
preview by the function that `wiring` sets.

`placing` locks a cart before the customer whose addresses it saves, so the two can deadlock with a merge;
the database ends one of them, and it is repeated.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson

from app.access import queries as access_queries
from app.access import service as access
from app.core.actor import Actor
from app.core.database import among, delete_each, delete_where, update_where
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, NotFound, Problem, Problems, StaleVersion
from app.core.texts import LARGEST_METADATA, LONGEST_NOTE, MOST_TAGS
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes
from app.customers import book, queries, requests
from app.customers.combining import OBJECTS, Combined, account_after, combine
from app.customers.events import CustomerMerged, CustomerMergeReceived
from app.customers.indexing import index
from app.customers.lifecycle import AccountPurpose, MergedAccount, MergeField
from app.customers.models import (
    AccountDeletion,
    AccountRequest,
    Customer,
    CustomerAddress,
    CustomerIdentity,
    CustomerSearch,
)

MOST_ORDERS = 10_000  # of the merged customer: all of them are written in one transaction


@dataclass(frozen=True, slots=True)
class Purchases:
    """What higher layers store about a customer."""

    orders: int  # placed ones
    carts: int
    discount_uses: int


CountPurchases = Callable[[UUID], Awaitable[Purchases]]
_purchases: list[CountPurchases] = []


def set_purchases(count: CountPurchases) -> None:
    _purchases[:] = [count]


@dataclass(frozen=True, slots=True)
class MergePreview:
    """What a merge would do. `problems` are the reasons for which it is not possible."""

    merged: Customer
    kept: Customer
    combined: Combined
    purchases: Purchases
    sessions: int  # of the merged customer, which would end
    problems: list[Problem]


async def preview(
    actor: Actor, from_id: UUID, into_id: UUID, preferred: Collection[MergeField] = ()
) -> MergePreview:
    """What the merge of a customer into another one would do.

    Raises:
        NotFound: one of them does not exist, or the actor may not change it.
        Invalid: both are the same.
    """
    gone, kept = await _both(actor, from_id, into_id, locks=False)
    combined, problems = await _combined(gone, kept, preferred)
    purchases = await _purchases_of(gone.id, problems)
    sessions = len(await access_queries.open_sessions_of(gone.id))
    return MergePreview(gone, kept, combined, purchases, sessions, problems.found)


@command
async def merge(
    uow: UnitOfWork,
    from_id: UUID,
    into_id: UUID,
    *,
    from_version: int,
    expected_version: int | None = None,
    preferred: Collection[MergeField] = (),
) -> Customer:
    """Merge a customer into another one, which is returned. It cannot be undone.

    Raises:
        NotFound: one of them does not exist, or the actor may not change it.
        StaleVersion: one of them has changed since it was read.
        Invalid, ValidationFailed: every reason for which it is not possible.
    """
    gone, kept = await _both(uow.actor, from_id, into_id, locks=True)
    try:
        refuse_stale(gone, from_version)
    except StaleVersion as stale:
        stale.path = ("from_version",)
        raise
    refuse_stale(kept, expected_version)
    combined, problems = await _combined(gone, kept, preferred)
    await _purchases_of(gone.id, problems)
    problems.refuse()
    changed = sorted(name for name, value in combined.columns.items() if value != getattr(kept, name))
    uow.announce(CustomerMerged(subject_id=gone.id, into_id=kept.id))
    await uow.dispatch()  # orders and the uses of discount codes are moved
    await _move_addresses(kept, combined)
    await update_where(AccountDeletion, "customer_id = $2", "customer_id = $1", gone.id, kept.id)
    await _close_account(uow, gone, kept, combined)
    await write_changes(kept, {name: combined.columns[name] for name in changed}, uow.at)
    await index(kept)
    shown = ["password" if name == "password_hash" else name for name in changed]
    uow.announce(CustomerMergeReceived(subject_id=kept.id, from_id=gone.id, changed=shown))
    return kept


async def _both(actor: Actor, from_id: UUID, into_id: UUID, *, locks: bool) -> tuple[Customer, Customer]:
    """The two customers; locked in the order of their ids, so that two merges cannot deadlock."""
    if from_id == into_id:
        raise Invalid(
            "Name two different customers.", "into_id", code=ProblemCode.CONTRADICTION, field="from_id"
        )
    found: dict[UUID, Customer] = {}
    for id, name in sorted([(from_id, "from_id"), (into_id, "into_id")]):
        if locks:
            found[id] = await queries.locked(id, actor, name)
            continue
        row = await queries.visible_to(actor).get_or_none(id=id) if queries.may_write(actor, id) else None
        if row is None:
            raise NotFound.of("customer", name)
        found[id] = row
    return found[from_id], found[into_id]


async def _combined(
    gone: Customer, kept: Customer, preferred: Collection[MergeField]
) -> tuple[Combined, Problems]:
    """The result of the merge, and the reasons for which it is not possible."""
    there, here = await queries.complete_address_books([gone.id, kept.id])
    account = account_after(has_gone=await has_account(gone), has_kept=await has_account(kept))
    combined, problems = combine(gone, kept, there, here, account, preferred), Problems()
    if MergeField.EMAIL in preferred:
        problems.add(
            "The email address belongs to the account. To keep the other one, merge in the other direction.",
            "prefer_from",
            code=ProblemCode.NOT_APPLICABLE,
        )
    for customer, name in ((gone, "from_id"), (kept, "into_id")):
        await _examine(customer, name, problems)
    _examine_sizes(combined, here, problems)
    return combined, problems


async def has_account(customer: Customer) -> bool:
    """Whether a customer can sign in, with a password or with an OpenID provider."""
    return customer.password_hash is not None or await queries.has_identity(customer.id)


async def _examine(customer: Customer, name: str, problems: Problems) -> None:
    if not customer.is_active:
        problems.add(
            "The account and the data of this customer were deleted.", name, code=ProblemCode.NOT_POSSIBLE_NOW
        )
    elif await queries.open_deletion(customer.id) is not None:
        problems.add(
            "This customer requested the deletion of the account: answer the request first.",
            name,
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )


def _examine_sizes(combined: Combined, book_of_kept: Sequence[CustomerAddress], problems: Problems) -> None:
    columns = combined.columns
    sizes = [
        (len(book_of_kept) + len(combined.moved), book.MOST, "addresses", ProblemCode.TOO_MANY),
        (len(columns["tags"]), MOST_TAGS, "tags", ProblemCode.TOO_MANY),
        (len(columns["note"]), LONGEST_NOTE, "characters in the note", ProblemCode.TOO_LONG),
    ]
    for name in OBJECTS.values():
        size = len(orjson.dumps(columns[name]))
        sizes.append((size, LARGEST_METADATA, f"bytes in `{name}`", ProblemCode.TOO_LARGE))
    for size, most, what, code in sizes:
        if size > most:
            text = f"Together they have {size:,} {what}; {most:,} are possible. Shorten one of them first."
            problems.add(text, "from_id", code=code, maximum=most)


async def _purchases_of(id: UUID, problems: Problems) -> Purchases:
    found = await _purchases[0](id) if _purchases else Purchases(0, 0, 0)
    if found.orders + found.carts > MOST_ORDERS:
        problems.add(
            f"At most {MOST_ORDERS:,} orders and carts can be moved. Merge in the other direction.",
            "from_id",
            code=ProblemCode.TOO_MANY,
            maximum=MOST_ORDERS,
        )
    return found


async def _move_addresses(kept: Customer, combined: Combined) -> None:
    await delete_each(combined.repeated)
    if combined.moved:
        ids = [entry.id for entry in combined.moved]
        await update_where(CustomerAddress, "customer_id = $1", among("id", 2), kept.id, ids)


async def _close_account(uow: UnitOfWork, gone: Customer, kept: Customer, combined: Combined) -> None:
    """Delete the merged customer with its sessions and mailed tokens. A person who can no longer sign in
    with its address is notified.
    """
    is_moved = combined.account is MergedAccount.MOVED
    had_account = not is_moved and await has_account(gone)
    if is_moved:
        await update_where(CustomerIdentity, "customer_id = $2", "customer_id = $1", gone.id, kept.id)
    else:
        await delete_where(CustomerIdentity, "customer_id = $1", gone.id)
    await access.end_sessions(uow, gone.id)
    await delete_where(AccountRequest, "customer_id = $1", gone.id)
    await delete_where(CustomerSearch, "customer_id = $1", gone.id)
    await delete_where(Customer, "id = $1", gone.id)
    if combined.columns["email"] != kept.email:  # what was mailed to the previous address is invalid
        await requests.close_all_of(kept, uow.at)
    if had_account:
        await requests.send_notice(uow, kept, AccountPurpose.EMAIL_CHANGED, gone.email)
