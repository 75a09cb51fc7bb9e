"""The page's texts about an order; the widget's view produces the same. No I/O."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from app.core.links import shown_link
from app.fulfillment.schema.extensions import (
    TrackingContent,
    TrackingPackage,
    package_of,
    shipment_of,
    stage_of,
)
from app.orders.lifecycle import TrackingStage
from app.orders.schema.tracking import OrderTracking, TrackingEvent, TrackingLine
from app.web.tracking.document import SOURCE
from app.web.tracking.words import Words

STEPS: dict[str, Any] = json.loads((SOURCE / "steps.json").read_text())


class View:
    def __init__(
        self, order: OrderTracking, packages: Sequence[TrackingPackage], words: Words, now: datetime
    ) -> None:
        self.order = order
        self.packages = packages
        self._words = words
        self._zone = ZoneInfo(order.channel.time_zone)
        self._today = now.astimezone(self._zone).date()

    @property
    def title(self) -> str:
        return self._words.say("stage", self.order.stage.name) or self.order.stage_title

    @property
    def is_cancelled(self) -> bool:
        return self.order.stage is TrackingStage.CANCELLED

    @property
    def promise(self) -> str | None:
        """The expected delivery, while it is relevant."""
        order = self.order
        if order.stage.name in STEPS["unpromised"]:
            return None
        if order.promised_on is None:
            return self._words.say("text", "delayedUnknown") if order.is_delayed else None
        day = self._words.day(order.promised_on, self._today)
        on_time, late = ("readyOn", "readyLater") if order.is_pickup else ("expected", "delayed")
        return self._words.say("text", late if order.is_delayed else on_time, day=day)

    @property
    def steps(self) -> list[dict[str, Any]]:
        """The stages of an order, with those reached; empty for an order without stages."""
        reached = STEPS["reached"].get(self.order.stage.name)
        if reached is None:
            return []
        return [
            {
                "title": self._words.say("step", name),
                "is_done": index <= reached,
                "is_passed": index < reached,
                "is_current": index == reached,
            }
            for index, name in enumerate(STEPS["pickupSteps" if self.order.is_pickup else "steps"])
        ]

    @property
    def parcels_title(self) -> str | None:
        count = len(self.packages)
        return self._words.say("text", "parcels", count, count=self._words.number(count))

    def parcel_title(self, index: int) -> str | None:
        """The parcel's number, if there are several."""
        if len(self.packages) < 2:
            return None
        return self._words.say("text", "parcel", number=self._words.number(index))

    def where(self, parcel: TrackingPackage) -> str:
        return self._words.say("shipment", parcel.stage.name) or parcel.stage_title

    def is_in_trouble(self, parcel: TrackingPackage) -> bool:
        return parcel.stage.name in STEPS["trouble"]

    def content(self, each: TrackingContent) -> Markup:
        """The quantity of an item in a parcel."""
        return self._words.say_of("content", {"name": each.name}, count=self._words.number(each.quantity))

    def link(self, parcel: TrackingPackage) -> str:
        """The carrier's page; empty for none, and for an invalid web address."""
        return shown_link(parcel.tracking_url) or ""

    def parcel_moment(self, parcel: TrackingPackage) -> str | None:
        key, at = ("deliveredAt", parcel.delivered_at) if parcel.delivered_at else ("shippedAt", None)
        return self._words.say("text", key, moment=self.moment(at or parcel.shipped_at))

    @property
    def lines_title(self) -> str | None:
        count = sum(line.quantity + line.quantity_cancelled for line in self.order.lines)
        return self._words.say("text", "items", count, count=self._words.number(count))

    def count(self, line: TrackingLine) -> str | None:
        return self._words.say("text", "quantity", count=self._words.number(line.quantity))

    def cancelled(self, line: TrackingLine) -> str | None:
        """The cancelled quantity of a line; None for none."""
        if not line.quantity_cancelled:
            return None
        if not line.quantity:
            return self._words.say("text", "cancelled")
        count = self._words.number(line.quantity_cancelled)
        ordered = self._words.number(line.quantity + line.quantity_cancelled)
        return self._words.say("text", "cancelledOf", line.quantity_cancelled, count=count, ordered=ordered)

    @property
    def timeline(self) -> list[TrackingEvent]:
        """The events, latest first."""
        return list(reversed(self.order.timeline))

    def event(self, event: TrackingEvent) -> str:
        stage = stage_of(event)
        title = self._words.say("shipment", stage.name) if stage else None
        return title or self._words.say("event", event.name) or event.title

    def notes(self, event: TrackingEvent) -> list[str]:
        """The parcels of an event, if there are several, and its date."""
        notes = [self._parcels_of(event)]
        if event.promised_on is not None:
            day = self._words.day(event.promised_on, self._today)
            key = "readyOn" if self.order.is_pickup else "expected"
            notes.append(self._words.say("text", key, day=day))
        return [note for note in notes if note]

    def _parcels_of(self, event: TrackingEvent) -> str | None:
        shipment, package = shipment_of(event), package_of(event)
        if len(self.packages) < 2 or shipment is None:
            return None
        numbers = [
            self._words.number(index)
            for index, each in enumerate(self.packages, 1)
            if (each.id == package if package else each.shipment_id == shipment)
        ]
        names = self._words.list(numbers)
        return self._words.say("text", "parcelNumbers", len(numbers), numbers=names) if numbers else None

    def moment(self, at: datetime) -> str:
        """A time in the channel's time zone with its name, because the reader's is unknown without
        JavaScript.
        """
        local = at.astimezone(self._zone)
        return f"{self._words.moment(local)} {local:%Z}"
