"""Unused code is found, and code that others use is not."""

from pathlib import Path

import dead_code
import pytest

MODELS = """
from tortoise import fields
class Box:
    kind = fields.CharField()
    weight = fields.IntField()
    unread = fields.IntField()
    shelf = fields.ForeignKeyField("app.Shelf")
    shelf_id: int
    sealed_at = fields.DatetimeField()
    shown = fields.IntField()
    class Meta:
        unique_together = (("kind", "weight"),)
"""
QUERIES = """
from app.models import Box
async def heavy():
    return await Box.filter(weight__gt=5)
async def light():
    return await fetch("SELECT sealed_at FROM box WHERE kind = $1")
async def never_called():
    return await Box.all()
"""
SCHEMA = """
@strawberry.type(description="A box.")
class BoxType:
    shown: int
    @field("How it looks.")
    def look(self):
        return heavy(), light(), BoxType
@strawberry.input
class BoxInput:
    forgotten: int
"""
OTHERS = """
class Colour(StrEnum):
    RED = "red"
    def darker(self):
        return None
class View:
    def title(self):
        return ""
    def subtitle(self):
        return ""
print(Colour, View)
"""
FILES = {
    "app/__init__.py": "from app.queries import heavy, never_called\n__all__ = ['heavy', 'never_called']\n",
    "app/models.py": MODELS,
    "app/queries.py": QUERIES,
    "app/schema.py": SCHEMA,
    "app/others.py": OTHERS,
    "app/web/templates/box.html": "<h1>{{ view.title() }}</h1>",
    "app/migrations/0001_initial.py": "def fill(): pass",
    "scripts/tool.py": "from app.queries import light\nprint(light)",
    "tests/test_box.py": "from app.queries import never_called\nnobody_asks()\nunread = View().subtitle()",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_code_used_only_by_tests_and_exports_is_dead(tree: Path):
    found = {(file, name) for file, _, name in dead_code.dead(tree)}
    assert found == {
        ("app/models.py", "unread"),
        ("app/queries.py", "never_called"),
        ("app/schema.py", "BoxInput"),
        ("app/schema.py", "forgotten"),
        ("app/others.py", "darker"),
        ("app/others.py", "subtitle"),
    }


def test_dead_code_and_needless_exceptions_are_reported(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(dead_code, "ROOT", tree)
    names = ["forgotten", "heavy"]
    monkeypatch.setattr(dead_code, "FILES", {"app/schema.py": ("somebody calls it", names)})
    assert dead_code.main() == 1
    printed = capsys.readouterr().out
    assert "app/queries.py:7: nothing uses never_called" in printed
    assert "forgotten" not in printed
    assert "scripts/called_by_others.py: heavy of app/schema.py need not be listed" in printed
