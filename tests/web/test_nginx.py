"""docs/nginx.conf fits the server's own bounds; `scripts/nginx` runs it."""

import re

from app.settings import Settings
from app.web.guarding import bounds
from tests.web.behind_nginx import CONFIGURATION

UNITS = {"s": 1, "k": 1_024, "m": 1_048_576, "": 1}


def value_of(name: str) -> int:
    """The last number of a directive, in seconds or bytes."""
    [found] = re.findall(rf"^\s*{name} (?:[^;]* )?(\d+)([skm]?);", CONFIGURATION.read_text(), re.MULTILINE)
    return int(found[0]) * UNITS[found[1]]


def test_the_proxys_timeouts_for_slow_clients_are_not_longer_than_the_servers():
    assert value_of("client_header_timeout") <= bounds.HEAD_WITHIN
    assert value_of("client_body_timeout") <= bounds.BODY_WITHIN
    assert value_of("send_timeout") <= bounds.UNREAD_WITHIN


def test_the_proxy_closes_idle_connections_before_the_server_does():
    upstream = 60  # nginx's own keepalive_timeout towards its servers, which the file leaves as it is
    assert max(value_of("keepalive_timeout"), upstream) < bounds.IDLE_WITHIN


def test_the_proxy_accepts_requests_as_large_as_the_server_does():
    assert value_of("client_max_body_size") == Settings.model_fields["max_body_bytes"].default
    assert value_of("large_client_header_buffers") == bounds.LONGEST_LINE


def test_the_proxys_connection_limit_is_between_the_servers_limits_of_sockets_and_connections():
    sockets = Settings.model_fields["max_sockets_per_address"].default
    assert (
        sockets
        < value_of("limit_conn connections")
        <= Settings.model_fields["max_connections_per_address"].default
    )


def test_the_forwarded_for_header_of_a_client_is_not_passed_on():
    text = CONFIGURATION.read_text()
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text and "add_x_forwarded_for" not in text
