"""Decides whether a request may be sent to an address. No I/O except the given name resolution."""

import asyncio
import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address

import idna

from app.core.outgoing.resolving import NameNotFound, Resolve
from app.core.outgoing.special_addresses import special_purpose

LONGEST = 2_000  # characters of a URL
LONGEST_NAME, LONGEST_LABEL = 253, 63  # RFC 1035
PATIENCE = 5.0  # seconds for resolving a name
MOST_ADDRESSES = 32  # of one name
# below it only the port of https is allowed: the others belong to well-known services
LOWEST_OTHER_PORT = 1024
_HTTPS, _HTTP = 443, 80

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)((?:/[!\x22$->@-~]*)?)")
_NOT_IN_A_URL = re.compile(r"[\x00-\x20\x7f-\xa0\\\"<>^`{|}]")
_IN_BRACKETS = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::(.*))?")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_IPV4 = re.compile(r"((0|[1-9][0-9]{0,2})\.){3}(0|[1-9][0-9]{0,2})")
# Accepted spellings of the local machine, in development only.
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
# Names outside the public DNS (RFC 6761, 6762, 7686, 8375; ICANN for .internal).
_LOCAL_NAMES = ("localhost", "local", "internal", "home.arpa", "onion", "invalid")


class Reason(StrEnum):
    """Why an address is refused."""

    SPELLING = "spelling"  # malformed or not in the accepted notation
    SCHEME = "scheme"
    CREDENTIALS = "credentials"
    PORT = "port"
    HOST = "host"  # not a name of the public DNS
    NOT_FOUND = "not_found"  # the name has no address
    NO_ANSWER = "no_answer"  # name resolution failed temporarily
    SPECIAL_ADDRESS = "special_address"  # one of its addresses is not a public internet address


