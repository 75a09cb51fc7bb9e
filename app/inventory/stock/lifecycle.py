"""Buckets, reasons and other enumerations of stock."""

from enum import IntEnum

from app.core.described import Described


class StockBucket(Described):
    """State of a unit of stock. On hand = available + reserved + damaged + quarantined + in quality check."""

    OUTSIDE = "outside", "Not at the location: not received yet, or already removed."
    AVAILABLE = "available", "On hand and not reserved."
    RESERVED = "reserved", "On hand and reserved."
    DAMAGED = "damaged", "On hand, but damaged and not sellable."
    QUARANTINED = "quarantined", "On hand, but quarantined until a decision is made."
    IN_QUALITY_CHECK = "in_quality_check", "On hand, but in quality check and not sellable yet."


UNAVAILABLE = (StockBucket.DAMAGED, StockBucket.QUARANTINED, StockBucket.IN_QUALITY_CHECK)
# The states of units on hand that a level has a column for, of the same name. The other units are available.
COUNTED = (StockBucket.RESERVED, *UNAVAILABLE)
ON_HAND = (StockBucket.AVAILABLE, *COUNTED)


class StockReason(Described):
    """Reason of a stock movement."""

    RECEIPT = "receipt", "Received from a supplier."
    SALE = "sale", "Shipped to a buyer."
    RESERVATION = "reservation", "Reserved for a cart, an order or a transfer."
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

    ORDER = "order", "A draft or placed order."
    TRANSFER = "transfer", "A transfer that was not shipped yet."


class CostMethod(Described):
    """Valuation method of stock."""

    FIFO = "fifo", "First in, first out: units leave at the cost of the oldest receipt."
    AVERAGE = "average", "Moving average: all units of a stock level have the same cost."


class ValueAccount(Described):
    """Account of the value ledger. Each entry moves an amount from one account to another."""

    SUPPLIERS = "suppliers", "External: purchased goods and landed costs."
    ASSET = "asset", "On the shelves."
    IN_TRANSIT = "in_transit", "In transit between two locations."
    COST_OF_SALES = "cost_of_sales", "Sold: the cost of goods sold."
    WRITE_OFF = "write_off", "Lost, damaged or counted short."
    GAIN = "gain", "External: found, or counted over."
    REVALUATION = "revaluation", "External: cost corrections."
    ASSEMBLY = "assembly", "Between the components of a kit and the kit; its balance is always zero."


class ReservationPriority(IntEnum):
    """Priority of a reservation: when stock is short, the highest is served first."""

    CART = 0  # a draft: the reservation expires
    ORDER = 10  # placed, not paid
    TRANSFER = 15  # prepared for a transfer
    PAID = 20  # placed and paid
