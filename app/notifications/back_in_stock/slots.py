"""The place of a waiting request: a person has one for a variant in a channel; and its mailed secret."""

from datetime import timedelta
from uuid import UUID

from app.access import secrets
from app.core import clock
from app.core.ids import derived_secret, fingerprint
from app.notifications.lifecycle import BackInStockStatus
from app.notifications.models import BackInStockRequest

CONFIRM_WITHIN = timedelta(days=3)


def slot_of(variant_id: UUID, channel_id: UUID, customer_id: UUID | None, email: str) -> str:
    """The place of a customer, or of an address without one."""
    holder = customer_id.hex if customer_id is not None else fingerprint(email)
    return f"{variant_id.hex} {channel_id.hex} {holder}"


def slot(row: BackInStockRequest) -> str:
    return slot_of(row.variant_id, row.channel_id, row.customer_id, row.email)


def token_of(id: UUID) -> str:
    """The secret of the links in mails about a request: 128 bits, derived again when a mail is written."""
    return derived_secret(secrets.deployment_key(), "back in stock", str(id))


def is_expired(row: BackInStockRequest) -> bool:
    """Whether it was not confirmed in time."""
    is_open = row.status is BackInStockStatus.UNCONFIRMED
    return is_open and row.created_at + CONFIRM_WITHIN <= clock.now()
