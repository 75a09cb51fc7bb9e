"""Links to printable pages in GraphQL."""

from typing import Any

import strawberry

from app.core import clock
from app.core.graphql.policy import field
from app.fulfillment.printing import Printed, print_path
from app.fulfillment.schema.types import VIEW


def _link(info: strawberry.Info, what: Printed, id: Any) -> str:
    return str(info.context.base_url) + print_path(what, id, clock.now())


@strawberry.type
class PrintedPickList:
    @field(VIEW)
    def print_url(self, root: strawberry.Parent[Any], info: strawberry.Info) -> str | None:
        """URL of the printable pick list with barcodes, valid for one hour; no sign-in needed. Null without
        the permission FULFILLMENT_VIEW."""
        return _link(info, Printed.PICK_LIST, root.id)


@strawberry.type
class PrintedSlip:
    @field(VIEW)
    def packing_slip_url(self, root: strawberry.Parent[Any], info: strawberry.Info) -> str | None:
        """URL of the printable packing slip, valid for one hour; no sign-in needed. Null without the
        permission FULFILLMENT_VIEW."""
        return _link(info, Printed.PACKING_SLIP, root.id)


@strawberry.type
class PrintedLabel:
    @field(VIEW)
    def label_print_url(self, root: strawberry.Parent[Any], info: strawberry.Info) -> str | None:
        """URL of the system's own printable label; null without a tracking number. See `label` for the label
        of a carrier."""
        return _link(info, Printed.LABEL, root.id) if root.tracking_number else None


@strawberry.type
class PrintedManifest:
    @field(VIEW)
    def print_url(self, root: strawberry.Parent[Any], info: strawberry.Info) -> str | None:
        """URL of the printable manifest for the driver, valid for one hour; no sign-in needed. Null without
        the permission FULFILLMENT_VIEW."""
        return _link(info, Printed.MANIFEST, root.id)
