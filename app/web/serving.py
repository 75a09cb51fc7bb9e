"""Runs uvicorn with the limits of `guarding` below the application."""

import uvicorn

from app.core.graphql.connections import KEEP_ALIVE
from app.settings import Settings
from app.web.guarding import bounds
from app.web.guarding.http import GuardedHttp
from app.web.guarding.websocket import GuardedWebSocket


def run(config: Settings, host: str, port: int) -> None:
    """Serve until the process is told to stop, in as many processes as the settings say."""
    uvicorn.run(
        "app.main:create_app",
        factory=True,
        host=host,
        port=port,
        workers=config.workers,
        http=GuardedHttp,
        timeout_keep_alive=bounds.IDLE_WITHIN,
        ws=GuardedWebSocket,
        ws_max_size=config.max_body_bytes,
        ws_ping_interval=KEEP_ALIVE,  # for sockets; event streams have their own keep-alive
        ws_ping_timeout=20.0,
        ws_per_message_deflate=False,  # the messages are small, but its buffers per socket are large
        timeout_graceful_shutdown=10,
        forwarded_allow_ips=config.trusted_proxies,
        proxy_headers=True,
        server_header=False,
        access_log=False,
        log_level="info" if config.is_development else "warning",
    )
