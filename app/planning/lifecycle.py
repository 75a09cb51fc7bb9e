from app.core.described import Described


class ForecastMethod(Described):
    """How demand is forecast."""

    SMOOTHED = (
        "smoothed",
        "Exponential smoothing with a given pace: quick, and good for most SKUs.",
    )
    FITTED = (
        "fitted",
        "With a fitted pace, and a yearly season after two years: the extra `forecast`.",
    )


class SuggestionKind(Described):
    """What should be done about a level."""

    TRANSFER = "transfer", "Bring units from a location that has more than it needs."
    PURCHASE = "purchase", "Buy units of a supplier."
    NOBODY_SELLS_IT = "nobody_sells_it", "Units are missing, and no supplier is known for them."
