"""Every problem has a code, and the values that a message in another language needs."""

import ast
import re
from functools import cache
from pathlib import Path

import app
from app.core.problems import ProblemCode, ProblemValues

SOURCES = sorted(Path(app.__path__[0]).rglob("*.py"))
_NAMED = re.compile(r"`(\w+)`")


def wanted(code: ProblemCode) -> set[str]:
    """The values that the description of a code names."""
    snake = {re.sub(r"([A-Z])", r"_\1", name).lower() for name in _NAMED.findall(code.description)}
    return snake & ProblemValues.__annotations__.keys()


def suffices(code: ProblemCode, given: set[str]) -> bool:
    needed = wanted(code)
    return needed <= given or (" or " in code.description and bool(needed & given))


def codes_of(node: ast.expr) -> list[str]:
    if isinstance(node, ast.IfExp):
        return codes_of(node.body) + codes_of(node.orelse)
    if (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "ProblemCode"
    ):
        return [node.attr]
    return []


@cache
def refusals(source: str) -> list[tuple[int, list[str], set[str] | None]]:
    """Each call with a literal code: line, codes, and names of the values; None if unknown."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            words = {word.arg: word.value for word in node.keywords}
            if "code" in words and (codes := codes_of(words["code"])):
                found.append((node.lineno, codes, None if None in words else set(words) - {"code", None}))
    return found


def lacking(source: str) -> list[tuple[int, str]]:
    return [
        (line, code)
        for line, codes, given in refusals(source)
        for code in codes
        if given is not None and not suffices(ProblemCode[code], given)
    ]


def test_every_problem_has_the_values_that_the_description_of_its_code_names():
    found = {str(path): lacking(path.read_text()) for path in SOURCES}
    assert {path: lines for path, lines in found.items() if lines} == {}
    assert sum(len(refusals(path.read_text())) for path in SOURCES) > 250


def test_a_missing_value_is_detected():
    assert lacking('Invalid("Long.", "name", code=ProblemCode.TOO_LONG)') == [(1, "TOO_LONG")]
    assert lacking('Invalid("Long.", "name", code=ProblemCode.TOO_LONG, maximum=9)') == []
    assert lacking('Invalid("Much.", "a", code=ProblemCode.TOO_LARGE, maximum_amount=most)') == []


def test_every_problem_code_is_used():
    everywhere = "\n".join(path.read_text() for path in SOURCES)
    assert [code.name for code in ProblemCode if f"ProblemCode.{code.name}" not in everywhere] == []
