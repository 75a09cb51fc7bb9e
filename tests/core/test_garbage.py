"""Looking for garbage among new objects never takes long: nobody is served meanwhile."""

import gc
from typing import Any

import httpx

MOST_OBJECTS = 50_000


def test_a_look_for_garbage_among_new_objects_goes_through_few_of_them(application: httpx.ASGITransport):
    looks: list[int] = []

    def note(phase: str, info: dict[str, Any]) -> None:
        if phase == "start" and info["generation"] == 1:
            looks.append(len(gc.get_objects(0)) + len(gc.get_objects(1)))

    gc.collect()
    gc.callbacks.append(note)
    try:
        kept = [[] for _ in range(500_000)]
    finally:
        gc.callbacks.remove(note)
    assert len(kept) == 500_000 and 0 < max(looks) <= MOST_OBJECTS
