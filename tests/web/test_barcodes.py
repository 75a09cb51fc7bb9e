"""Barcodes are read at the size at which they are printed, on printers of 203 dots to the inch."""

import re
import string
from collections.abc import Sequence
from typing import Any

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from app.web.barcodes import ROOM, barcode

DOTS = 203 / 25.4  # to a millimetre
_SVG = re.compile(r'width="([\d.]+)mm" height="([\d.]+)mm" viewBox="0 0 ([\d.]+) ([\d.]+)"')
_BAR = re.compile(r"M(\d+) (\d+)h(\d+)v([\d.]+)h")


def _covered(bars: Sequence[tuple[float, float]], dots: int, phase: float) -> list[float]:
    """The share of each dot that bars cover, whose edges may lie between dots."""
    found = [0.0] * dots
    for start, end in bars:
        start, end = start + phase, end + phase
        for dot in range(int(start), min(dots, int(end) + 1)):
            found[dot] += max(0.0, min(end, dot + 1) - max(start, dot))
    return found


def printed(drawn: str, phase: float = 0.0) -> memoryview:
    """A barcode as such a printer draws it: a picture in grey, one byte for each dot."""
    found = _SVG.search(drawn)
    assert found, drawn
    width, height, across, down = map(float, found.groups())
    assert width <= ROOM, "it is whole on a label of four inches"
    module = width / across * DOTS
    assert height / down == pytest.approx(width / across), "modules are square"
    columns, lines = int(width * DOTS) + 2, int(height * DOTS) + 2
    rows: dict[tuple[float, float], list[tuple[float, float]]] = {}
    for bar in _BAR.finditer(drawn):
        left, top, long, high = map(float, bar.groups())
        rows.setdefault((top * module, (top + high) * module), []).append(
            (left * module, (left + long) * module)
        )
    ink = [[0.0] * columns for _ in range(lines)]
    for span, bars in rows.items():
        across_it, along = _covered(bars, columns, phase), _covered([span], lines, phase)
        for line, share in enumerate(along):
            if share:
                ink[line] = [before + share * each for before, each in zip(ink[line], across_it, strict=True)]
    grey = bytes(255 - round(255 * min(each, 1.0)) for line in ink for each in line)
    return memoryview(grey).cast("B", (lines, columns))


def _read(drawn: str, phase: float = 0.0) -> list[str]:
    picture: Any = printed(drawn, phase)
    return [found.text for found in zxingcpp.read_barcodes(picture)]


@given(
    st.text(string.ascii_letters + string.digits + "-._/ $%+", min_size=10, max_size=40).filter(
        lambda text: text == text.strip()
    ),
    st.booleans(),
    st.sampled_from([0.0, 0.25, 0.5, 0.75]),
)
@settings(max_examples=40, deadline=None)
def test_barcodes_of_ten_to_forty_characters_can_be_read_as_printed(text: str, large: bool, phase: float):
    assert _read(str(barcode(text, large=large)), phase) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "MUG",
        "09506000134352",
        "PL1",
        "SKU-OF-17-CHARS-X",
        "SKU-OF-27-CHARACTERS-EXACTL",
        "SKU-OF-29-CHARACTERS-AND-MORE",
        "1Z999AA10123456784",
        "A" * 60,
        "x" * 80,
        "7" * 60,
        "9900000000",
        "99",
        "1234567890123",
        "AB99",
        "Größe 44",
    ],
)
def test_typical_warehouse_codes_can_be_read(text: str):
    for large in (False, True):
        assert _read(str(barcode(text, large=large)), 0.5) == [text]


def test_long_texts_become_a_square_code_and_others_bars():
    assert 'viewBox="0 0 363 40"' in barcode("A" * 28)
    assert 'viewBox="0 0 33 33"' in barcode("A" * 29)
    assert barcode("") == ""


def test_the_text_below_a_barcode_is_escaped():
    drawn = barcode("VAN0001<&>")
    assert "&lt;&amp;&gt;" in drawn and "<&>" not in drawn
