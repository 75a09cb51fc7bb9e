"""The simulator's own environment, in `.venv` of this folder."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_HERE = Path(__file__).parent
_REQUIREMENTS = _HERE / "requirements.txt"
_FOLDER = _HERE / ".venv"
_UV = _FOLDER / "uv"  # only if this machine has no Python that is new enough
_INSTALLED = _FOLDER / "requirements.txt"  # of what is installed


def python() -> Path:
    """The Python of the environment, which is made if it is missing or outdated."""
    with (_HERE / "requirements.txt").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the tests on the other database may be making it
        if not _INSTALLED.exists() or _INSTALLED.read_text() != _REQUIREMENTS.read_text():
            _make()
    return _FOLDER / "bin" / "python"


def _make() -> None:
    shutil.rmtree(_FOLDER, ignore_errors=True)
    _run(_new_enough(), "-m", "venv", str(_FOLDER))
    _run(
        str(_FOLDER / "bin" / "python"),
        *("-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(_REQUIREMENTS)),
    )
    shutil.copy(_REQUIREMENTS, _INSTALLED)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _new_enough() -> str:
    """A Python of this machine, or one that uv downloads."""
    for path in _pythons():
        question = "import ensurepip, sys; sys.exit(sys.version_info < (3, 12))"
        if subprocess.run([path, "-c", question], capture_output=True, check=False).returncode == 0:
            return path
    return _downloaded()


def _downloaded() -> str:
    uv = shutil.which("uv")
    if uv is None:
        _run(sys.executable, "-m", "venv", str(_UV))
        uv = str(_UV / "bin" / "uv")
        _run(str(_UV / "bin" / "python"), "-m", "pip", "install", "--quiet", "uv")
    _run(uv, "python", "install", "--quiet", "--no-bin", "--install-dir", str(_UV / "pythons"), "3.12")
    (found,) = (_UV / "pythons").glob("cpython-3.12.*/bin/python3.12")
    return str(found)


def _pythons() -> Iterator[str]:
    yield sys.executable
    for minor in (12, 13, 14):
        if found := shutil.which(f"python3.{minor}"):
            yield found
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from (str(path) for path in sorted(root.glob("versions/3.1[2-9]*/bin/python")))


if __name__ == "__main__":
    python()
