from app.core.described import Described


class ForecastMethod(Described):
    """Method of demand forecasting."""

    SMOOTHED = (
        "smoothed",
        "Exponential smoothing with a fixed smoothing factor: fast, and suitable for most SKUs.",
    )
    FITTED = (
        "fitted",
        (
            "Exponential smoothing with a fitted smoothing factor, and yearly seasonality after two "
            "years of data. Requires the optional dependency `forecast`."
        ),
    )


class SuggestionKind(Described):
    """Type of a replenishment suggestion."""

    TRANSFER = "transfer", "Transfer units from a location with surplus stock."
    PURCHASE = "purchase", "Buy units from a supplier."
    NO_SUPPLIER = "no_supplier", "Units are needed, but no supplier is known for them."
