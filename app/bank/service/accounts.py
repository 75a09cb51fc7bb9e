"""The company's bank accounts from which refunds are paid."""

from collections.abc import Mapping
from typing import Any

from app.bank import queries, sepa
from app.bank.transfer_models import BankAccount
from app.core.database import insert, one_at_a_time
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, Problems
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes


@command
async def set_account(
    uow: UnitOfWork, iban: str, given: Mapping[str, Any], *, expected_version: int | None = None
) -> BankAccount:
    """Create the account with an IBAN, or update the given fields of it. Without a `bic` it is removed.

    Raises:
        StaleVersion. Invalid, ValidationFailed: the IBAN or BIC is wrong; a new account has no name; the name
            is too long, or has no character that banks accept.
    """
    number = sepa.checked_iban(iban, "iban")
    problems, changes = Problems(), dict(given)
    if "name" in given:
        with problems.caught():
            changes["name"] = checked_name(given["name"], "name")
    if "bic" in given:
        with problems.caught():
            changes["bic"] = sepa.checked_bic(given["bic"], "bic") if given["bic"] else ""
    await one_at_a_time(f"own bank account {number}")
    account = await queries.locked_account(number)
    if account is None and "name" not in given:
        problems.add("Enter the holder of the account.", "name", code=ProblemCode.REQUIRED)
    problems.refuse()
    if account is not None:
        refuse_stale(account, expected_version)
        await write_changes(account, changes, uow.at)
        return account
    account = BankAccount(id=new_id(), iban=number, created_at=uow.at, updated_at=uow.at, **changes)
    await insert([account])
    return account


def checked_name(name: str, *path: str) -> str:
    """The name of the holder of an account, trimmed.

    Raises:
        Invalid: it is empty, too long, or has no character that banks accept.
    """
    text = name.strip()
    if not 1 <= len(text) <= sepa.LONGEST_NAME:
        raise Invalid(
            f"The name of the account holder must have 1 to {sepa.LONGEST_NAME} characters.",
            *path,
            code=ProblemCode.WRONG_LENGTH,
            minimum=1,
            maximum=sepa.LONGEST_NAME,
        )
    if not sepa.plain(text, sepa.LONGEST_NAME):
        raise Invalid(
            "The name of the account holder must have letters or digits.", *path, code=ProblemCode.MALFORMED
        )
    return text
