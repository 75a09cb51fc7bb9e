"""`scripts/nginx`: runs a server behind nginx with docs/nginx.conf, and prints its checks and their results.

nginx is the one of this machine, or Debian's package, unpacked into a temporary folder and not installed. The
suite does not run this, as nginx is not available everywhere; it tests the limits of the server itself.
"""

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx
import websockets

from tests import services
from tests.servers import ROOT, serving
from tests.template import copy_to

CONFIGURATION = ROOT / "docs" / "nginx.conf"
ME = {"query": "{ me { kind } }"}
OWN_FOLDERS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def find_nginx(folder: Path) -> str:
    """The program, fetched if the machine has none."""
    if found := shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"):
        return found
    subprocess.run(["apt-get", "download", "-q", "nginx"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    [package] = folder.glob("nginx_*.deb")
    subprocess.run(["dpkg", "-x", str(package), str(folder)], check=True)
    return str(folder / "usr" / "sbin" / "nginx")


def configured(folder: Path, port: int, server: int) -> Path:
    """The documented configuration, with this machine's ports and folders."""
    text = CONFIGURATION.read_text()
    own = "".join(f"    {name}_temp_path {folder}/{name};\n" for name in OWN_FOLDERS)
    for old, new in {
        "pid /run/nginx.pid;": f"pid {folder}/nginx.pid;\nerror_log {folder}/error.log;\ndaemon off;",
        "listen 80;": f"listen 127.0.0.1:{port};",
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{server};",
        "http {\n": f"http {{\n{own}",
    }.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = folder / "nginx.conf"
    path.write_text(text)
    return path


async def try_all(url: str) -> None:
    """Send requests through the proxy."""
    async with httpx.AsyncClient(base_url=url, timeout=20) as http:
        left = []
        for claimed in ("192.0.2.1", "198.51.100.2", "203.0.113.3"):
            answer = await http.post("/graphql", json=ME, headers={"x-forwarded-for": claimed})
            left.append(answer.json()["extensions"]["cost"]["left"])
        assert left[0] > left[2], left
        print("A query is answered; a client's own X-Forwarded-For gives it no other points.")

        answer = await http.post("/graphql", json=ME | {"variables": {"x": "y" * 300_000}})
        assert answer.status_code == 413, answer.status_code
        print("A body of 300 kB is refused with 413.")

        stream = {"query": 'subscription { orderTracking(token: "none") { cursor } }'}
        answer = await http.post("/graphql", json=stream, headers={"accept": "text/event-stream"})
        assert answer.status_code == 200, answer.text
        print(f"An event stream is passed on: {answer.headers['content-type']}.")

    address = url.replace("http", "ws") + "/graphql"
    async with websockets.connect(address, subprotocols=["graphql-transport-ws"]) as socket:  # type: ignore[list-item]
        await socket.send(json.dumps({"type": "connection_init"}))
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": ME}))
        assert json.loads(await socket.recv())["payload"]["data"] == {"me": {"kind": "PUBLIC"}}
    print("A WebSocket is opened and answered.")

    port = int(url.rsplit(":", 1)[1])
    for sent in (
        b"GET / HTTP/1.1\r\nhost: x\r\n",
        b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nx",
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        async with asyncio.timeout(25):
            with contextlib.suppress(ConnectionResetError):  # reset_timedout_connection
                await reader.read()
        writer.close()
    print("Half a head and half a body are let go.")


async def main() -> int:
    os.environ.setdefault("ORDERGRAPH_SECRET_KEY", secrets.token_urlsafe(32))
    with tempfile.TemporaryDirectory(prefix="ordergraph-nginx-") as name:
        folder = Path(name)
        nginx, url, port = find_nginx(folder), f"sqlite:///{folder}/shop.db", services.free_port()
        await copy_to(url)
        few = {"ORDERGRAPH_ENV": "production", "ORDERGRAPH_VISITOR_POINTS": "4"}
        async with serving(url, **few) as (server,):
            path = configured(folder, port, server.port)
            subprocess.run([nginx, "-p", name, "-c", str(path), "-t", "-q"], check=True)
            print(f"{nginx} takes docs/nginx.conf.")
            running = subprocess.Popen([nginx, "-p", name, "-c", str(path)])
            try:
                await asyncio.sleep(1)
                await try_all(f"http://127.0.0.1:{port}")
            finally:
                running.terminate()
                running.wait(15)
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
