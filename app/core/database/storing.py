"""Whether the last write was stored. Health checks use it, because reads work even when the disk is full."""

from app.core.database import failures

_last: list[str] = []  # the name of the error while writes fail


def failed(error: BaseException) -> None:
    """Record why a transaction failed, if the error prevents all writes."""
    if failures.prevents_writing(error):
        _last[:] = [type(failures.cause_of(error)).__name__]


def reason() -> str | None:
    """The name of the error that prevents writes; None while writes succeed."""
    return _last[0] if _last else None


def works() -> None:
    """Record that a transaction with a significant amount of data was stored."""
    _last.clear()
