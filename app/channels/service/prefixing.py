"""Order number prefixes: no two channels can produce the same number, including with former prefixes."""

import re

from tortoise.exceptions import IntegrityError

from app.channels import queries
from app.channels.models import Channel, NumberPrefix
from app.channels.numbering import clash, derived_prefix
from app.core.database import one_at_a_time
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Invalid
from app.core.transaction import TryAgain, savepoint

_PREFIX = re.compile(r"^[A-Z0-9]{1,9}-?\Z")


def checked_prefix(prefix: str, *path: str) -> str:
    """Validate a prefix.

    Raises:
        Invalid: it has characters other than capitals, digits and a trailing hyphen, or too many.
    """
    if not _PREFIX.match(prefix):
        text = "The number prefix can have up to 9 capital letters or digits, and a hyphen at the end."
        raise Invalid(text, *path, code=ProblemCode.MALFORMED)
    return prefix


async def claim_prefix(channel: Channel, wanted: str) -> str:
    """Assign a prefix to a channel permanently; without `wanted`, it is derived from the channel's code.

    Raises:
        AlreadyExists: another channel uses or used it, or one that could produce the same numbers.
        TryAgain: another transaction has taken it meanwhile.
    """
    await one_at_a_time("number_prefix")
    others = await queries.prefixes(other_than=channel.id)
    prefix = wanted or derived_prefix(channel.code, others)
    taken = next((other for other in others if clash(prefix, other)), None)
    if taken is not None:
        text = (
            f"Order numbers with the prefix {prefix} could be confused with those of "
            f"another channel, which start with {taken}."
        )
        raise AlreadyExists(text, "number_prefix")
    if not await queries.has_prefix(channel.id, prefix):
        row = NumberPrefix(prefix=prefix, channel_id=channel.id)
        try:
            await savepoint(lambda: row.save(force_create=True))
        except IntegrityError as error:
            raise TryAgain from error
    return prefix
