from dataclasses import dataclass
from typing import Any

from app.core.refusals import ErrorCode, Refusal


@dataclass(frozen=True, slots=True)
class Shortage:
    """The requested and available units of a SKU; the latter if the caller may know it."""

    sku: str
    requested: int
    available: int | None
    name: str | None = None  # the name shown to buyers
    path: tuple[str, ...] = ()  # path of the quantity in the input, if it has one

    @property
    def words(self) -> str:
        if self.available is None:
            return f"{self.name or self.sku} is not available in this quantity."
        return f"Only {self.available} units of {self.sku} are available; {self.requested} were requested."


class InsufficientStock(Refusal):
    """Less is available than was requested; every SKU that falls short is listed.

    `path` is the path of the request in the input, if it has one.
    """

    error_code = ErrorCode.INSUFFICIENT_STOCK

    def __init__(self, shortages: list[Shortage], *path: str) -> None:
        first = shortages[0]
        super().__init__(f"{first.words} Reduce the quantity or remove the line.", *(first.path or path))
        self.shortages = shortages

    def detail(self) -> dict[str, Any]:
        return {"shortages": self.shortages}
