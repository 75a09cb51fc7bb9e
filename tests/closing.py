"""Closes servers of asyncio completely."""

import asyncio


async def stop_accepting(server: asyncio.Server) -> None:
    """Close a server's port. Its connections stay open.

    A connection that was accepted but has no transport yet would never be closed if the server was closed first:
    its transport fails when it is created. So accepting ends first, and those transports are made.
    """
    loop = asyncio.get_running_loop()
    for each in server.sockets:
        loop.remove_reader(each.fileno())
    for _ in range(3):
        await asyncio.sleep(0)
    server.close()
