"""docs/extending.md: its changes, made on a copy of the repository, open the files that it names and no other."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.worked_changes import PAGE, ROOT, WorkedChange, changed, worked_changes

CHANGES = worked_changes(PAGE.read_text())
# The largest number of files that a change opens, beside its tests and the files that commands write.
MOST_FILES = {"A hold kind": 3, "A field of orders": 4, "A carrier": 2}
COPIED = ("app", "docs", "scripts", "tests", "pyproject.toml", "schema.graphql")
LEFT_OUT = shutil.ignore_patterns("node_modules")
BIN = Path(sys.executable).parent
# The scripts without the installation of packages with which they begin.
SCRIPTS = {
    "scripts/schema": "ordergraph schema > schema.graphql.new; mv schema.graphql.new schema.graphql",
    "scripts/tables": "python -m scripts.doc_tables",
}

# What the commands write beside a migration.
WRITTEN = (
    "docs/carriers-and-suppliers.md", "docs/life-of-an-order.md", "schema.graphql", "tests/matrix/filters.txt",
)  # fmt: skip
CHECKS = (
    "ruff format --check app tests; ruff check app tests",
    "python scripts/house_rules.py",
)


def run(folder: Path, command: str) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ORDERGRAPH_")}
    environment = {**kept, "PYTHONPATH": str(folder), "PATH": f"{BIN}:{kept['PATH']}"}
    done = subprocess.run(
        ["bash", "-ec", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=500
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-6_000:]}\n{done.stderr[-4_000:]}"


def files(root: Path) -> dict[str, bytes]:
    found = [path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with the changes of the page, before its commands are run."""
    root = tmp_path_factory.mktemp("extended")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name, ignore=LEFT_OUT)
        else:
            shutil.copy(ROOT / name, root / name)
    for change in CHANGES:
        change.make(root)
    return root


def commands() -> list[str]:
    """The commands of the page but for its runs of tests, each once."""
    given = [each for change in CHANGES for each in change.commands if "scripts/test " not in each]
    return [SCRIPTS.get(each, each) for each in dict.fromkeys(given)]


def test_the_page_has_all_changes():
    assert {change.name for change in CHANGES} == MOST_FILES.keys()


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_a_change_opens_few_files(change: WorkedChange):
    assert len(change.opened) <= MOST_FILES[change.name], sorted(change.opened)
    tests = [path for path in (*change.changed, *change.new) if path.startswith("tests/")]
    assert len(tests) == 1 and tests[0] in change.tests


@pytest.mark.once
@pytest.mark.timeout(600)  # seconds; several processes import the application, one after the other
def test_the_changes_pass_the_checks_and_the_tests_of_the_page(tree: Path):
    before = files(tree)
    for command in (*CHECKS, *commands()):
        run(tree, command)
    runs = [each for change in CHANGES for each in change.test_runs]
    environment = " ".join({environment for environment, _ in runs})
    paths = " ".join(dict.fromkeys(path for _, found in runs for path in found))
    run(tree, f"TEST_DATABASE=sqlite {environment} python -m pytest -p no:cacheprovider {paths}")
    after = files(tree)
    written = {path for path in after if after[path] != before.get(path) and ".ruff_cache" not in path}
    (migration,) = [path for path in written if path.startswith("app/migrations/")]
    assert written == {migration, *WRITTEN}


def test_a_listing_with_lines_that_are_not_in_the_file_is_refused():
    listing = " one\n-two\n+three\n"
    assert changed("zero\none\ntwo\n", listing, "x.py") == "zero\none\nthree\n"
    for text in ("one\n2\n", "one\ntwo\none\ntwo\n", "one\ntwo and more\n"):
        with pytest.raises(AssertionError, match=r"times in x\.py"):
            changed(text, listing, "x.py")
