"""Currencies in which amounts of Stripe differ from those of ISO 4217."""

from collections.abc import Mapping

# Currencies whose minor units at Stripe differ from ISO 4217, with Stripe's number of decimals.
DECIMALS: Mapping[str, int] = {"ISK": 2, "UGX": 2, "MGA": 0}
# The smallest difference of amounts in currencies with three decimals: the last digit must be 0.
STEPS: Mapping[str, int] = {"BHD": 10, "JOD": 10, "KWD": 10, "OMR": 10, "TND": 10, "ISK": 100, "UGX": 100}
