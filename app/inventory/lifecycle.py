from enum import IntEnum

from app.core.described import Described
from app.core.lifecycle import Lifecycle, Stay, Step, stay, step


class LocationKind(Described):
    WAREHOUSE = "warehouse", "A warehouse of one's own."
    SHOP = "shop", "A shop that sends or hands over from its shelves."
    THIRD_PARTY = "third_party", "A logistics provider's warehouse."
    DROP_SHIP = "drop_ship", "A supplier that sends straight to the buyer; what is there belongs to them."


class StockBucket(Described):
    """Where a unit is. On hand = available + reserved + damaged + quarantined + in quality check."""

    OUTSIDE = "outside", "Not in the location: not yet received, or gone."
    AVAILABLE = "available", "On the shelf, for anyone."
    RESERVED = "reserved", "On the shelf, promised to somebody."
    DAMAGED = "damaged", "In the location, but broken: not to be sold."
    QUARANTINED = "quarantined", "In the location, but put aside until it is known what becomes of it."
    IN_QUALITY_CHECK = "in_quality_check", "In the location, being checked before it is sold."


UNAVAILABLE = (StockBucket.DAMAGED, StockBucket.QUARANTINED, StockBucket.IN_QUALITY_CHECK)


class StockReason(Described):
    """Why stock moved: a closed list."""

    RECEIPT = "receipt", "Received from a supplier."
    SALE = "sale", "Left for a buyer."
    RESERVATION = "reservation", "Promised to a cart, an order or a quote."
    RELEASE = "release", "A promise given back."
    TRANSFER_OUT = "transfer_out", "Left for another location."
    TRANSFER_IN = "transfer_in", "Came from another location."
    COUNT = "count", "A count found another quantity."
    DAMAGE = "damage", "Found damaged."
    LOSS = "loss", "Lost or stolen."
    FOUND = "found", "Found again."
    RETURN = "return", "Came back from a buyer."
    SUPPLIER_RETURN = "supplier_return", "Sent back to its supplier."
    QUARANTINE = "quarantine", "Put aside to be checked, or put back after it."
    CORRECTION = "correction", "A mistake put right."
    ASSEMBLY = "assembly", "Used for, or made as, a kit."


class ClaimantKind(Described):
    """What a reservation is for."""

    ORDER = "order", "An order, draft or placed."
    TRANSFER = "transfer", "A transfer to another location that has not left yet."


class TransferStatus(Described):
    DRAFT = "draft", "Being prepared; its goods are reserved where they are."
    IN_TRANSIT = "in_transit", "On its way."
    RECEIVED = "received", "Arrived; what did not is written off."
    RETURNING = "returning", "Turned back: on its way to where it came from."
    RETURNED = "returned", "Back where it came from; what is not is written off."
    CANCELLED = "cancelled", "Given up before it left."


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
    OPEN = "open", "Being counted."
    SUBMITTED = "submitted", "Counted; the differences are large enough to be approved by somebody."
    COMPLETED = "completed", "The differences are booked."
    CANCELLED = "cancelled", "Given up; nothing was booked."


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
    """By what the cost of bringing goods here is shared out over a receipt's lines."""

    VALUE = "value", "By what the goods cost: duty, insurance."
    QUANTITY = "quantity", "By the number of units: handling."
    WEIGHT = "weight", "By weight: freight. Every SKU of the receipt must have a weight."


class ReservationPriority(IntEnum):
    """Whose promise holds when there is not enough for all: the highest is served first."""

    CART = 0  # a draft: a reservation that runs out
    ORDER = 10  # placed, not paid yet
    TRANSFER = 15  # prepared to be sent to another location
    PAID = 20  # placed and paid
