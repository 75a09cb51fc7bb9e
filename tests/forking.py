"""Forks processes of the application from one that has imported it.

A run of all tests starts some hundred servers and commands, each of which would import for two seconds. Here
one process imports and then only forks: each copy runs `python -m MODULE ARGUMENTS` in its own environment,
from the same files. `random`, `secrets` and the UUID library are seeded again after a fork; they must not
have been used before, which `_import` ensures.
"""

import atexit
import gc
import json
import os
import runpy
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import IO, Any, NoReturn

from tests import opening

ROOT = Path(__file__).parent.parent
ORIGINS = 2  # with different seeds: two servers must not share the order of a set by chance


class Process:
    """A forked process with the interface of `subprocess.Popen`."""

    def __init__(self, module: str, arguments: list[str], environment: dict[str, str], out: IO[bytes], errors: IO[bytes], origin: int = 0) -> None:  # fmt: skip
        opening.note("a process of the application")
        self._report, far = socket.socketpair()
        asked = json.dumps({"module": module, "arguments": arguments, "environment": environment}).encode()
        with far:
            channel = _origin(origin % ORIGINS)
            socket.send_fds(
                channel, [struct.pack("!I", len(asked))], [out.fileno(), errors.fileno(), far.fileno()]
            )
            channel.sendall(asked)
        (self.pid,) = struct.unpack("!i", self._report.recv(4))
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None and select.select([self._report], [], [], 0)[0]:
            self._end()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            if not select.select([self._report], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            self._end()
        assert self.returncode is not None
        return self.returncode

    def _end(self) -> None:
        said = self._report.recv(4)
        self.returncode = struct.unpack("!i", said)[0] if said else -signal.SIGKILL  # with who waits for it
        self._report.close()

    def terminate(self) -> None:
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        self._send(signal.SIGKILL)

    def _send(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


def run(module: str, arguments: list[str], environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        code = Process(module, arguments, environment, out, errors).wait()
        said = [(file.seek(0), file.read().decode())[1] for file in (out, errors)]
    return subprocess.CompletedProcess([module, *arguments], code, *said)


@cache
def _origin(number: int) -> socket.socket:
    """The channel to the forking process, which ends when this end is closed."""
    near, far = socket.socketpair()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ORDERGRAPH_")}
    with far:
        origin = subprocess.Popen(
            [sys.executable, "-m", "tests.forking", str(far.fileno())],
            cwd=ROOT,
            env=environment | {"PYTHONHASHSEED": str(number + 1)},
            pass_fds=[far.fileno()],
            stdin=subprocess.DEVNULL,
        )

    def end() -> None:
        near.close()
        origin.wait()

    atexit.register(end)
    return near


def _import() -> None:
    import uuid_utils

    def too_early() -> NoReturn:
        raise RuntimeError("an id is made at import: two forked processes would make the same ones")

    drawn, uuid_utils.uuid7 = uuid_utils.uuid7, too_early

    from app import cli, demo, main, wiring  # noqa: F401
    from app.settings import settings

    uuid_utils.uuid7 = drawn
    if settings.cache_info().currsize:
        raise RuntimeError("settings are read at import: a forked process would not see its own")
    gc.collect()
    gc.freeze()


def _fork_as_asked(channel: socket.socket) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when it is over
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        length, passed, _, _ = socket.recv_fds(channel, 4, 3)
        if not length:
            return
        asked = b""
        while len(asked) < struct.unpack("!I", length)[0]:
            asked += channel.recv(65_536)
        if os.fork() == 0:
            channel.close()
            _watch(json.loads(asked), *passed)
        for each in passed:
            os.close(each)


def _watch(asked: dict[str, Any], out: int, errors: int, report: int) -> NoReturn:
    """Fork a requested process, and report its id and exit code."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    child = os.fork()
    if child == 0:
        os.close(report)
        os.dup2(out, 1)
        os.dup2(errors, 2)
        os.close(out)
        os.close(errors)
        _become(asked["module"], asked["arguments"], asked["environment"])
    os.write(report, struct.pack("!i", child))
    _, status = os.waitpid(child, 0)
    os.write(report, struct.pack("!i", os.waitstatus_to_exitcode(status)))
    os._exit(0)


def _become(module: str, arguments: list[str], environment: dict[str, str]) -> NoReturn:
    gc.enable()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.argv = [module, *arguments]
    code: Any = 0
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code
        if isinstance(code, str):
            print(code, file=sys.stderr)
            code = 1
    except BaseException:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)


if __name__ == "__main__":
    gc.disable()
    _import()
    _fork_as_asked(socket.socket(fileno=int(sys.argv[1])))
