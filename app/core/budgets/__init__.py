"""Rate limits in points: operations spend points, and the budget refills over time."""

from app.core.budgets.spending import BURST_SECONDS, Budget, Budgets, Spent

__all__ = ["BURST_SECONDS", "Budget", "Budgets", "Spent"]
