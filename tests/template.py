"""A migrated database to copy: migrating an empty one takes two seconds, copying a tenth of a second.

It is kept for later runs, keyed by what it was made from, in the folder of temporary files (SQLite) or beside
the tests' databases (PostgreSQL). Concurrent runs create it once.
"""

import fcntl
import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path

from app.core.database import tortoise_config
from app.settings import settings
from tests import services
from tests.database import migrate

_APP = Path(__file__).parent.parent / "app"
_FOLDER = Path(tempfile.gettempdir()) / f"ordergraph-templates-{os.getuid()}"
_KEPT_FOR = 86_400  # seconds after the last use


async def copy_to(url: str) -> None:
    """Create the database of a URL with the newest tables and only the rows that migrations write."""
    kind = "sqlite" if url.startswith("sqlite") else "postgres"
    with _held(f"{kind}-{_made_from()}") as name:
        if kind == "sqlite":
            shutil.copy(await _file(name), url.removeprefix("sqlite:///"))
        else:
            await services.make_database(url, like=await _database(name))


@contextmanager
def _held(name: str) -> Iterator[str]:
    """Lock a template, and mark it as used."""
    _FOLDER.mkdir(exist_ok=True)
    with (_FOLDER / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.utime(lock.fileno())
        yield name


async def _file(name: str) -> Path:
    made = _FOLDER / f"{name}.db"
    if not made.exists():
        await _forget_unused("sqlite")
        with tempfile.TemporaryDirectory(dir=_FOLDER) as folder:
            new = Path(folder) / "new.db"
            # closing the last connection checkpoints the log into the file
            await _migrate(f"sqlite:///{new}")
            new.rename(made)
    return made


async def _database(name: str) -> str:
    made = services.url_of(_database_name(name))
    if not await services.has_database(made):
        await _forget_unused("postgres")
        new = services.url_of(f"{_database_name(name)}_new")
        await services.drop_database(new)  # left by a killed run
        await services.make_database(new)
        await _migrate(new)
        await services.rename_database(new, made)
    return made


def _database_name(name: str) -> str:
    return f"ordergraph_template_{name.removeprefix('postgres-')}"


async def _migrate(url: str) -> None:
    await migrate(tortoise_config(settings().model_copy(update={"database_url": url})))


async def _forget_unused(kind: str) -> None:
    """Delete templates of other migrations that were not used for a day."""
    for lock in _FOLDER.glob(f"{kind}-*.lock"):
        if time.time() - lock.stat().st_mtime < _KEPT_FOR:
            continue
        if kind == "sqlite":
            lock.with_suffix(".db").unlink(missing_ok=True)
        else:
            await services.drop_database(services.url_of(_database_name(lock.stem)))
        lock.unlink()


@cache
def _made_from() -> str:
    """A hash of the migrations, what they import of the application, and what runs them."""
    files = sorted((_APP / "migrations").rglob("*.py"))
    source = "".join(each.read_text() for each in files)
    for module in sorted(set(re.findall(r"^from app\.([\w.]+) import", source, re.MULTILINE))):
        path = _APP.joinpath(*module.split("."))
        files += [path.with_suffix(".py")] if path.with_suffix(".py").exists() else sorted(path.glob("*.py"))
    files += sorted((_APP / "core" / "database").glob("*.py"))
    digest = hashlib.sha256(version("tortoise-orm").encode())
    for each in files:
        digest.update(each.read_bytes())
    return digest.hexdigest()[:16]
