"""Links between the pages of the documentation lead to files and headings that exist."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("docs/decisions/*.md"),
        *ROOT.glob("app/**/*.md"),
    ]
)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def _prose(text: str) -> str:
    """A page without its code blocks."""
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def headings(text: str) -> set[str]:
    """The fragments by which the headings of a page can be linked to."""
    found: list[str] = []
    for title in re.findall(r"^#+ (.*)$", _prose(text), re.MULTILINE):
        shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).replace("`", "").strip().lower()
        name = re.sub(r"[^\w\- ]", "", shown).replace(" ", "-")
        found.append(f"{name}-{found.count(name)}" if name in found else name)
    return set(found)


def broken_links(page: Path, text: str) -> Iterator[str]:
    for link in LINK.findall(_prose(text)):
        path, _, fragment = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        target = (page.parent / path).resolve() if path else page
        if not target.exists():
            yield f"{page.relative_to(ROOT)}: {link}: no such file"
        elif fragment and target.suffix == ".md":
            there = text if target == page else target.read_text()
            if fragment not in headings(there):
                yield f"{page.relative_to(ROOT)}: {link}: no such heading"


def test_links_lead_to_files_and_headings():
    assert len(PAGES) > 40
    assert [each for page in PAGES for each in broken_links(page, page.read_text())] == []


def test_a_link_to_a_missing_file_or_heading_is_found():
    text = "# One\n[a](gone.md) [b](#one) [c](#two) [d](README.md#ordergraph)\n```\n[e](no.md)\n```\n"
    found = list(broken_links(ROOT / "CHANGELOG.md", text))
    assert found == ["CHANGELOG.md: gone.md: no such file", "CHANGELOG.md: #two: no such heading"]
