"""Calls of carrier adapters, whose errors are not errors of the caller."""

from collections.abc import Awaitable
from typing import TypeVar

import structlog

from app.fulfillment.carrier_adapters import CarrierRefuses, CarrierSilent
from app.fulfillment.models import CarrierAccount

PATIENCE = 75.0  # seconds for all calls for one label, or for the rates of one fulfillment order

T = TypeVar("T")

_log = structlog.get_logger("carriers")


async def call(account: CarrierAccount, request: Awaitable[T]) -> T:
    """The result of a method of a carrier's adapter. It must not be called within a transaction.

    Raises:
        CarrierRefuses.
        CarrierSilent: also for any other exception of the adapter, which is logged.
    """
    try:
        return await request
    except (CarrierRefuses, CarrierSilent):
        raise
    except Exception as error:
        _log.error("carrier.failed", carrier=account.code, error=type(error).__name__, exc_info=error)
        raise CarrierSilent(
            f"The response of {account.name} cannot be read ({type(error).__name__}). See the log."
        ) from error
