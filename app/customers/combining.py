"""What a merge of two customers results in: pure functions of the two and their address books.

The kept customer's values stay; the other one's fill what it lacks. `preferred` names fields of which the
other one's value is taken although both have one.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from app.core.money import Money
from app.customers.contact import place_key
from app.customers.lifecycle import MergedAccount, MergeField
from app.customers.models import Customer, CustomerAddress

# The columns of the fields of which one value is taken as it is.
COLUMNS: Mapping[MergeField, tuple[str, ...]] = {
    MergeField.NAME: ("name",),
    MergeField.PHONE: ("phone",),
    MergeField.BORN_ON: ("born_on",),
    MergeField.CREDIT_LIMIT: ("credit_limit_minor", "credit_currency"),
    MergeField.EXTERNAL_REFERENCE: ("external_reference",),
}
DEFAULTS: Mapping[MergeField, str] = {
    MergeField.DEFAULT_SHIPPING_ADDRESS: "default_shipping_id",
    MergeField.DEFAULT_BILLING_ADDRESS: "default_billing_id",
}
OBJECTS: Mapping[MergeField, str] = {
    MergeField.METADATA: "metadata",
    MergeField.PRIVATE_METADATA: "private_metadata",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that differs between the two customers; None: the customer has none."""

    field: MergeField
    merged: str | None
    kept: str | None
    result: str | None
    key: str = ""  # of the entry, for the metadata


@dataclass(frozen=True, slots=True)
class Combined:
    """The result of a merge."""

    account: MergedAccount
    columns: dict[str, Any]  # of the kept customer, with their values after the merge
    differences: list[Difference]
    moved: list[CustomerAddress] = field(default_factory=list)
    repeated: list[CustomerAddress] = field(default_factory=list)  # the kept customer has these addresses


def combine(
    gone: Customer,
    kept: Customer,
    book_of_gone: Sequence[CustomerAddress],
    book_of_kept: Sequence[CustomerAddress],
    account: MergedAccount,
    preferred: Collection[MergeField] = (),
) -> Combined:
    """What the merge of `gone` into `kept` results in."""
    combined = Combined(account, {}, [])
    _combine_email(gone, kept, combined)
    for each, columns in COLUMNS.items():
        _combine_columns(each, columns, gone, kept, combined, takes=each in preferred)
    same_as = _sort_addresses(book_of_gone, book_of_kept, combined)
    entries = {entry.id: entry for entry in (*book_of_gone, *book_of_kept)}
    for each, column in DEFAULTS.items():
        _combine_default(each, column, gone, kept, same_as, entries, combined, takes=each in preferred)
    for each, column in OBJECTS.items():
        _combine_object(each, column, gone, kept, combined, takes=each in preferred)
    combined.columns["tags"] = list(dict.fromkeys([*kept.tags, *gone.tags]))
    combined.columns["note"] = "\n\n".join(dict.fromkeys(note for note in (kept.note, gone.note) if note))
    return combined


def account_after(*, has_gone: bool, has_kept: bool) -> MergedAccount:
    """Whose account stays, given which of the two has one."""
    if has_kept:
        return MergedAccount.KEPT
    return MergedAccount.MOVED if has_gone else MergedAccount.NONE


def _combine_email(gone: Customer, kept: Customer, combined: Combined) -> None:
    """The address belongs to the account that it was proven for: password and address stay together."""
    takes = combined.account is MergedAccount.MOVED or kept.email is None
    email = gone.email if takes and gone.email is not None else kept.email
    combined.columns["email"] = email
    if combined.account is MergedAccount.MOVED:
        combined.columns["password_hash"] = gone.password_hash
    if gone.email != kept.email:
        combined.differences.append(Difference(MergeField.EMAIL, gone.email, kept.email, email))


def _combine_columns(
    each: MergeField,
    columns: tuple[str, ...],
    gone: Customer,
    kept: Customer,
    combined: Combined,
    *,
    takes: bool,
) -> None:
    here = [getattr(kept, column) for column in columns]
    there = [getattr(gone, column) for column in columns]
    has_here, has_there = here[0] not in (None, ""), there[0] not in (None, "")
    result = there if has_there and (takes or not has_here) else here
    combined.columns.update(zip(columns, result, strict=True))
    if here != there:
        combined.differences.append(Difference(each, _text(there), _text(here), _text(result)))


def _text(values: Sequence[Any]) -> str | None:
    if values[0] in (None, ""):
        return None
    if len(values) > 1:
        amount = Money(values[0], values[1])
        return f"{amount.amount} {amount.currency}"
    return str(values[0])


def _sort_addresses(
    book_of_gone: Sequence[CustomerAddress], book_of_kept: Sequence[CustomerAddress], combined: Combined
) -> dict[UUID, CustomerAddress]:
    """Sort the other one's entries into moved and repeated ones; return the entry that each becomes."""
    known = {place_key(entry.address): entry for entry in reversed(book_of_kept)}
    becomes: dict[UUID, CustomerAddress] = {}
    for entry in book_of_gone:
        same = known.setdefault(place_key(entry.address), entry)
        becomes[entry.id] = same
        (combined.moved if same is entry else combined.repeated).append(entry)
    return becomes


def _combine_default(
    each: MergeField,
    column: str,
    gone: Customer,
    kept: Customer,
    becomes: Mapping[UUID, CustomerAddress],
    entries: Mapping[UUID, CustomerAddress],
    combined: Combined,
    *,
    takes: bool,
) -> None:
    here: UUID | None = getattr(kept, column)
    entry = becomes.get(getattr(gone, column))
    there = entry.id if entry is not None else None
    result = there if there is not None and (takes or here is None) else here
    combined.columns[column] = result
    if here != there:
        merged, shown, after = (_line(entries.get(id)) if id else None for id in (there, here, result))
        combined.differences.append(Difference(each, merged, shown, after))


def _line(entry: CustomerAddress | None) -> str | None:
    if entry is None:
        return None
    parts = (entry.address.get(name) for name in ("name", "line1", "city", "country"))
    return ", ".join(part for part in parts if part)


def _combine_object(
    each: MergeField, column: str, gone: Customer, kept: Customer, combined: Combined, *, takes: bool
) -> None:
    here, there = getattr(kept, column) or {}, getattr(gone, column) or {}
    combined.columns[column] = here | there if takes else there | here
    for key, value in there.items():
        if key in here and here[key] != value:
            result = combined.columns[column][key]
            combined.differences.append(
                Difference(each, _json(value), _json(here[key]), _json(result), key=key)
            )


def _json(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
