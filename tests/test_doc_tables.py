"""The generated tables of docs match the code."""

import pytest

from scripts import doc_tables


@pytest.mark.parametrize("page", doc_tables.PAGES)
def test_the_tables_match_the_code(page: str):
    text = (doc_tables.DOCS / page).read_text()
    assert doc_tables.written(text, doc_tables.PAGES[page]) == text, "run scripts/tables"
