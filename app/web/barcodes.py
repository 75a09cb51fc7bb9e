"""Barcodes as SVG, sized so that a 203 dpi printer draws them exactly and scanners can read them.

Each module, the narrowest bar or square, is a whole number of that printer's dots. Text that is too long for
Code 128 on a label of four by six inches becomes a QR code, which camera scanners read.
"""

from collections.abc import Iterator, Sequence

import segno
from barcode.codex import Code128
from markupsafe import Markup, escape

ROOM = 92.0  # millimetres: four inches without the margins of print.css
FINE, COARSE = 0.25, 0.375  # millimetres per module: two and three dots
SQUARE = 0.5  # millimetres per module of a QR code: four dots
QUIET, QUIET_OF_QR = 10, 4  # modules without ink at each side
DIGITS_99 = 99  # the value of the digits 99 in Code 128
CAPTION = 40.0  # minimum width of the text in millimetres
SMALL, LARGE = 10.0, 22.0  # height in millimetres


def barcode(text: str, *, large: bool = False) -> Markup:
    """A barcode with its text beneath it; empty for an empty text."""
    if not text:
        return Markup("")
    bars = _code128(text)
    height = LARGE if large else SMALL
    for module in (COARSE, FINE) if large else (FINE,):
        if bars and (len(bars) + 2 * QUIET) * module <= ROOM:
            return _drawn(text, [bars], QUIET, module, height)
    rows = [bytes(row) for row in segno.make(text, error="m", micro=False).matrix]
    return _drawn(text, rows, QUIET_OF_QR, SQUARE)


class _Bars(Code128):
    """Code 128 without a bug of python-barcode 0.16, which dropped a 99 at the beginning of a row of digits.

    It took the value 99 after the start code of digits for the change of set with the same value.
    """

    def _try_to_optimize(self, encoded: list[int]) -> list[int]:
        return encoded if encoded[1] == DIGITS_99 else super()._try_to_optimize(encoded)


def _code128(text: str) -> bytes:
    """The modules of a text, 1 for ink; empty for a text that Code 128 cannot encode."""
    if not text.isascii() or not text.isprintable():
        return b""
    (modules,) = _Bars(text).build()
    return bytes(map(int, modules))


def _drawn(
    text: str, rows: Sequence[bytes], quiet: int, module: float, height: float | None = None
) -> Markup:
    """Rows of modules, square or, for a row of bars, with the given height."""
    across = len(rows[0]) + 2 * quiet
    down = height / module if height else len(rows) + 2 * quiet
    width = across * module
    if height:
        path = "".join(f"M{start + quiet} 0h{length}v{down:g}h-{length}z" for start, length in _runs(rows[0]))
    else:
        path = "".join(
            f"M{start + quiet} {place}h{length}v1h-{length}z"
            for place, row in enumerate(rows, quiet)
            for start, length in _runs(row)
        )
    caption = escape(text)
    return Markup(  # generated numbers, and the escaped text
        f'<figure class="barcode"><svg role="img" aria-label="{caption}" width="{width:g}mm" '
        f'height="{down * module:g}mm" viewBox="0 0 {across} {down:g}" shape-rendering="crispEdges">'
        f'<path d="{path}"/></svg>'
        f'<figcaption dir="ltr" style="width:{max(width, CAPTION):g}mm">{caption}</figcaption></figure>'
    )


def _runs(row: bytes) -> Iterator[tuple[int, int]]:
    """The start and length of each run of ink."""
    start = 0
    while (start := row.find(1, start)) >= 0:
        end = row.find(0, start)
        end = len(row) if end < 0 else end
        yield start, end - start
        start = end
