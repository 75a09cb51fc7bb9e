"""Printable pages: pick lists, packing slips, labels and manifests, with barcodes."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.catalog import queries as catalog
from app.channels import queries as channels
from app.core import clock
from app.fulfillment import queries
from app.fulfillment.printing import Printed, is_valid
from app.inventory.locations import queries as locations
from app.orders import queries as orders
from app.web.barcodes import barcode
from app.web.templating import page_templates

HEADERS = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
}


_templates = page_templates(barcode=barcode)


async def page(request: Request) -> Response:
    """`/print/{what}/{id}`: a printable page; 404 for an invalid or expired link."""
    facts = None
    try:
        what, id = Printed(request.path_params["what"]), UUID(request.path_params["id"])
    except ValueError:
        return _gone(request)
    asked = request.query_params
    if is_valid(what, id, asked.get("until", ""), asked.get("proof", ""), clock.now()):
        facts = await _FACTS[what](id)
    if facts is None:
        return _gone(request)
    name = f"print-{what.value}.html"
    return _templates.TemplateResponse(request, name, {"today": clock.now(), **facts}, headers=HEADERS)


def _gone(request: Request) -> Response:
    return _templates.TemplateResponse(request, "print-gone.html", {}, status_code=404, headers=HEADERS)


async def _pick_list(id: UUID) -> dict[str, Any] | None:
    made = await queries.pick_list_by_id(id)
    if made is None:
        return None
    (location,) = await locations.locations_by_id([made.location_id])
    (tasks,) = await queries.tasks_by_list([id])
    lines = await queries.lines_by_id([task.line_id for task in tasks])
    work = await queries.by_id([line.fulfillment_order_id for line in lines])
    variants = await catalog.variants_by_id([line.variant_id for line in lines])
    lots = await queries.lots_by_line([line.id for line in lines])
    rows = [
        {
            "task": task,
            "line": line,
            "work": row,
            "code": (variant.barcode if variant else None) or line.sku,
            "lots": [lot for lot in own if not lot.is_picked],
        }
        for task, line, row, variant, own in zip(tasks, lines, work, variants, lots, strict=True)
    ]
    return {"list": made, "location": location, "rows": rows}


async def _packing_slip(id: UUID) -> dict[str, Any] | None:
    (row,) = await queries.by_id([id])
    if row is None:
        return None
    (order,) = await orders.orders_by_id([row.order_id])
    (location,) = await locations.locations_by_id([row.location_id])
    assert order is not None
    (channel,) = await channels.channels_by_id([order.channel_id])
    lines = await queries.lines_of([id])
    return {
        "work": row,
        "order": order,
        "shop": channel,
        "location": location,
        "lines": list(zip(lines, await queries.lots_by_line([line.id for line in lines]), strict=True)),
        "packages": await queries.packages_of([id]),
    }


async def _label(id: UUID) -> dict[str, Any] | None:
    package = await queries.package_by_id(id)
    if package is None or not package.tracking_number:
        return None
    (row,) = await queries.by_id([package.fulfillment_order_id])
    assert row is not None
    (order,) = await orders.orders_by_id([row.order_id])
    (location,) = await locations.locations_by_id([row.location_id])
    (label,) = await queries.labels_by_package([id])
    return {"package": package, "work": row, "order": order, "location": location, "label": label}


async def _manifest(id: UUID) -> dict[str, Any] | None:
    made = await queries.manifest_by_id(id)
    if made is None:
        return None
    (location,) = await locations.locations_by_id([made.location_id])
    (shipments,) = await queries.shipments_by_manifest([id])
    packages = await queries.packages_by_shipment([shipment.id for shipment in shipments])
    found = await orders.orders_by_id([shipment.order_id for shipment in shipments])
    rows: Sequence[Any] = list(zip(shipments, packages, found, strict=True))
    return {"manifest": made, "location": location, "rows": rows}


_FACTS = {
    Printed.PICK_LIST: _pick_list,
    Printed.PACKING_SLIP: _packing_slip,
    Printed.LABEL: _label,
    Printed.MANIFEST: _manifest,
}
