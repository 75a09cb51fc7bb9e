"""The short name of a device by its User-Agent, for the list of one's own sessions.

A User-Agent is chosen by the sender: it helps people to recognize their sessions, and decides nothing.
"""

from app.core.folding import one_line
from app.core.networks import Networks

LONGEST = 60
# The first that occurs: most browsers also contain the names of those listed after them.
_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("Macintosh", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def device_name(user_agent: str) -> str:
    """`Firefox on Windows`; for other programs the first word, such as `curl/8.5.0`; "" if unknown."""
    known = [
        next((name for part, name in names if part in user_agent), None) for names in (_BROWSERS, _SYSTEMS)
    ]
    named = " on ".join(name for name in known if name)
    return named or one_line(user_agent[:200]).partition(" ")[0][:LONGEST]


def coarse(networks: Networks) -> str:
    """The network of a session: a /24 of IPv4, a /48 of IPv6, or "" if it is unknown."""
    if networks.wide is not None:
        return networks.wide
    first, dot, _ = networks.own.rpartition(".")
    return f"{first}.0/24" if dot else ""
