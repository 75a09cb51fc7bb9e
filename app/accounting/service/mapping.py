"""The company's chart of accounts."""

from app.accounting.chart import DETAILED, LONGEST_DETAIL, LONGEST_NAME, LONGEST_NUMBER, NAMES
from app.accounting.events import AccountMapped
from app.accounting.lifecycle import AccountKind
from app.accounting.models import AccountMapping
from app.core.database import insert_or_update, uuid_of
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Problems
from app.core.uow import UnitOfWork, command


@command
async def set_account(
    uow: UnitOfWork, /, *, kind: AccountKind, detail: str = "", number: str, **changes: str | None
) -> AccountMapping:
    """Set the number of the accounts of a kind, or of one of them, and the name, if it is in `changes`.

    Raises:
        ValidationFailed: a detail of a kind without details; an empty number; texts that are too long.
    """
    number, detail = number.strip(), detail.strip()
    default = f"{NAMES[kind]} {detail}" if detail else NAMES[kind]
    name = (changes.get("name") or "").strip() or default[:LONGEST_NAME]
    problems = Problems()
    if detail and kind not in DETAILED:
        problems.add(
            "Accounts of this kind have no detail. Leave it out.", "detail", code=ProblemCode.NOT_APPLICABLE
        )
    if not number:
        problems.add("Enter the number of the account.", "number", code=ProblemCode.REQUIRED)
    for field, text, longest in (
        ("detail", detail, LONGEST_DETAIL),
        ("number", number, LONGEST_NUMBER),
        ("name", name, LONGEST_NAME),
    ):
        if len(text) > longest:
            problems.add(
                f"This must have at most {longest} characters.",
                field,
                code=ProblemCode.TOO_LONG,
                maximum=longest,
            )
    problems.refuse()
    row = AccountMapping(id=new_id(), kind=kind, detail=detail, number=number, name=name, updated_at=uow.at)
    written = "number = excluded.number, updated_at = excluded.updated_at"
    if "name" in changes:
        written += ", name = excluded.name"
    (stored,) = await insert_or_update([row], "kind, detail", written, returning="id, name")
    row.id, row.name = uuid_of(stored["id"]), stored["name"]
    uow.announce(AccountMapped(subject_id=row.id, kind=kind.value, detail=detail, number=number))
    return row
