"""The address of this server in links."""

from starlette.requests import HTTPConnection

from app.settings import Settings


def address_of(config: Settings, caller: HTTPConnection) -> str:
    """The server's public address, without a slash at the end: the configured one, else the one that the
    caller knows."""
    return config.public_url.rstrip("/") or own_address(config, caller)


def own_address(config: Settings, caller: HTTPConnection) -> str:
    """The server's address as the caller knows it, if links may contain it.

    A caller can send any `Host`, and others follow the links: in production it must be allowed.
    """
    scheme = {"ws": "http", "wss": "https"}.get(caller.url.scheme, caller.url.scheme)
    given = caller.url.netloc.lower()
    is_here = (caller.url.hostname or "") in ("localhost", "127.0.0.1", "::1")
    if config.is_development or is_here or given in config.hosts:
        return f"{scheme}://{given}"
    if config.hosts:
        return f"{scheme}://{config.hosts[0]}"
    return f"http://localhost:{config.port}"
