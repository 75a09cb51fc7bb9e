"""GS1 barcodes: notation and validity."""

import re

from app.core.spelling import spelled

LENGTHS = (8, 12, 13, 14)
_PARTED = re.compile(r"[\s-]+")


def digits_of(barcode: str) -> str:
    """A barcode in its stored form: digits without the printed spaces and hyphens."""
    return _PARTED.sub("", spelled(barcode))


def gtin_of(barcode: str) -> str:
    """The common form of a GTIN: shorter ones are padded with leading zeros."""
    return digits_of(barcode).lstrip("0")


def gtin_is_valid(barcode: str) -> bool:
    """Whether a GTIN-8, -12, -13 or -14 has the right check digit (GS1 General Specifications 7.9)."""
    if not (barcode.isascii() and barcode.isdigit()) or len(barcode) not in LENGTHS:
        return False
    if not barcode.strip("0"):
        return False
    digits = [int(digit) for digit in reversed(barcode)]
    weighted = sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return weighted % 10 == 0


def barcode_forms(barcode: str) -> list[str]:
    """The notations of a GTIN with 8, 12, 13 and 14 digits."""
    digits = gtin_of(barcode)
    return [digits.zfill(length) for length in LENGTHS if len(digits) <= length]
