"""Whether the last write was stored: health checks ask, since reads work on a full disk too."""

from app.core.database import failures

_last: list[str] = []  # the name of the error, while nothing can be stored


def failed(error: BaseException) -> None:
    """Note why a transaction failed, if nothing can be stored for that reason."""
    if failures.keeps_from_writing(error):
        _last[:] = [type(failures.cause_of(error)).__name__]


def reason() -> str | None:
    """The name of the error for which nothing could be stored; None while writes are stored."""
    return _last[0] if _last else None


def works() -> None:
    """Note that something of a fair size was stored."""
    _last.clear()
