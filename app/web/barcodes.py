"""Barcodes as SVG, of a size that a printer of 203 dots to the inch draws whole and a scanner reads.

Each module, the narrowest bar or square, is a whole number of that printer's dots. What is too long for
Code 128 on a label of four by six inches is a QR code, which scanners with a camera read.
"""

from collections.abc import Iterator, Sequence

import segno
from barcode.codex import Code128
from markupsafe import Markup, escape

ROOM = 92.0  # millimetres: four inches without the margins of print.css
FINE, COARSE = 0.25, 0.375  # millimetres of a module: two and three dots
SQUARE = 0.5  # millimetres of a module of a QR code: four dots
QUIET, QUIET_OF_QR = 10, 4  # modules without ink at each side, which scanners need
DIGITS_99 = 99  # the value of these two digits in Code 128
CAPTION = 40.0  # millimetres that the text beneath has at least
SMALL, LARGE = 10.0, 22.0  # millimetres of height


def barcode(text: str, *, large: bool = False) -> Markup:
    """A barcode with its text beneath it; nothing for an empty text."""
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
    """Code 128, without a fault of python-barcode 0.16: it dropped the 99 with which a row of digits began.

    It took the value 99 behind the sign that begins digits for the change of set that has the same value.
    """

    def _try_to_optimize(self, encoded: list[int]) -> list[int]:
        return encoded if encoded[1] == DIGITS_99 else super()._try_to_optimize(encoded)


def _code128(text: str) -> bytes:
    """The modules of a text, 1 for ink; empty for what Code 128 cannot say."""
    if not text.isascii() or not text.isprintable():
        return b""
    (modules,) = _Bars(text).build()
    return bytes(map(int, modules))


def _drawn(
    text: str, rows: Sequence[bytes], quiet: int, module: float, height: float | None = None
) -> Markup:
    """Rows of modules, square or, of a row of bars, as high as is said."""
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
    said = escape(text)
    return Markup(  # numbers of ours, and the escaped text
        f'<figure class="barcode"><svg role="img" aria-label="{said}" width="{width:g}mm" '
        f'height="{down * module:g}mm" viewBox="0 0 {across} {down:g}" shape-rendering="crispEdges">'
        f'<path d="{path}"/></svg>'
        f'<figcaption dir="ltr" style="width:{max(width, CAPTION):g}mm">{said}</figcaption></figure>'
    )


def _runs(row: bytes) -> Iterator[tuple[int, int]]:
    """Where ink begins and how many modules it goes on."""
    start = 0
    while (start := row.find(1, start)) >= 0:
        end = row.find(0, start)
        end = len(row) if end < 0 else end
        yield start, end - start
        start = end
