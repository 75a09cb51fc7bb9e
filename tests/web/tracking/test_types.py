"""The type declarations match the widget's enums, fields, attributes and events."""

import re

import pytest
from graphql import GraphQLNonNull

from app.fulfillment.lifecycle import ShipmentStage
from app.orders.lifecycle import OrderStatus, TrackingStage
from app.schema import schema
from app.web.assets import FOLDER
from app.web.tracking.document import DOCUMENTS, SOURCE

TYPES = (FOLDER / "order-tracking.d.ts").read_text()
ELEMENT = (SOURCE / "element.js").read_text()
# What the document selects, by the interface that declares it.
SELECTED = {
    "TrackingEvent": "event",
    "OrderTrackingState": "tracking",
    "TrackingLine": "lines",
    "TrackingPackage": "packages",
}


def _union(name: str) -> set[str]:
    found = re.search(rf"export type {name} =(.*?);", TYPES, re.S)
    assert found
    return set(re.findall(r'"(\w+)"', found[1]))


def _fields(interface: str) -> set[str]:
    found = re.search(rf"export interface {interface}\b[^{{]*\{{(.*?)^\}}", TYPES, re.S | re.M)
    assert found
    return set(re.findall(r"^  (?:readonly )?(\w+)\??:", found[1], re.M))


def _selected(name: str) -> set[str]:
    """The fields of a selection of the document, those with selections of their own included."""
    start = re.search(rf"\b{name}\b[^{{]*\{{", DOCUMENTS[0])
    assert start
    depth, fields, text = 1, set(), DOCUMENTS[0][start.end() :]
    for token in re.findall(r"\w+|[{}]", text):
        if token == "{":
            depth += 1
        elif token == "}":
            depth -= 1
            if not depth:
                break
        elif depth == 1:
            fields.add(token)
    return fields


def test_queries_and_subscriptions_select_the_same_fields():
    listened, asked = (re.sub(r"\s+", " ", each) for each in DOCUMENTS)
    state = listened.partition("tracking { ")[2].removesuffix(" } } } ")
    assert state and f"cursor {state} }}" in asked


def test_enums_have_the_values_of_the_server():
    assert _union("TrackingStage") == {stage.name for stage in TrackingStage}
    assert _union("ShipmentStage") == {stage.name for stage in ShipmentStage}
    assert _union("OrderStatus") == {status.name for status in OrderStatus}


def test_interfaces_have_the_fields_that_the_widget_selects():
    assert {name: _fields(name) for name in SELECTED} == {
        name: _selected(field) for name, field in SELECTED.items()
    }
    assert _fields("TimelineEvent") | _fields("TrackingEvent") == _selected("timeline")
    assert _fields("OrderTrackingUpdate") == _selected("orderTracking") | {"events"}


@pytest.mark.parametrize(
    ("interface", "kind"),
    [
        ("TrackingEvent", "TrackingEvent"), ("TimelineEvent", "TrackingEvent"), ("OrderTrackingState", "OrderTracking"),
        ("TrackingLine", "TrackingLine"), ("TrackingPackage", "TrackingPackage"),
    ],
)  # fmt: skip
def test_nullable_fields_are_declared_as_nullable(interface: str, kind: str):
    fields = schema._schema.type_map[kind].fields  # type: ignore[attr-defined]
    declared = re.search(rf"export interface {interface}\b[^{{]*\{{(.*?)^\}}", TYPES, re.S | re.M)
    assert declared
    for name, said in re.findall(r"^  (\w+): ([^;]+)", declared[1], re.M):
        assert said.endswith("| null") is not isinstance(fields[name].type, GraphQLNonNull), name


def test_the_elements_properties_and_events_are_declared():
    reflected = re.search(r"const REFLECTED = \{(.*?)\};", ELEMENT, re.S)
    assert reflected
    properties = set(re.findall(r"(\w+):", reflected[1])) | set(re.findall(r"^  get (\w+)\(", ELEMENT, re.M))
    assert _fields("OrderTrackingAttributes") | _fields("OrderTrackingElement") == properties
    fired = set(re.findall(r'#fire\("([\w-]+)"', ELEMENT))
    assert set(re.findall(r'^  "([\w-]+)": CustomEvent', TYPES, re.M)) == fired
