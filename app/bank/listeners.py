"""Deferred tasks of bank statements."""

from uuid import UUID

from app.bank.service import allocating
from app.core.uow import UnitOfWork


async def match_statement(uow: UnitOfWork, statement_id: UUID) -> None:
    """Match the new entries of a statement with orders."""
    await allocating.match_unexamined(uow, statement_id)
