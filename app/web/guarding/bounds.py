"""Maximum sizes of requests in bytes, and times for clients in seconds."""

LONGEST_LINE = 16_384  # the request target; a public read by GET contains its document there
LONGEST_SOCKET_LINE = 8_000  # the target, and each header field, of a WebSocket request
LARGEST_HEAD = 32_768  # the target and all header fields together
MOST_FIELDS = 100  # header fields
MOST_DROPPED = 1_048_576  # discarded after a request was refused
MOST_PIPELINED = 16  # requests sent before a response
MOST_FRAGMENTS = 1_000  # frames of one WebSocket message
MOST_PINGS = 100  # of a client between two checks
SLICE = 4_096  # bytes of a socket that are parsed between two checks

HEAD_WITHIN = 10.0  # from the first byte of a request, or from the connection, to the end of the head
BODY_WITHIN = 60.0  # from the end of the head to the end of the body
BODY_GRACE = 10.0  # after this, a body must have come at BODY_RATE on average
BODY_RATE = 200.0  # bytes per second
REST_WITHIN = 2.0  # for the rest of a body that was answered before its end

# Longer than the idle time of common proxies and clients, so that they close a connection first: if the
# server closes it just as a request arrives, the client gets a connection reset.
IDLE_WITHIN = 75

UNREAD_WITHIN = 10.0  # in which a client must read UNREAD_STEP of its pending data
UNREAD_STEP = 10_000  # bytes
REFUSED_WITHIN = 2.0  # for a connection over the limit to send the request that is answered with the refusal

LOOK_EVERY = 0.5  # precision of these times
RETRY_AFTER = 5  # seconds until a temporarily refused client may retry


def most_bytes_of_a_request(max_body: int) -> int:
    """Maximum bytes received for one request in total.

    A body in many small chunks is several times as long on the wire. This limit stops endless chunk sizes,
    trailers or padding; the application limits the body itself.
    """
    return 4 * max_body + 1_048_576
