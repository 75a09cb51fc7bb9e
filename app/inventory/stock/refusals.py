from dataclasses import dataclass
from typing import Any

from app.core.refusals import ErrorCode, Refusal


@dataclass(frozen=True, slots=True)
class Shortage:
    """How many of a SKU were asked for, and how many there are, as far as the caller may know."""

    sku: str
    requested: int
    available: int | None
    name: str | None = None  # what a buyer calls it
    path: tuple[str, ...] = ()  # to the quantity in the input, where that has it

    @property
    def words(self) -> str:
        if self.available is None:
            return f"{self.name or self.sku} is not available in this quantity."
        return f"Only {self.available} of {self.sku} can be had, {self.requested} were asked for."


class InsufficientStock(Refusal):
    """Less is available than was asked for; every SKU that falls short is named.

    `path` leads to what asks for them in the input, where it has such a field.
    """

    error_code = ErrorCode.INSUFFICIENT_STOCK

    def __init__(self, shortages: list[Shortage], *path: str) -> None:
        first = shortages[0]
        super().__init__(f"{first.words} Lower the quantity or leave it out.", *(first.path or path))
        self.shortages = shortages

    def detail(self) -> dict[str, Any]:
        return {"shortages": self.shortages}
