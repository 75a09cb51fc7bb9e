"""The commands of the guides for the warehouse and for customer service, run in a shell."""

import asyncio
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.races.conftest import database_url, template  # noqa: F401  # fixtures
from tests.servers import Server, serving

pytestmark = pytest.mark.divided
DOCS = Path(__file__).parents[2] / "docs"


async def _run_guide(
    database_url: str,  # noqa: F811
    page: str,
    folder: Path,
    times: int = 1,
) -> tuple[list[list[dict[str, Any]]], str]:
    """Run the shell blocks of a page some times: the responses of each block of the last run, and the output."""
    seeded = Server(database_url).run("seed", "--orders", "5")
    assert seeded.returncode == 0, seeded.stderr
    async with serving(database_url) as (server,):
        blocks = re.findall(r"```sh\n(.*?)```", (DOCS / page).read_text(), flags=re.DOTALL)
        script = "\necho '\x1e'\n".join(blocks)
        script = script.replace("localhost:8000", server.url.removeprefix("http://")).replace(
            "/tmp/", f"{folder}/"
        )
        for _ in range(times):
            done = await asyncio.to_thread(
                subprocess.run,
                ["bash", "-c", script],
                capture_output=True,
                text=True,
                env={k: v for k, v in os.environ.items() if "proxy" not in k.lower()},
                check=False,
            )
        verified = server.run("verify")
    assert verified.returncode == 0, verified.stdout
    found = []
    for part in done.stdout.split("\x1e"):
        answers = [json.loads(line) for line in part.splitlines() if line.startswith("{")]
        assert all("errors" not in answer for answer in answers), answers
        found.append([next(iter(answer["data"].values())) for answer in answers])
    return found, done.stdout


@pytest.mark.timeout(300)
async def test_the_commands_of_the_warehouse_guide_work_when_run_twice(database_url: str, tmp_path: Path):  # noqa: F811
    blocks, printed = await _run_guide(database_url, "warehouse.md", tmp_path, times=2)
    _, bought, queue, released, listed, picked, packed, sent, back, collected, divided, stuck = blocks
    received, *bought = bought
    assert received == {"location": {"code": "reno"}}
    assert all(each["number"].startswith("HF-") for each in bought)
    numbers = [f"{each['number']}-1" for each in bought]
    assert [node["number"] for node in queue[0]["nodes"]] == numbers
    assert released == [{"total": 2, "written": 2, "failed": 0}]
    assert {task["line"]["quantity"] for task in listed[0]["tasks"]} == {3, 4}
    assert "\n3\n" in printed, "the printed list has a barcode for itself and one for each line"
    assert [each.get("status") for each in picked] == ["PICKED", None, "PICKED"]
    assert picked[1]["problems"][0]["path"] == ["input", "lines", "0", "quantity"]
    assert packed[0]["proposedPackages"][0]["box"] == "s"
    assert [len(each["packages"]) for each in packed[1:]] == [1, 2]
    labelled, one, two, manifest = sent
    assert labelled["packages"][0]["label"] == {"status": "BOUGHT"}
    assert one["shipments"][0]["carrier"] == "swift" and two["packages"][1]["trackingNumber"] == "SW2"
    assert manifest["number"] == "MF-000002" and manifest["packages"] >= 3
    assert back[0]["stage"] == "RETURNED_TO_SENDER" and back[1]["number"] == numbers[0]
    assert back[2]["nodes"][0]["units"] == 3
    assert collected[0]["pickup"]["name"] == "Reno warehouse"
    assert collected[-1] == {"status": "DELIVERED", "packages": [{"signedBy": "Mary"}]}
    assert divided[-1]["units"] == 3
    assert stuck[0]["stuck"][0]["advice"].startswith("Assigned to a location")


@pytest.mark.timeout(300)
async def test_the_commands_of_the_customer_service_guide_work(database_url: str, tmp_path: Path):  # noqa: F811
    blocks, _ = await _run_guide(database_url, "customer-service.md", tmp_path)
    _, placed, found, held, edited, delayed, cancelled, asked, told = blocks
    assert placed[0]["status"] == "CONFIRMED"
    assert [each["nodes"][0]["number"] for each in found] == [placed[0]["number"]] * 3
    assert held[0]["isOnHold"] is True and held[1]["isOnHold"] is False
    assert edited[0]["stock"] == [{"sku": "TWINE-JUTE", "units": 3}]
    assert edited[1]["amountToPay"] == edited[0]["amountToPay"] and "TWINE-JUTE" in edited[2]["message"]
    assert delayed == [{"isDelayed": True, "promisedOn": "2031-03-14"}]
    assert cancelled[0]["lines"]["nodes"][0]["quantityCancelled"] == 2
    assert asked[0]["nodes"][0]["nextSteps"] == [{"step": "GRANT"}, {"step": "DECLINE"}]
    assert asked[1]["order"] == {"status": "CANCELLED", "amountDue": {"amount": "0.00"}}
    titles = [event["title"] for event in told[0]["events"]]
    for title in (
        "On hold",
        "The order was changed",
        "The order is delayed",
        "The buyer requested a cancellation",
        "Order cancelled",
    ):
        assert title in titles
    assert [event["number"] for event in told[0]["events"]] == list(range(1, len(titles) + 1))
