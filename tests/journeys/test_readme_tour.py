"""The commands of the README's tour, run in a shell against the demo shop."""

import asyncio
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.races.conftest import database_url, template  # noqa: F401  # fixtures
from tests.servers import Server, serving

README = Path(__file__).parent.parent.parent / "README.md"
# Prints a stream up to its first event, and then ends the command that reads it.
FIRST_EVENT = r"""first_event() {
  exec 9< <("$@"); local reading=$!
  while read -r -t 30 line <&9; do echo "$line"; case $line in data:\ *) break ;; esac; done
  kill $reading; exec 9<&-
}
"""


def _tour() -> str:
    text = README.read_text()
    return text[text.index("## A five-minute tour") : text.index("## Documentation")]


def _quoted(key: str) -> set[str]:
    """The values of a text field in the responses that the tour quotes."""
    blocks = re.findall(r"```(\w*)\n(.*?)```", _tour(), flags=re.DOTALL)
    responses = "".join(block for language, block in blocks if language != "sh")
    return set(re.findall(rf'"{key}":"([^"…]+)"', responses))


def _commands(server: Server, folder: Path) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", _tour(), flags=re.DOTALL)
    here = [
        block.replace("localhost:8000", server.url.removeprefix("http://"))
        .replace("/tmp/placed.json", str(folder / "placed.json"))
        .replace("curl -sN", "first_event curl -sN")
        for block in blocks
    ]
    assert len(here) == 10
    return here


@pytest.mark.divided
async def test_every_command_of_the_readme_tour_gives_the_described_response(
    database_url: str,  # noqa: F811
    tmp_path: Path,
):
    seeded = Server(database_url).run("seed", "--orders", "5")
    assert seeded.returncode == 0, seeded.stderr
    assert "/track/" in seeded.stdout and "og_live_" in seeded.stdout
    again = Server(database_url).run("seed")
    assert "left as it is" in again.stdout and "/track/" in again.stdout
    async with serving(database_url) as (server,):
        # One shell for all commands: later ones use the variables of earlier ones.
        script = FIRST_EVENT + "\necho '\x1e'\n".join(_commands(server, tmp_path))
        done = await asyncio.to_thread(
            subprocess.run,
            ["bash", "-c", script],
            capture_output=True,
            text=True,
            env={k: v for k, v in os.environ.items() if "proxy" not in k.lower()},
            check=False,
        )
        verified = server.run("verify")
    browsed, placed, watched, cancelled, sent, told, planned, counted, reported, needed = done.stdout.split(
        "\x1e"
    )
    mug = json.loads(browsed)["data"]["products"]["nodes"][0]
    assert mug["name"] == "Stone Mug" and mug["variants"][0]["sku"] == "MUG-STONE-S"
    order = json.loads(placed)["data"]["orderPlace"]
    assert order["__typename"] == "Order" and order["total"] == {"amount": "55.36", "currency": "USD"}
    assert "Your order is confirmed." in watched and "event: next" in watched
    done_order = json.loads(cancelled)["data"]["orderCancel"]
    assert done_order["status"] == "CANCELLED"
    assert [event["actor"] for event in done_order["events"]] == ["visitor"] * 3 + ["Ada Admin"] * 2
    steps = json.loads(sent)["data"]
    assert steps["fulfillmentPack"]["packages"] == [{"box": "m", "weightGrams": 1413}]
    (labelled,) = steps["fulfillmentLabelBuy"]["packages"]
    assert labelled["trackingNumber"].startswith("SWI") and "/print/label/" in labelled["labelPrintUrl"]
    assert steps["fulfillmentShip"]["status"] == "SHIPPED"
    (story,) = json.loads(told)["data"]["orders"]["nodes"]
    assert story["fulfillmentStatus"] == "PARTIALLY_DELIVERED" and story["isDelayed"] is True
    assert [(work["status"], work["location"]["code"]) for work in story["fulfillmentOrders"]] == [
        ("DELIVERED", "reno"),
        ("SHIPPED", "columbus"),
    ]
    titles = [event["title"] for event in story["events"]]
    for title in (
        "The order was changed", "Units were missing during picking", "A part of the order was cancelled",
        "The order is delayed", "A parcel has arrived",
    ):  # fmt: skip
        assert title in titles
    quoted = _quoted("title")
    assert len(quoted) >= 7
    assert quoted <= {*titles, *(event["title"] for event in done_order["events"])}
    assert _quoted("stageTitle") == {"Your order is confirmed."}
    plan = json.loads(planned)["data"]["sourcingPlan"]
    assert plan["shipments"] == [
        {"location": {"code": "reno"}, "lines": [{"sku": "MUG-STONE-S", "quantity": 2}]}
    ]
    assert [each["verdict"] for each in plan["candidates"]] == ["CHOSEN", "LESS_PREFERRED"]
    explanations = _quoted("explanation")
    assert explanations and explanations <= {each["explanation"] for each in plan["candidates"]}
    received, counting = (json.loads(line)["data"] for line in counted.replace("}{", "}\n{").split())
    line = received["stockReceiptCreate"]["lines"][0]
    assert line == {"quantity": 24, "cost": {"amount": "228.00"}, "landedCost": {"amount": "12.00"}}
    assert counting["stockCountSubmit"]["status"] == "COMPLETED"
    assert counting["stockCountSubmit"]["lines"] == [{"expected": 84, "counted": 83, "difference": -1}]
    ledger = json.loads(reported)["data"]["reports"]["stockLedger"]
    assert ledger["isReconciled"] is True and float(ledger["closing"]["value"]["amount"]) > 0
    (row,) = json.loads(needed)["data"]["stockPlan"]["rows"]
    assert 70 < row["position"] <= row["reorderPoint"] < row["orderUpTo"] and row["abc"] == "A"
    (suggestion,) = row["suggestions"]
    assert suggestion["kind"] == "PURCHASE" and suggestion["quantity"] % 6 == 0
    assert verified.returncode == 0, verified.stdout
