"""Whether a client reads what it is sent."""

import asyncio
import fcntl
import socket
import struct
import termios
from typing import Any

from app.web.guarding import bounds


class Reader:
    """Follows how much of what a client is sent it has not taken yet.

    It is asked while nothing more is written, because the transport holds more than its high-water mark or is
    closing: from then on the amount can only become less.
    """

    __slots__ = ("_since", "_unread")

    def __init__(self) -> None:
        self._unread = 0
        self._since: float | None = None

    def caught_up(self) -> None:
        """The client has read enough for writing to go on."""
        self._since = None

    def is_stuck(self, transport: asyncio.Transport, now: float) -> bool:
        """Whether the client has taken too little for too long."""
        unread = transport.get_write_buffer_size() + _in_kernel(transport)
        if self._since is None or unread <= self._unread - bounds.UNREAD_STEP:
            self._since, self._unread = now, unread
        return now - self._since >= bounds.UNREAD_WITHIN


def give_up_on_unread(transport: asyncio.Transport) -> None:
    """Have the kernel end a connection whose client does not take what the kernel holds for it.

    That also covers what is left when the process has closed the connection. Where a system has no such
    option, its own limits hold, which are minutes.
    """
    option = getattr(socket, "TCP_USER_TIMEOUT", None)
    connection = transport.get_extra_info("socket")
    if option is not None and connection is not None and connection.family != socket.AF_UNIX:
        connection.setsockopt(socket.IPPROTO_TCP, option, int(3_000 * bounds.UNREAD_WITHIN))


def _in_kernel(transport: asyncio.Transport) -> int:
    """The bytes that were given to the kernel and that the client's side has not acknowledged."""
    connection: Any = transport.get_extra_info("socket")
    if connection is None:
        return 0
    try:
        answer = fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, b"\0\0\0\0")
    except OSError:  # this kind of socket does not tell
        return 0
    return int(struct.unpack("i", answer)[0])