class AddressRefused(Exception):
    """No request is sent to this address; the message says why and what to use instead."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True)
class Target:
    """A parsed URL."""

    scheme: str
    host: str  # in lower-case ASCII; an IPv6 address without brackets
    port: int
    is_loopback: bool  # by its name: the local machine, which is allowed in development only


@dataclass(frozen=True, slots=True)
class Vetted:
    """An accepted address; `addresses` are those to connect to, in this order."""

    target: Target
    addresses: tuple[str, ...]


def target_of(url: str, *, in_development: bool = False) -> Target:
    """Parse a URL and check its notation.

    Only https; in development also http, and only there the local machine. Each address has one accepted
    notation: an IPv4 address is four decimal numbers, a name has no trailing dot, and no credentials precede
    the host.

    Raises:
        AddressRefused.
    """
    if len(url) > LONGEST or _NOT_IN_A_URL.search(url):
        raise AddressRefused(
            Reason.SPELLING, ("The URL must not contain spaces, control characters or quotation marks.")
        )
    match = _URL.fullmatch(url)
    if match is None:
        message = "Enter a complete URL, such as https://api.example.com, without a query or fragment."
        raise AddressRefused(Reason.SPELLING, message)
    scheme, authority, _ = match.groups()
    scheme = scheme.lower()
    if scheme not in ("https", "http"):
        raise AddressRefused(Reason.SCHEME, "The URL must start with https://.")
    if "@" in authority:
        message = "The URL must not contain a user name or password. Store them as secrets instead."
        raise AddressRefused(Reason.CREDENTIALS, message)
    host, port = _parted(authority, _HTTPS if scheme == "https" else _HTTP)
    if host in _LOOPBACK:
        if in_development:
            return Target(scheme, host, port, True)
        raise AddressRefused(Reason.SPECIAL_ADDRESS, ("Local addresses are allowed in development only."))
    if scheme != "https":
        raise AddressRefused(Reason.SCHEME, "The URL must start with https://.")
    if port != _HTTPS and port < LOWEST_OTHER_PORT:
        message = f"The port must be {_HTTPS}, or at least {LOWEST_OTHER_PORT}."
        raise AddressRefused(Reason.PORT, message)
    literal = _literal(host)
    if literal is not None:
        _refuse_special(literal)
    elif "." not in host or any(f".{host}".endswith(f".{name}") for name in _LOCAL_NAMES):
        message = "Enter the full name of a host on the public internet."
        raise AddressRefused(Reason.HOST, message)
    return Target(scheme, host, port, False)


async def vet(url: str, resolve: Resolve, *, in_development: bool = False) -> Vetted:
    """The addresses to which a request for a URL may be sent. The name is resolved once.

    A name is refused if any of its addresses is forbidden.

    Raises:
        AddressRefused.
    """
    target = target_of(url, in_development=in_development)
    literal = _literal(target.host)
    if literal is not None:
        return Vetted(target, (str(literal),))
    found = await _looked_up(target, resolve)
    addresses = []
    for text in found:
        address = _address(text)
        if target.is_loopback:
            if address is None or not address.is_loopback:
                message = f"{target.host} does not resolve to this machine."
                raise AddressRefused(Reason.SPECIAL_ADDRESS, message)
        else:
            _refuse_special(address)
        addresses.append(str(address))
    return Vetted(target, tuple(dict.fromkeys(addresses)))


async def _looked_up(target: Target, resolve: Resolve) -> list[str]:
    try:
        async with asyncio.timeout(PATIENCE):
            found = list(await resolve(target.host, target.port))
    except NameNotFound:
        found = []
    except (OSError, TimeoutError, UnicodeError) as error:
        message = f"The name {target.host} cannot be resolved at the moment. Try again later."
        raise AddressRefused(Reason.NO_ANSWER, message) from error
    if not found:
        raise AddressRefused(Reason.NOT_FOUND, f"The name {target.host} has no address.")
    if len(found) > MOST_ADDRESSES:
        message = f"The name {target.host} has more than {MOST_ADDRESSES} addresses."
        raise AddressRefused(Reason.SPECIAL_ADDRESS, message)
    return found


def _parted(authority: str, port: int) -> tuple[str, int]:
    """The host and port of an authority."""
    if authority.startswith("["):
        match = _IN_BRACKETS.fullmatch(authority)
        address = _address(match[1]) if match else None
        if match is None or not isinstance(address, IPv6Address):
            message = "Enter an IPv6 address in brackets, without a zone."
            raise AddressRefused(Reason.SPELLING, message)
        return str(address), port if match[2] is None else _port(match[2])
    name, colon, written = authority.partition(":")
    return _name(name), _port(written) if colon else port


def _port(written: str) -> int:
    if _PORT.fullmatch(written) is None or int(written) > 65_535:
        raise AddressRefused(Reason.PORT, "The port must be a number between 1 and 65535.")
    return int(written)


def _name(written: str) -> str:
    """A host name or IPv4 address in lower-case ASCII."""
    try:
        name = (
            written.lower()
            if written.isascii()
            else idna.encode(written, uts46=True, std3_rules=True).decode()
        )
    except (idna.IDNAError, UnicodeError) as error:
        raise AddressRefused(Reason.HOST, "This is not a valid host name.") from error
    labels = name.split(".")
    if len(name) > LONGEST_NAME or not all(_is_label(label) for label in labels):
        message = "This is not a valid host name. Enter it without a dot at the end."
        raise AddressRefused(Reason.HOST, message)
    if _NUMBER.fullmatch(labels[-1]) and (_IPV4.fullmatch(name) is None or _address(name) is None):
        message = "Enter an IPv4 address as four decimal numbers, such as 192.0.2.1."
        raise AddressRefused(Reason.SPELLING, message)
    return name


def _is_label(label: str) -> bool:
    if len(label) > LONGEST_LABEL or _LABEL.fullmatch(label) is None:
        return False
    if not label.startswith("xn--"):
        return True
    try:
        return idna.alabel(idna.ulabel(label)).decode() == label
    except (idna.IDNAError, UnicodeError):
        return False


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    """The IP address if the host is one; None for a name."""
    return _address(host) if ":" in host or _IPV4.fullmatch(host) else None


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _refuse_special(address: IPv4Address | IPv6Address | None) -> None:
    purpose = "no IP address" if address is None else special_purpose(address)
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        purpose = "of one interface alone"
    if purpose is not None:
        # The message does not contain the address, so that it reveals nothing about the internal network.
        message = (
            "The host must be on the public internet; this address, or one that the name resolves to, is not."
        )
        raise AddressRefused(Reason.SPECIAL_ADDRESS, message) from ValueError(f"{address}: {purpose}")
