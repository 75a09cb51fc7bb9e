"""Sends requests to a server with wrk, and reads its measurements."""

import asyncio
import json
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

_LUA = """
local bodies, threads, counter = {}, {}, 0
for line in io.lines("%(file)s") do bodies[#bodies + 1] = line end
function setup(thread) threads[#threads + 1] = thread end
function init(args)
  bad, shown = 0, ""
  math.randomseed(%(seed)d)
end
function request()
  counter = counter + 1
  local body = bodies[counter %% #bodies + 1]
  if %(method)q == "GET" then return wrk.format("GET", body, wrk.headers) end
  body = body:gsub("@@", function() return "%(seed)d-" .. counter end)
  return wrk.format("POST", %(path)q, wrk.headers, body)
end
function response(status, headers, body)
  local fine = (status == %(status)d) and not body:find('"errors"', 1, true)
  if fine and %(expect)q ~= "" then fine = body:find(%(expect)q, 1, true) ~= nil end
  if not fine then
    bad = bad + 1
    shown = status .. " " .. body:sub(1, 300)
  end
end
function done(summary, latency, requests)
  local wrong, example = 0, ""
  for _, thread in ipairs(threads) do
    wrong = wrong + thread:get("bad")
    if thread:get("shown") ~= "" then example = thread:get("shown") end
  end
  local errors = summary.errors
  io.write(string.format("\\n@@%%d %%d %%d %%d %%d %%d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), wrong,
    errors.connect + errors.read + errors.write + errors.timeout))
  io.write("@@" .. example:gsub("\\n", " ") .. "\\n")
end
"""


@dataclass(frozen=True, slots=True)
class Requests:
    """The requests: a body per line for POST, a path per line for GET. Each `@@` becomes a new value."""

    path: str
    lines: list[str]
    method: str = "POST"
    headers: dict[str, str] = field(default_factory=dict)
    expect: str = ""  # every response must contain this
    status: int = 200


@dataclass(frozen=True, slots=True)
class Measured:
    requests: int
    seconds: float
    p50: float  # milliseconds
    p99: float
    errors: int
    example: str = ""  # of a wrong response

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


class NoLoadTool(RuntimeError):
    """wrk is not on this machine."""


def require() -> str:
    if shutil.which("wrk") is None:
        raise NoLoadTool("The benchmark drives its load with wrk. Install it (Debian: apt-get install wrk).")
    return "wrk, one thread"


async def drive(
    url: str, asked: Requests, *, seconds: float, connections: int = 16, seed: int = 1
) -> Measured:
    """Send the requests repeatedly for some seconds over keep-alive connections."""
    with tempfile.TemporaryDirectory() as folder:
        lines, script = Path(folder, "lines"), Path(folder, "load.lua")
        lines.write_text("\n".join(asked.lines) + "\n")
        names = {"file": lines, "method": asked.method, "path": asked.path, "expect": asked.expect}
        text = _LUA.replace("%(method)q", json.dumps(asked.method)).replace(
            "%(path)q", json.dumps(asked.path)
        )
        text = text.replace("%(expect)q", json.dumps(asked.expect))
        script.write_text(text % {**names, "seed": seed, "status": asked.status})
        headers = {"Content-Type": "application/json", **asked.headers}
        arguments = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
        process = await asyncio.create_subprocess_exec(
            "wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "20s",
            "-s", str(script), *arguments, url + (asked.path if asked.method == "POST" else "/"),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        output = (await process.communicate())[0].decode()
    found = [line[2:] for line in output.splitlines() if line.startswith("@@")]
    if len(found) < 2:
        raise RuntimeError(f"wrk said nothing that can be read:\n{output[-800:]}")
    requests, micros, p50, p99, wrong, broken = map(int, found[0].split())
    return Measured(requests, micros / 1e6, p50 / 1000, p99 / 1000, wrong + broken, found[1])
