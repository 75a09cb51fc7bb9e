"""Whether an order can still go somewhere else, or in another way."""

from uuid import UUID

from app.fulfillment import queries
from app.fulfillment.lifecycle import FulfillmentOrderStatus
from app.orders.refusals import TooLateToEdit, WithSupplier

S = FulfillmentOrderStatus


async def refuse_unless_readdressable(order_id: UUID, field: str) -> None:
    """Refuse another `field`, an address or method, for what is in a package, with a supplier, or gone.

    Raises:
        TooLateToEdit: some of it is packed or has left; what came back does not count.
        WithSupplier: a supplier has been told where to send it.
    """
    for row in await queries.of_order(order_id):
        if row.status.has_left:
            raise TooLateToEdit.left(row.number, field)
        if row.status is S.PACKED:
            raise TooLateToEdit.packed(row.number, field)
        if row.status in (S.SUBMITTED, S.ACCEPTED):
            raise WithSupplier.of(row.number)
