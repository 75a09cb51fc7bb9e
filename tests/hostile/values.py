"""Hostile values: sent by attackers or faulty programs."""

from typing import Any

HALF = "\ud83d"  # a lone surrogate, half of an emoji


def nested(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return value


# Values that a scalar always refuses: the response must contain the path of each.
REFUSED: dict[str, list[Any]] = {
    "String": ["a\x00b", HALF],
    "ID": ["a\x00b", HALF],
    "JSON": [{"a": nested(300)}, {"a": [2**60]}, {"a\x00": 1}, {"a": {HALF: 1}}, {"a": "x" * 17_000}, {"a": 1e300}],
    "Decimal": ["1E+999999", "1_000", "1." + "0" * 40 + "1", "１２", "NaN", "9" * 10_000, "1e30", "\x00"],
    "BigInt": [2**53, -(2**63), "1_0", "９", HALF],
    "DateTime": ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999-14:00", "2026-05-01T09:30:00\x00Z", HALF, "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z"],
    "Date": ["0001-01-01", "9999-12-31", "２０２６-05-01", HALF],
    "Time": ["24:00", "09:30+14:00", "09:30\x00", HALF],
    "CurrencyCode": ["€", "U\x00D", HALF, "USDUSD"],
    "CountryCode": ["D\x00", HALF, "D" * 200],
}  # fmt: skip

# Unusual characters that are allowed in single-line texts, and those allowed only in multi-line texts.
ODD_LINE = "\\u0000 %_'\"; -- \u200fאב e\u0301\u0301 👩\u200d🚀\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f \ufeff\ufffd ｆｕｌｌ"
ODD_TEXT = "\\u0000 %_'\"; -- \x01\x1b\x7f\u2028 \u202eאב e\u0301\u0301 😀\U0010ffff \ufeff\ufffd ｆｕｌｌ"

# Unusual values that a scalar accepts and a field may accept or refuse.
ODD: dict[str, list[Any]] = {
    "String": ["", ODD_LINE, "x" * 50_000, "-0"],
    "ID": ["", ODD_LINE, "x" * 50_000, "T3JkZXI6AaIkIqA-d9KY0l5Y-k6tXQ"],
    "Int": [0, -1, 2**31 - 1, -(2**31), 1_000_000],
    "BigInt": [0, -1, 2**53 - 1, -(2**53 - 1)],
    "Float": [0, -0.0, 1e308, -1e308, 5e-324, 0.5],
    "Boolean": [True, False],
    "Decimal": ["0", "-0", "-1", "999999999999999999.9999999999", "0.0000000001", "9999999999999.99", "100"],
    "JSON": [{}, {"a": nested(31)}, {"": ODD_LINE, ODD_LINE: [-0.0, 2**53 - 1, 5e-324, None]}, {"a": "x" * 16_000}],
    "DateTime": ["1900-01-01T00:00:00Z", "2199-12-31T23:59:59.999999Z"],
    "Date": ["1900-01-01", "2199-12-31"],
    "Time": ["00:00", "23:59:59.999999"],
    "CurrencyCode": ["usd", "XXX", "JPY"],
    "CountryCode": ["de", "XX", "JP"],
}  # fmt: skip

# The same for multi-line texts.
ODD_LINES: dict[str, list[Any]] = {
    "String": ["", ODD_TEXT, "x" * 50_000, "-0"],
    "JSON": [{}, {"a": nested(31)}, {"": ODD_TEXT, ODD_TEXT: [-0.0, 2**53 - 1, 5e-324, None]}, {"a": "x" * 16_000}],
}  # fmt: skip

# Values that GraphQL refuses or that exceed the limit of every field.
BEYOND: dict[str, list[Any]] = {
    "String": ["x" * 200_000],
    "ID": ["x" * 200_000],
    "Int": [2**31, 2**53],
    "Float": [2**70],
    "Decimal": [2**70, 1e30],
}
