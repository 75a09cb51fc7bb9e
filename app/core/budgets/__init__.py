"""How much of the server a caller may use: points that are spent by operations and come back with time."""

from app.core.budgets.spending import BURST_SECONDS, Budget, Budgets, Spent

__all__ = ["BURST_SECONDS", "Budget", "Budgets", "Spent"]
