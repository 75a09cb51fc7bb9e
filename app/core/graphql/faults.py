"""Errors of a request before it is executed."""

import math

from graphql import GraphQLError
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from app.core.refusals import ServiceBusy

EVENT_STREAM = "text/event-stream"


class BadRequest(Exception):
    """A request that is not GraphQL over HTTP, or that contains nothing to execute."""

    def __init__(
        self, message: str, status: int = 400, code: str = "BAD_REQUEST", wait: float | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.wait = wait  # seconds after which the request may be repeated


class TooManyTokens(Exception):
    """Too many tokens from this network were not accepted, so no more tokens are checked."""

    def __init__(self, wait: float) -> None:
        self.wait = math.ceil(wait * 10) / 10
        super().__init__(
            f"Too many requests with invalid tokens came from this network. Try again in {self.wait} seconds."
        )


def busy_request(busy: ServiceBusy) -> BadRequest:
    """A request that cannot be processed now; `Answers.failed` adds when to repeat it."""
    return BadRequest(busy.message, 503, busy.error_code.value.upper())


class RequestFault(GraphQLError):
    """A `BadRequest` as an entry of `errors`, for transports that respond with those."""

    def __init__(self, fault: BadRequest) -> None:
        super().__init__(fault.message, extensions={"code": fault.code})
        self.fault = fault


REFUSED = (MissingQueryError, CannotGetOperationTypeError, InvalidOperationTypeError)


def fault_of(error: BaseException | None) -> BadRequest | None:
    """The request error for a document with nothing to execute, or nothing allowed here."""
    if isinstance(error, MissingQueryError):
        return BadRequest("The request has no query.")
    if isinstance(error, CannotGetOperationTypeError):
        return BadRequest("The document has no operation with this name.")
    if isinstance(error, InvalidOperationTypeError):
        if error.operation_type is OperationType.SUBSCRIPTION:
            return BadRequest(f"Send a subscription with `Accept: {EVENT_STREAM}` or over a WebSocket.", 406)
        return BadRequest("Only queries can be sent with GET. Send this operation with POST.", 405)
    return None
