"""How large a request may be, in bytes, and how long a client may take, in seconds."""

LONGEST_LINE = 16_384  # the target of a request; a public read by GET has its document there
LONGEST_SOCKET_LINE = 8_000  # the same, and each header field, of a request for a WebSocket
LARGEST_HEAD = 32_768  # the target and all header fields together
MOST_FIELDS = 100  # header fields
MOST_DROPPED = 1_048_576  # of what is still sent after a request was refused
MOST_PIPELINED = 16  # requests sent ahead of an answer
MOST_FRAGMENTS = 1_000  # frames of one WebSocket message
MOST_PINGS = 100  # of a client between two looks
SLICE = 4_096  # bytes of a socket that are parsed before it is looked at how they are used

HEAD_WITHIN = 10.0  # from the first byte of a request, or from the connection, to the end of the head
BODY_WITHIN = 60.0  # from the end of the head to the end of the body
BODY_GRACE = 10.0  # after this, a body must have come at BODY_RATE on average
BODY_RATE = 200.0  # bytes a second
REST_WITHIN = 2.0  # for the rest of a body that was answered before its end

# Longer than the idle time of common proxies and clients, so that they close a connection first: a server
# that closes it just as a request arrives answers that request with a reset.
IDLE_WITHIN = 75

UNREAD_WITHIN = 10.0  # in which a client must read UNREAD_STEP of what waits for it
UNREAD_STEP = 10_000  # bytes
REFUSED_WITHIN = 2.0  # for a connection too many to send the request that is answered with the refusal

LOOK_EVERY = 0.5  # how exact these times are
RETRY_AFTER = 5  # what a client that is refused for now is told to wait


def most_bytes_of_a_request(max_body: int) -> int:
    """How much may come in for one request in all.

    A body in many small chunks is several times as long on the line. What ends such a request is not its
    contents, which the application reads to its own limit, but chunk sizes, trailers or padding without end.
    """
    return 4 * max_body + 1_048_576
