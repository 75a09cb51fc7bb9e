"""Links to printable pages: valid for an hour, without sign-in, because printers have none."""

import hmac
from datetime import datetime, timedelta
from uuid import UUID

from app.access.secrets import deployment_key
from app.core.described import Described
from app.core.ids import derived_secret

GOOD_FOR = timedelta(hours=1)


class Printed(Described):
    """Kind of a printable page."""

    PICK_LIST = "pick-list", "Pick list."
    PACKING_SLIP = "packing-slip", "Packing slip for the buyer."
    LABEL = "label", "Label of a package with the system's own tracking number."
    MANIFEST = "manifest", "Manifest for the carrier's driver."


def print_path(what: Printed, id: UUID, now: datetime) -> str:
    """The path of a page with a signature that permits access."""
    until = int((now + GOOD_FOR).timestamp())
    return f"/print/{what.value}/{id}?until={until}&proof={_proof(what, id, until)}"


def is_valid(what: Printed, id: UUID, until: str, proof: str, now: datetime) -> bool:
    """Whether a link has a valid signature and has not expired."""
    if not until.isascii() or not until.isdigit() or len(until) > 12:
        return False
    wanted = _proof(what, id, int(until))
    return hmac.compare_digest(wanted.encode(), proof.encode()) and int(until) >= now.timestamp()


def _proof(what: Printed, id: UUID, until: int) -> str:
    return derived_secret(deployment_key(), "print", what.value, str(id), str(until))
