"""The measured servers, in separate processes, and their CPU time and memory."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from tests.services import free_port

ROOT = Path(__file__).parent.parent.parent
SECRET = "a key for the benchmark alone, long enough to be one"


@dataclass(slots=True)
class Served:
    """A running server and all its worker processes."""

    url: str
    process: psutil.Process
    ready_after: float  # seconds from its start to its first answer

    def _all(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]

    def cpu_seconds(self) -> float:
        """CPU time of all its processes since they started."""
        times = [process.cpu_times() for process in self._all()]
        return sum(time.user + time.system for time in times)

    def memory_mb(self) -> float:
        """The resident memory of its largest process."""
        return max(process.memory_info().rss for process in self._all()) / 1e6


def outside() -> dict[str, str]:
    """This process's environment without the settings of Ordergraph."""
    return {name: value for name, value in os.environ.items() if not name.startswith("ORDERGRAPH_")}


@contextlib.contextmanager
def _running(command: list[str], environment: dict[str, str], port: int, path: str) -> Iterator[Served]:
    paths = f"{ROOT}:{ROOT / 'scripts'}"
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=ROOT, env={**outside(), "PYTHONPATH": paths, **environment}, stdout=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        while True:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(url + path).status_code == 200:
                    break
            if process.poll() is not None:
                raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
            time.sleep(0.01)
        yield Served(url, psutil.Process(process.pid), time.perf_counter() - start)
    finally:
        process.terminate()
        process.wait(20)


def ordergraph(
    database_url: str, workers: int = 1, module: str = "app.cli", **settings: str
) -> contextlib.AbstractContextManager[Served]:
    """The application as it is run in production."""
    port = free_port()
    environment = {
        "ORDERGRAPH_ENV": "production",
        "ORDERGRAPH_DATABASE_URL": database_url,
        "ORDERGRAPH_SECRET_KEY": SECRET,
        "ORDERGRAPH_WORKERS": str(workers),
        "ORDERGRAPH_LOG_LEVEL": "ERROR",
        # Counted as usual, but never exhausted.
        "ORDERGRAPH_VISITOR_POINTS": "1000000000",
        "ORDERGRAPH_PRINCIPAL_POINTS": "1000000000",
        **settings,
    }
    command = [sys.executable, "-m", module, "serve", "--port", str(port)]
    return _running(command, environment, port, "/health/ready")


def limits(database_url: str) -> contextlib.AbstractContextManager[Served]:
    """The server of the limits."""
    port = free_port()
    command = [
        sys.executable, "-m", "uvicorn", "benchmark.limits:app", "--port", str(port), "--no-access-log",
        "--log-level", "warning",
    ]  # fmt: skip
    return _running(command, {"BENCH_DATABASE_URL": database_url}, port, "/empty")
