"""Whether the address or shipping method of an order can still be changed."""

from uuid import UUID

from app.fulfillment import queries
from app.fulfillment.lifecycle import FulfillmentOrderStatus
from app.orders.refusals import TooLateToEdit, WithSupplier

S = FulfillmentOrderStatus


async def refuse_unless_address_changeable(order_id: UUID, field: str) -> None:
    """Refuse a change of `field` (address or method) for what is packed, requested from a supplier, or
    shipped.

    Raises:
        TooLateToEdit: a part is packed or shipped; returned parts do not count.
        WithSupplier: a supplier was told the address.
    """
    for row in await queries.of_order(order_id):
        if row.status.has_left:
            raise TooLateToEdit.left(row.number, field)
        if row.status is S.PACKED:
            raise TooLateToEdit.packed(row.number, field)
        if row.status in (S.SUBMITTED, S.ACCEPTED):
            raise WithSupplier.of(row.number)
