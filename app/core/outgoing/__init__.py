"""HTTP requests to other servers, at addresses that users of the API may choose.

One guard decides about every address, when it is set and again at each connection: `vet`. Every request goes
through `ask`, which connects to the vetted addresses only. No other module imports an HTTP client;
`scripts/check` enforces it.

The mail server, the database and Redis do not use this module: their addresses are settings of the operator
and are usually in the operator's own network.
"""

from app.core.outgoing.asking import Unreachable, UnsendableHeader, ask
from app.core.outgoing.guard import AddressRefused, Reason, target_of, vet
from app.core.outgoing.resolving import NameNotFound

__all__ = [
    "AddressRefused",
    "NameNotFound",
    "Reason",
    "Unreachable",
    "UnsendableHeader",
    "ask",
    "target_of",
    "vet",
]
