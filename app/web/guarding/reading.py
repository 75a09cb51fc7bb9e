"""Detects clients that do not read."""

import asyncio
import fcntl
import socket
import struct
import termios
from typing import Any

from app.web.guarding import bounds


class Reader:
    """Tracks how much pending data a client has not read.

    Used while nothing more is written, because the transport is above its high-water mark or closing: the
    amount can only decrease.
    """

    __slots__ = ("_since", "_unread")

    def __init__(self) -> None:
        self._unread = 0
        self._since: float | None = None

    def caught_up(self) -> None:
        """The client has read enough to continue writing."""
        self._since = None

    def is_stuck(self, transport: asyncio.Transport, now: float) -> bool:
        """Whether the client has read too little for too long."""
        unread = transport.get_write_buffer_size() + _in_kernel(transport)
        if self._since is None or unread <= self._unread - bounds.UNREAD_STEP:
            self._since, self._unread = now, unread
        return now - self._since >= bounds.UNREAD_WITHIN


def give_up_on_unread(transport: asyncio.Transport) -> None:
    """Let the kernel close a connection whose client does not read what the kernel holds.

    This also covers data left after the process has closed the connection. On systems without this option,
    their own limits of some minutes apply.
    """
    option = getattr(socket, "TCP_USER_TIMEOUT", None)
    connection = transport.get_extra_info("socket")
    if option is not None and connection is not None and connection.family != socket.AF_UNIX:
        connection.setsockopt(socket.IPPROTO_TCP, option, int(3_000 * bounds.UNREAD_WITHIN))


def _in_kernel(transport: asyncio.Transport) -> int:
    """Bytes passed to the kernel that the client has not acknowledged."""
    connection: Any = transport.get_extra_info("socket")
    if connection is None:
        return 0
    try:
        answer = fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, b"\0\0\0\0")
    except OSError:  # not supported by this kind of socket
        return 0
    return int(struct.unpack("i", answer)[0])
