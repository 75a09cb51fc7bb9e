"""The channels in which a payment gateway takes new payments."""

from collections.abc import Sequence
from uuid import UUID

from app.channels import queries as channels
from app.channels.models import Channel
from app.core.database import delete_where, insert
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Problems
from app.payments.models import GatewayChannel, PaymentGateway

MOST_CHANNELS = 500


async def checked_channels(codes: Sequence[str], problems: Problems) -> list[Channel]:
    """The channels with these codes; every problem is noted."""
    if not codes:
        text = "List at least one channel, or send null for all. `isActive: false` ends new payments."
        problems.add(text, "channels", code=ProblemCode.TOO_FEW, minimum=1)
        return []
    if len(codes) > MOST_CHANNELS:
        text = f"List at most {MOST_CHANNELS} channels."
        problems.add(text, "channels", code=ProblemCode.TOO_MANY, maximum=MOST_CHANNELS)
        return []
    known = {row.code: row for row in await channels.channels_by_code(codes)}
    chosen: dict[UUID, Channel] = {}
    for index, code in enumerate(codes):
        row = known.get(code)
        if row is None:
            text = "There is no channel with this code."
            problems.add(text, "channels", str(index), code=ProblemCode.NOT_FOUND)
        elif row.id in chosen:
            text = "This channel is listed twice."
            problems.add(text, "channels", str(index), code=ProblemCode.REPEATED)
        else:
            chosen[row.id] = row
    return list(chosen.values())


async def write_channels(account: PaymentGateway, chosen: Sequence[Channel]) -> None:
    """Replace the channels of a locked gateway; without any it takes payments in all channels."""
    await delete_where(GatewayChannel, "gateway_id = $1", account.id)
    if chosen:
        await insert(
            [GatewayChannel(id=new_id(), gateway_id=account.id, channel_id=each.id) for each in chosen]
        )
