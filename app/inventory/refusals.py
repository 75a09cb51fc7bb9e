from dataclasses import dataclass
from typing import Any

from app.core.refusals import ErrorCode, Refusal


@dataclass(frozen=True, slots=True)
class Shortage:
    """How many of a SKU were asked for, and how many there are."""

    sku: str
    requested: int
    available: int


class InsufficientStock(Refusal):
    """Less is available than was asked for; every SKU that falls short is named."""

    error_code = ErrorCode.INSUFFICIENT_STOCK

    def __init__(self, shortages: list[Shortage]) -> None:
        first = shortages[0]
        super().__init__(
            f"Only {first.available} of {first.sku} can be had, {first.requested} were asked for. "
            "Lower the quantity or leave it out.",
            "lines",
        )
        self.shortages = shortages

    def detail(self) -> dict[str, Any]:
        return {"shortages": self.shortages}
