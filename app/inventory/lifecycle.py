from enum import IntEnum

from app.core.described import Described
from app.core.lifecycle import Lifecycle, Stay, Step, stay, step


class LocationKind(Described):
    WAREHOUSE = "warehouse", "The company's own warehouse."
    SHOP = "shop", "A store that ships, or hands over goods, from its shelves."
    THIRD_PARTY = "third_party", "Warehouse of a third-party logistics provider (3PL)."
    DROP_SHIP = (
        "drop_ship",
        "A supplier that ships directly to the buyer (drop shipping); the stock belongs to the supplier.",
    )


class StockBucket(Described):
    """State of a unit of stock. On hand = available + reserved + damaged + quarantined + in quality check."""

    OUTSIDE = "outside", "Not at the location: not received yet, or already removed."
    AVAILABLE = "available", "On hand and not reserved."
    RESERVED = "reserved", "On hand and reserved."
    DAMAGED = "damaged", "On hand, but damaged and not sellable."
    QUARANTINED = "quarantined", "On hand, but quarantined until a decision is made."
    IN_QUALITY_CHECK = "in_quality_check", "On hand, but in quality check and not sellable yet."


UNAVAILABLE = (StockBucket.DAMAGED, StockBucket.QUARANTINED, StockBucket.IN_QUALITY_CHECK)


class StockReason(Described):
    """Reason of a stock movement."""

    RECEIPT = "receipt", "Received from a supplier."
    SALE = "sale", "Shipped to a buyer."
    RESERVATION = "reservation", "Reserved for a cart, an order or a quote."
    RELEASE = "release", "Reservation released."
    TRANSFER_OUT = "transfer_out", "Transferred to another location."
    TRANSFER_IN = "transfer_in", "Received from another location."
    COUNT = "count", "Difference found in a stock count."
    DAMAGE = "damage", "Damaged."
    LOSS = "loss", "Lost or stolen."
    FOUND = "found", "Found."
    RETURN = "return", "Returned by a buyer."
    SUPPLIER_RETURN = "supplier_return", "Returned to the supplier."
    QUARANTINE = "quarantine", "Moved to quarantine or quality check, or back to available stock."
    CORRECTION = "correction", "Correction of an error."
    ASSEMBLY = "assembly", "Used as a component of a kit, or assembled as a kit."


class ClaimantKind(Described):
    """What a reservation is for."""

    ORDER = "order", "An order, draft or placed."
    TRANSFER = "transfer", "A transfer to another location that has not left yet."


class TransferStatus(Described):
    DRAFT = "draft", "In preparation; its units are reserved at the source location."
    IN_TRANSIT = "in_transit", "On its way."
    RECEIVED = "received", "Received; units that did not arrive were written off."
    RETURNING = "returning", "Turned back, in transit to the source location."
    RETURNED = "returned", "Returned to the source location; units that did not arrive were written off."
    CANCELLED = "cancelled", "Cancelled before shipping."


T = TransferStatus
ship_transfer = step("ship", {T.DRAFT}, T.IN_TRANSIT)
receive_transfer = step("receive", {T.IN_TRANSIT}, T.RECEIVED)
turn_transfer_back = step("turn_back", {T.IN_TRANSIT}, T.RETURNING)
receive_returned = step("receive", {T.RETURNING}, T.RETURNED)
cancel_transfer = step("cancel", {T.DRAFT}, T.CANCELLED)
TransferStep = Step[TransferStatus]
transfer_lifecycle = Lifecycle(
    ship_transfer, receive_transfer, turn_transfer_back, receive_returned, cancel_transfer
)


class CountStatus(Described):
    OPEN = "open", "Counting is in progress."
    SUBMITTED = "submitted", "Counted; the differences are large enough to require approval."
    COMPLETED = "completed", "The differences are posted to stock."
    CANCELLED = "cancelled", "Cancelled; nothing was posted."


C = CountStatus
submit_count = step("submit", {C.OPEN}, C.SUBMITTED)
complete_count = step("complete", {C.OPEN, C.SUBMITTED}, C.COMPLETED)
recount = step("recount", {C.SUBMITTED}, C.OPEN)
cancel_count = step("cancel", {C.OPEN, C.SUBMITTED}, C.CANCELLED)
count_lifecycle = Lifecycle(submit_count, complete_count, recount, cancel_count)
approve_count = stay("approve", {C.SUBMITTED})  # it completes by that
CountStep = Step[CountStatus] | Stay[CountStatus]


class CostMethod(Described):
    """How the units that leave are valued."""

    FIFO = "fifo", "The oldest receipt leaves first, at what it cost."
    AVERAGE = "average", "Every unit of a level is worth the average of what is there."


class ValueAccount(Described):
    """Where the value of goods is. Each entry of the value ledger moves an amount from one to another."""

    SUPPLIERS = "suppliers", "Outside: what was paid, or is owed, for goods and for bringing them here."
    ASSET = "asset", "On the shelves."
    IN_TRANSIT = "in_transit", "On its way between two locations."
    COST_OF_SALES = "cost_of_sales", "Sold: the cost of goods sold."
    WRITE_OFF = "write_off", "Lost, broken or counted short."
    GAIN = "gain", "Outside: found, or counted over."
    REVALUATION = "revaluation", "Outside: costs that were put right."
    ASSEMBLY = "assembly", "Between the parts of a kit and the kit; always comes out even."


class SpreadBy(Described):
    """Basis for the allocation of a landed cost to the lines of a receipt."""

    VALUE = "value", "By the cost of the goods; for duty and insurance."
    QUANTITY = "quantity", "By the number of units; for handling."
    WEIGHT = "weight", "By weight; for freight. Every SKU of the receipt must have a weight."


class ReservationPriority(IntEnum):
    """Whose promise holds when there is not enough for all: the highest is served first."""

    CART = 0  # a draft: a reservation that runs out
    ORDER = 10  # placed, not paid yet
    TRANSFER = 15  # prepared to be sent to another location
    PAID = 20  # placed and paid
