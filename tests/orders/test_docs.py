"""The diagrams of docs/life-of-an-order.md match the code."""

from pathlib import Path

import pytest

from app.core.lifecycle import Lifecycle
from app.fulfillment.lifecycle import labels
from app.fulfillment.lifecycle import lifecycle as fulfillment
from app.orders.lifecycle import cancel_requests
from app.orders.lifecycle import lifecycle as order

PAGE = (Path(__file__).parents[2] / "docs" / "life-of-an-order.md").read_text()


def _diagram(lifecycle: Lifecycle, first: str) -> str:
    lines = ["stateDiagram-v2", f"    [*] --> {first}"]
    for step in lifecycle.steps:
        lines += [
            f"    {source} --> {step.target.name}: {step.name}"
            for source in sorted(status.name for status in step.sources)
        ]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("lifecycle", "first"),
    [(order, "DRAFT"), (fulfillment, "OPEN"), (cancel_requests, "OPEN"), (labels, "PENDING")],
)
def test_the_diagrams_match_the_transition_tables(lifecycle: Lifecycle, first: str):
    drawn = [block.split("```")[0].split("\n") for block in PAGE.split("```mermaid\n")[1:]]
    wanted = _diagram(lifecycle, first).split("\n")
    assert any(sorted(filter(None, block)) == sorted(wanted) for block in drawn), "\n".join(wanted)
