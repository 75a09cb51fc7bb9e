"""Which messages a channel sends to buyers."""

from app.channels.models import Channel
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.uow import UnitOfWork, command
from app.notifications import queries
from app.notifications.events import MessageRuleSet
from app.notifications.lifecycle import OPTIONAL, MessageKind
from app.notifications.models import MessageRule


@command
async def set_rule(uow: UnitOfWork, channel: Channel, kind: MessageKind, *, is_active: bool | None) -> None:
    """Set whether a channel sends messages of a kind; None changes nothing. Queued messages follow it too.

    Raises:
        Invalid: the kind cannot be switched off.
    """
    if kind not in OPTIONAL:
        choices = [each.name for each in OPTIONAL]
        text = "Only BACK_IN_STOCK and the kinds that begin with ORDER_ can be switched off."
        raise Invalid(text, "kind", code=ProblemCode.UNKNOWN_CHOICE, choices=choices)
    if is_active is None:
        return
    row = await queries.rule(channel.id, kind) or MessageRule(id=new_id(), channel_id=channel.id, kind=kind)
    row.is_active = is_active
    await row.save()
    uow.announce(
        MessageRuleSet(subject_id=row.id, channel_id=channel.id, kind=kind.value, is_active=is_active)
    )
