"""Templates of messages to buyers that staff write: drafts, publishing and retiring."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.channels.models import Channel
from app.core.database import insert, update_each
from app.core.ids import new_id
from app.core.languages import ENGLISH, checked_language
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, Problems
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, touch
from app.notifications import lifecycle, queries
from app.notifications.buyer_templates import shipped
from app.notifications.checking import check_sources
from app.notifications.events import MessageTemplatePublished, MessageTemplateRetired, MessageTemplateSet
from app.notifications.lifecycle import TO_BUYERS, MessageKind, TemplateStatus
from app.notifications.models import MessageTemplate
from app.notifications.rendering import Sources

PARTS = ("subject", "html", "text")


def slot_of(row: MessageTemplate) -> str:
    """The place that a template has: one draft and one published template of a kind, channel and language."""
    place = f"{row.kind.value} {row.channel_id or 'all'} {row.language} {row.status.value}"
    return f"{place} {row.id}" if row.status is TemplateStatus.RETIRED else place


@command
async def set_template(
    uow: UnitOfWork,
    channel: Channel | None,
    kind: MessageKind,
    language: str,
    said: Mapping[str, str],
    *,
    expected_version: int | None = None,
) -> MessageTemplate:
    """Write the draft of a template. Parts that are not said stay, or begin as those of the present template.

    Raises:
        StaleVersion.
        ValidationFailed: an unknown kind or language; a part that is invalid or names values that messages of
            the kind do not have.
    """
    language = checked_place(kind, language)
    published = await queries.template(
        kind, channel.id if channel else None, language, TemplateStatus.PUBLISHED
    )
    row = await queries.template(kind, channel.id if channel else None, language, TemplateStatus.DRAFT)
    is_new = row is None
    if row is None:
        row = _draft(uow, channel, kind, language)
    else:
        refuse_stale(row, expected_version)
    begins = row if not is_new else published or shipped(kind, language) or shipped(kind, ENGLISH)
    for name in PARTS:
        setattr(row, name, said.get(name, getattr(begins, name)))
    problems = Problems()
    check_sources(kind, Sources(row.subject, row.html, row.text), problems)
    problems.refuse_if_any()
    if is_new:
        await insert([row])
    else:
        touch(row, uow.at)
        await update_each([row], *PARTS, "version", "updated_at")
    uow.announce(MessageTemplateSet(**_event_fields(row)))
    return row


def checked_place(kind: MessageKind, language: str) -> str:
    """The language of a template in its usual spelling.

    Raises:
        Invalid: the kind has no such templates, or the language is unknown.
    """
    if kind not in TO_BUYERS:
        text = "Only messages to the buyer of an order have templates: the kinds that begin with ORDER_."
        choices = [each.name for each in TO_BUYERS]
        raise Invalid(text, "kind", code=ProblemCode.UNKNOWN_CHOICE, choices=choices)
    return checked_language(language, "language")


def _draft(uow: UnitOfWork, channel: Channel | None, kind: MessageKind, language: str) -> MessageTemplate:
    row = MessageTemplate(
        id=new_id(),
        kind=kind,
        channel_id=channel.id if channel else None,
        language=language,
        status=TemplateStatus.DRAFT,
        subject="",
        html="",
        text="",
        created_at=uow.at,
        updated_at=uow.at,
    )
    row.slot = slot_of(row)
    return row


@command
async def publish(uow: UnitOfWork, id: UUID, *, expected_version: int | None = None) -> MessageTemplate:
    """Use a draft for messages from now on; the template that it replaces is retired.

    Raises:
        NotFound, StaleVersion.
        IllegalTransition: it is not a draft.
    """
    row = await queries.locked_template(uow.actor, id)
    refuse_stale(row, expected_version)
    lifecycle.templates.move(row, lifecycle.publish_template)
    old = await queries.template(row.kind, row.channel_id, row.language, TemplateStatus.PUBLISHED)
    if old is not None:
        await _retire(uow, old)
    await _move(uow, row)
    uow.announce(MessageTemplatePublished(**_event_fields(row)))
    return row


@command
async def retire(uow: UnitOfWork, id: UUID, *, expected_version: int | None = None) -> MessageTemplate:
    """Stop using a template, or discard a draft.

    Raises:
        NotFound, StaleVersion.
        IllegalTransition: it is retired already.
    """
    row = await queries.locked_template(uow.actor, id)
    refuse_stale(row, expected_version)
    await _retire(uow, row)
    return row


async def _retire(uow: UnitOfWork, row: MessageTemplate) -> None:
    lifecycle.templates.move(row, lifecycle.retire_template)
    await _move(uow, row)
    uow.announce(MessageTemplateRetired(**_event_fields(row)))


async def _move(uow: UnitOfWork, row: MessageTemplate) -> None:
    row.slot = slot_of(row)
    touch(row, uow.at)
    await update_each([row], "status", "slot", "version", "updated_at")


def _event_fields(row: MessageTemplate) -> dict[str, Any]:
    about = {"subject_id": row.id, "channel_id": row.channel_id}
    return about | {"kind": row.kind.value, "language": row.language}
