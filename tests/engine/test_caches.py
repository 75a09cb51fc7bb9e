"""Caches of values that depend on requests are bounded in bytes."""

import gc
import re
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import folding
from app.core.graphql import documents, introspection, persisted
from app.engine.caches import OVERHEAD, SizeBoundedCache, bytes_of, cached_for_short_text
from app.engine.graphql.compiled import executor
from tests.ask import Api

APP = Path(__file__).parent.parent.parent / "app"
MEGABYTES = 1_000_000
# Caches bounded by the number of entries, and why their keys are short: configured, predefined, or validated
# values.
COUNTED = {
    "app/access/secrets.py": "tokens of our own",
    "app/access/identifying.py": "columns of tokens and staff",
    "app/inventory/locations/sites.py": "columns of locations",
    "app/core/languages.py": "language tags of at most 35 characters",
    "app/notifications/rendering.py": "templates of at most 20,000 characters",
    "app/core/currencies.py": "codes of three letters",
    "app/core/idempotency.py": "names of operations",
    "app/core/money.py": "amounts",
    "app/core/graphql/scalars.py": "amounts",
    "app/core/networks.py": "addresses of at most 64 characters",
    "app/core/contact/regions.py": "codes of countries",
    "app/migrations/frozen/regions.py": "codes of countries, while migrating",
    "app/core/contact/territories.py": "codes of countries",
    "app/core/contact/postal_codes.py": "codes of countries",
}


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 1_500), st.sampled_from(["keep", "get", "drop"]))),
)
def test_a_cache_never_exceeds_its_limit_and_counts_its_bytes_exactly(steps: list[tuple[int, int, str]]):
    kept: SizeBoundedCache[int, int] = SizeBoundedCache(3_000)
    held: dict[int, int] = {}
    for key, size, what in steps:
        if what == "keep":
            kept.keep(key, size, size)
            held[key] = size + OVERHEAD
        elif what == "drop":
            kept.drop(key)
        else:
            assert kept.get(key) in (None, held.get(key, 0) - OVERHEAD)
        assert kept.bytes == sum(held[each] for each in kept) <= 3_000


def test_the_least_recently_used_entry_is_evicted_and_a_too_large_one_is_not_stored():
    kept: SizeBoundedCache[str, int] = SizeBoundedCache(3 * (100 + OVERHEAD))
    for key in "abc":
        kept.keep(key, 1, 100)
    assert kept.get("a") == 1
    kept.keep("d", 1, 100)
    kept.keep("huge", 1, 10_000)
    assert list(kept) == ["c", "a", "d"]


@pytest.mark.parametrize("text", ["", "abc", "é" * 10, "€" * 10, "a" * 10 + "😀"])
def test_the_size_of_a_text_is_the_memory_that_python_uses_for_it(text: str):
    assert abs(bytes_of(text) - (text.__sizeof__() - "".__sizeof__())) <= 40


def test_only_short_texts_are_cached():
    asked: list[str] = []

    @cached_for_short_text(10, longest=5)
    def double(text: str) -> str:
        asked.append(text)
        return text * 2

    assert double("abc") == double("abc") == "abcabc"
    assert double("abcdef") == double("abcdef") == "abcdefabcdef"
    assert asked == ["abc", "abcdef", "abcdef"]
    assert folding.folded("É" * 1_000) == "e" * 1_000


def test_every_cache_of_the_application_is_bounded_in_bytes_or_listed_with_a_reason():
    counted = {
        path.relative_to(APP.parent).as_posix()
        for path in APP.rglob("*.py")
        if re.search(r"@lru_cache\(maxsize=\d|^_\w+: OrderedDict", path.read_text(), re.MULTILINE)
    }
    assert counted == set(COUNTED)


DOCUMENTS = {
    "long texts with an emoji": '{{ products(channel: "w😀", search: "{n} {long}") {{ nodes {{ id }} }} }}',
    "many fields": "{{ x{n}: channels {{ nodes {{ {many} }} }} }}",
    "operation names": "query Q{n} {{ channels {{ nodes {{ code name }} }} me {{ kind }} }}",
    "invalid documents": "{{ nothing{n} {many} }}",
    "too many characters": '{{ products(channel: "😀{long}{long}{long}", search: "{n}") {{ nodes {{ id }} }} }}',
}


@pytest.mark.parametrize("what", DOCUMENTS)
async def test_documents_of_any_kind_use_no_more_memory_than_the_limit_of_their_caches(
    api: Api, monkeypatch: pytest.MonkeyPatch, what: str, one_executor: None
):
    for kept in (documents._documents, executor._plans):
        kept.clear()
        monkeypatch.setattr(kept, "most", MEGABYTES)
    tracemalloc.start(1)
    try:
        for n in range(8):
            await api.post(DOCUMENTS[what].format(n=n, long="x" * 30_000, many="code name id " * 100))
        gc.collect()
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert grown < 5 * MEGABYTES
    assert documents._documents.bytes <= MEGABYTES and executor._plans.bytes <= MEGABYTES


def test_the_caches_of_requests_together_are_limited_to_80_megabytes():
    caches = (documents._documents, executor._plans, persisted._learned, introspection._answers)
    assert sum(kept.most for kept in caches) <= 80 * MEGABYTES
