"""The changes of docs/extending.md: read from the page and made on a copy of the repository."""

import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "extending.md"
_SECTION = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_STEP = re.compile(
    r"^(?:(?P<what>New file|Change) `(?P<path>[^`]+)`|Run):\n+```(?P<language>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass
class WorkedChange:
    """One section of the page: the files it changes, with how, and the commands it runs."""

    name: str
    changed: dict[str, str] = field(default_factory=dict)  # listings with + and -, by path
    new: dict[str, str] = field(default_factory=dict)  # whole files, by path
    commands: list[str] = field(default_factory=list)

    @property
    def opened(self) -> set[str]:
        """The files that are written by hand, except for tests."""
        return {path for path in (*self.changed, *self.new) if not path.startswith("tests/")}

    @property
    def tests(self) -> list[str]:
        """The tests that the section runs."""
        return [path for environment, paths in self.test_runs for path in paths if not environment]

    @property
    def test_runs(self) -> list[tuple[str, list[str]]]:
        """The runs of scripts/test, each with its environment and the paths."""
        runs = [command.partition("scripts/test ") for command in self.commands]
        return [(environment, paths.split()) for environment, found, paths in runs if found]

    def make(self, root: Path) -> None:
        """Make the change in the repository at `root`."""
        for path, text in self.new.items():
            target = root / path
            assert not target.exists(), f"{PAGE.name} says that {path} is new, and it exists."
            target.write_text(text)
        for path, listing in self.changed.items():
            target = root / path
            target.write_text(changed(target.read_text(), listing, path))


def worked_changes(text: str) -> list[WorkedChange]:
    """The changes of the page, in its order."""
    found = []
    for name, body in _SECTION.findall(text):
        change = WorkedChange(name)
        for step in _STEP.finditer(body):
            if step["what"] is None:
                change.commands += step["text"].splitlines()
            else:
                (change.new if step["what"] == "New file" else change.changed)[step["path"]] = step["text"]
        found.append(change)
    return found


def changed(text: str, listing: str, path: str) -> str:
    """The text of a file after the changes of a listing; `@@` stands between places of the file."""
    for part in re.split(r"^@@\n", listing, flags=re.MULTILINE):
        lines = [line or " " for line in part.splitlines()]
        before = "".join(f"{line[1:]}\n" for line in lines if line[0] in " -")
        after = "".join(f"{line[1:]}\n" for line in lines if line[0] in " +")
        places = len(re.findall(rf"^{re.escape(before)}", text, flags=re.MULTILINE))
        assert places == 1, f"{PAGE.name} shows lines that are {places} times in {path}:\n{before}"
        text = re.sub(rf"^{re.escape(before)}", lambda _: after, text, flags=re.MULTILINE)  # noqa: B023
    return text
