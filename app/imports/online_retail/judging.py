"""Determines the format of a file's dates and numbers from the whole file, because single cells are
ambiguous.
"""

from collections import Counter
from pathlib import Path

from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.imports.online_retail.cells import DateOrder, FileFormat, mark_shown_by, order_shown_by
from app.imports.online_retail.records import records


def format_of(path: Path, dates: DateOrder | None = None) -> FileFormat:
    """Read a file once to determine its format; `dates` if the user has given it.

    Raises:
        Invalid: its dates are ambiguous.
    """
    marks: Counter[str] = Counter()
    orders: Counter[DateOrder] = Counter()
    first_line: dict[DateOrder | None, tuple[int, str]] = {}
    for record in records(path):
        if record.problem:
            continue
        for number in (record.cells[3], record.cells[5]):
            if mark := mark_shown_by(number):
                marks[mark] += 1
        could_be_both, order = order_shown_by(record.cells[4])
        if could_be_both:
            first_line.setdefault(order, (record.line, record.cells[4].strip()))
            if order:
                orders[order] += 1
    decimal_mark = "," if marks[","] > marks["."] else "."
    return FileFormat(dates or _order_of(orders, first_line), decimal_mark)


def _order_of(orders: Counter[DateOrder], first_line: dict[DateOrder | None, tuple[int, str]]) -> DateOrder:
    if not first_line:
        return DateOrder.DMY  # no date is ambiguous
    if not orders:
        line, date = first_line[None]
        raise Invalid(
            (
                f"The order of day and month is ambiguous, such as {date} in line {line}. Use "
                "`--dates dmy` if the day comes first, `--dates mdy` if the month comes first."
            ),
            code=ProblemCode.MALFORMED,
        )
    (chosen, many), *others = orders.most_common()
    few = others[0][1] if others else 0
    if few > max(1, many // 100) or few == many:
        (line, date), (other_line, other) = first_line[DateOrder.DMY], first_line[DateOrder.MDY]
        raise Invalid(
            (
                f"Some dates have the day first ({date} in line {line}) and some the month "
                f"({other} in line {other_line}). Select one with `--dates dmy` or `--dates mdy`; "
                "rows with other dates are then rejected."
            ),
            code=ProblemCode.MALFORMED,
        )
    return chosen
