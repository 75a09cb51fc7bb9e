"""Outgoing requests connect only to public internet addresses, and exactly to those that were validated."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from app.core.outgoing import (
    AddressRefused,
    NameNotFound,
    Reason,
    Unreachable,
    UnsendableHeader,
    ask,
    guard,
    target_of,
    vet,
)
from app.core.outgoing.special_addresses import IPV4_SPECIAL, IPV6_SPECIAL, special_purpose
from tests.names import SOMEWHERE, Names

NON_PUBLIC = (
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.31.255.254", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "192.0.0.8", "192.88.99.1", "198.18.0.1", "203.0.113.5", "224.0.0.1", "240.0.0.1", "255.255.255.255",
)  # fmt: skip
WIDE = str.maketrans("0123456789.", "０１２３４５６７８９。")


def spellings(written: str) -> Iterator[str]:
    """Notations of an IPv4 address, and the IPv6 addresses that embed it."""
    address = IPv4Address(written)
    a, b, c, d = address.packed
    number = int(address)
    high, low = f"{a:02x}{b:02x}", f"{c:02x}{d:02x}"
    yield from (written, f"{written}.", written.translate(WIDE), f"{written}:8443")
    yield from (str(number), hex(number), oct(number).replace("0o", "0"), f"{number}.", str(number + 2**32))
    yield from (f"{a}.{number & 0xFFFFFF}", f"{a}.{b}.{number & 0xFFFF}", f"{a}.{b}.{c}.0x{d:x}")
    yield from (
        ".".join(f"0x{part:x}" for part in (a, b, c, d)),
        ".".join(f"0{part:o}" for part in (a, b, c, d)),
    )
    yield from (f"{a:03}.{b:03}.{c:03}.{d:03}.", f"0{written}", f"{written}%00", f"{written}%2f.example.com")
    yield from (f"[::ffff:{written}]", f"[::ffff:{high}:{low}]", f"[::{written}]", f"[::ffff:0:{written}]")
    yield from (f"[64:ff9b::{written}]", f"[64:ff9b:1::{high}:{low}]", f"[2002:{high}:{low}::1]")
    yield f"[2001:0:{high}:{low}::{(a << 8 | b) ^ 0xFFFF:x}:{(c << 8 | d) ^ 0xFFFF:x}]"  # Teredo
    yield f"[fe80::5efe:{high}:{low}]"  # ISATAP


NON_PUBLIC_HOSTS = [
    # names of this machine and of local networks
    "localhost", "LOCALHOST", "localhost.", "ｌｏｃａｌｈｏｓｔ", "localhost:8443", "a.localhost", "intranet", "printer.local",
    "metadata.google.internal", "router.home.arpa", "x.onion", "x.invalid",
    # IPv6 addresses that are unassigned or not public
    "[::1]", "[::]", "[::1]:8443", "[0:0:0:0:0:0:0:1]", "[fe80::1]", "[fe80::1%25eth0]", "[fe80::1%eth0]", "[fc00::1]", "[fdff::1]",
    "[fec0::1]", "[ff02::1]", "[ff0e::1]", "[100::1]", "[100:0:0:1::1]", "[2001:db8::1]", "[3fff::1]", "[5f00::1]",
    "[2001:1::1]", "[2001:20::1]", "[2001:2::1]", "[2620:4f:8000::1]", "[4000::1]", "[200::1]", "[8000::1]",
    # blocks that registries call reachable, or that are missing from usual lists
    "192.0.0.9", "192.0.0.10", "192.0.0.170", "192.31.196.1", "192.52.193.1", "192.175.48.1", "239.255.255.250", "0.0.0.1",
]  # fmt: skip
MALFORMED = [
    "http://api.example.com", "ftp://api.example.com", "file:///etc/passwd", "gopher://api.example.com", "//api.example.com",
    "api.example.com", "https:api.example.com", "https:/api.example.com", "https:///api.example.com", "https://",
    "https://@api.example.com", "https://user@api.example.com", "https://user:secret@api.example.com", "https://api.example.com@127.0.0.1",
    "https://127.0.0.1\\@api.example.com", "https://api.example.com\\.evil.example", "https://api.example.com#@127.0.0.1",
    "https://api.example.com?@127.0.0.1", "https://api.example.com/?x=1", "https://api.example.com/#x", "https://api.example.com /",
    " https://api.example.com", "https://api.example.com\n", "https://api\t.example.com", "https://api.example.com/a\r\nHost: x",
    "https://api.example.com\x00.evil.example", "https://api.example.com/\u202e", "https://api.example.com/ü", "https://a\u200bpi.example.com:1",
    "https://api.example.com:", "https://api.example.com:0", "https://api.example.com:65536", "https://api.example.com:0443",
    "https://api.example.com:+443", "https://api.example.com:４４３", "https://api.example.com:22", "https://api.example.com:25",
    "https://api.example.com:80", "https://api.example.com:443:443", "https://api.example.com:https", "https://[api.example.com]",
    "https://[8.8.8.8]", "https://[::1", "https://::1", "https://2606:4700::1111", "https://[2606:4700::1111]x", "https://[]",
    "https://8.8.8.8.", "https://8.8.2056", "https://8.526344", "https://134744072", "https://0x08080808", "https://010.8.8.8", "https://8.8.8.0x8",
    "https://8.8.8.256", "https://8.8.8.8.8", "https://1.2.3.com.5", "https://api.example.0x", "https://api..example.com", "https://.example.com",
    "https://api.example.com.", "https://-a.example.com", "https://a-.example.com", "https://a_b.example.com", "https://a%2eb.example.com",
    "https://" + "a" * 64 + ".example.com", "https://" + "a." * 127 + "example.com", "https://xn--a.1", "https://xn--a.com", "https://xn--.com",
    "https://xn--a-ecp.ru", "https://xn--zzzzzzzz99999.com", "https://xn--example-.com", "https://ab\u0300\u00ad.1",
    "https://☃︎\ufffd.com", "https://a\u2024b:1.com", "https://{number}.example.com", "https://api.example.com/<x>", "https://" + "a" * 2_000,
]  # fmt: skip
ACCEPTED = {
    "https://api.example.com": ("api.example.com", 443),
    "HTTPS://API.Example.COM/v2/": ("api.example.com", 443),
    "https://api.example.com:443/a%20b": ("api.example.com", 443),
    "https://api.example.com:8443": ("api.example.com", 8443),
    "https://r3---sn.example.com": ("r3---sn.example.com", 443),
    "https://1.example.com": ("1.example.com", 443),
    "https://127.0.0.1.example.com": ("127.0.0.1.example.com", 443),
    "https://bücher.example.com": ("xn--bcher-kva.example.com", 443),
    "https://xn--bcher-kva.example.com": ("xn--bcher-kva.example.com", 443),
    "https://BÜCHER.example.com": ("xn--bcher-kva.example.com", 443),
    "https://8.8.8.8": ("8.8.8.8", 443),
    "https://223.255.255.254": ("223.255.255.254", 443),
    "https://[2606:4700:0:0::1111]": ("2606:4700::1111", 443),
    "https://[2001:4860:4860::8888]:8443": ("2001:4860:4860::8888", 8443),
}


def answering(*addresses: str) -> Callable[[str, int], Awaitable[Sequence[str]]]:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    return resolve


@pytest.mark.parametrize("in_development", [False, True])
def test_non_public_addresses_are_refused_in_every_notation(in_development: bool):
    hosts = [*NON_PUBLIC_HOSTS, *(spelled for address in NON_PUBLIC for spelled in spellings(address))]
    urls = [*MALFORMED, *(f"https://{host}{end}" for host in hosts for end in ("", "/v2"))]
    assert len(set(urls)) > 900
    accepted = []
    for url in urls:
        try:
            target = target_of(url, in_development=in_development)
        except AddressRefused:
            continue
        accepted.append((url, target.host))
    # In development, requests to this machine are allowed, by three of its names.
    known = {"localhost", "127.0.0.1", "::1"} if in_development else set()
    assert {host for _, host in accepted} == known, accepted


def test_loopback_addresses_are_accepted_in_development_only():
    for url in ("http://localhost:8000", "https://127.0.0.1", "http://[::1]:81/v2"):
        assert target_of(url, in_development=True).is_loopback
        with pytest.raises(AddressRefused):
            target_of(url)


@pytest.mark.parametrize("url", ACCEPTED)
async def test_a_public_address_is_accepted_and_its_name_is_resolved_once(url: str):
    asked = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        asked.append((host, port))
        return ["2606:4700::1111", "8.8.8.8", "8.8.8.8"]

    vetted = await vet(url, resolve)
    assert (vetted.target.host, vetted.target.port) == ACCEPTED[url]
    try:
        literal = ip_address(vetted.target.host)
    except ValueError:
        assert asked == [ACCEPTED[url]]
        assert vetted.addresses == ("2606:4700::1111", "8.8.8.8")
    else:
        assert asked == [] and vetted.addresses == (str(literal),)


@pytest.mark.parametrize("block", [*IPV4_SPECIAL, *IPV6_SPECIAL])
async def test_a_name_is_refused_if_any_of_its_addresses_is_special(block: str):
    network = ip_network(block)
    for address in (network[0], network[-1], network[network.num_addresses // 2]):
        for answer in (
            [str(address)],
            ["8.8.8.8", str(address)],
            ["2606:4700::1111", "8.8.8.8", str(address)],
        ):
            with pytest.raises(AddressRefused) as refused:
                await vet("https://api.example.com", answering(*answer))
            assert refused.value.reason is Reason.SPECIAL_ADDRESS
            assert str(address) not in refused.value.message


@pytest.mark.parametrize(
    "answer", ["", "nonsense", "fe80::1%eth0", "2606:4700::1%1", "127.1", "0x7f000001", "8.8.8.8/32"]
)
async def test_a_name_that_resolves_to_a_malformed_address_is_refused(answer: str):
    with pytest.raises(AddressRefused):
        await vet("https://api.example.com", answering("8.8.8.8", answer))


@given(st.integers(0, 2**32 - 1).map(IPv4Address) | st.integers(0, 2**128 - 1).map(IPv6Address))
def test_an_address_without_a_special_purpose_is_global(address: IPv4Address | IPv6Address):
    if special_purpose(address) is None:
        assert address.is_global and not address.is_multicast and not address.is_reserved
        assert not isinstance(address, IPv6Address) or address.ipv4_mapped is address.sixtofour is None


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (NameNotFound("x"), Reason.NOT_FOUND), (OSError("no name server"), Reason.NO_ANSWER),
        (TimeoutError(), Reason.NO_ANSWER), (UnicodeError("label too long"), Reason.NO_ANSWER),
    ],
)  # fmt: skip
async def test_a_name_that_cannot_be_resolved_is_refused(failure: Exception, reason: Reason):
    async def resolve(host: str, port: int) -> Sequence[str]:
        raise failure

    with pytest.raises(AddressRefused) as refused:
        await vet("https://api.example.com", resolve)
    assert refused.value.reason is reason


async def test_a_name_without_or_with_too_many_addresses_is_refused():
    for answer in ([], [f"8.8.8.{number}" for number in range(guard.MOST_ADDRESSES + 1)]):
        with pytest.raises(AddressRefused):
            await vet("https://api.example.com", answering(*answer))


async def test_resolving_a_name_has_a_timeout(monkeypatch: pytest.MonkeyPatch):
    async def resolve(host: str, port: int) -> Sequence[str]:
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]

    monkeypatch.setattr(guard, "PATIENCE", 0.01)
    with pytest.raises(AddressRefused) as refused:
        await vet("https://api.example.com", resolve)
    assert refused.value.reason is Reason.NO_ANSWER


async def test_localhost_that_resolves_to_another_address_is_refused_in_development():
    for answer in (["8.8.8.8"], ["127.0.0.1", "10.0.0.1"], ["10.0.0.1"]):
        with pytest.raises(AddressRefused):
            await vet("http://localhost", answering(*answer), in_development=True)


# Connections. All servers below are on this machine.


@asynccontextmanager
async def listening(
    answer: bytes = b"", *, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that answers each request with some bytes: its port, and what it received."""
    received: list[bytes] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await reader.read(65_536))
        writer.write(answer)
        try:
            await writer.drain()
            if answer.endswith(b"..."):  # the response never ends
                await reader.read()
        except ConnectionError:  # the client has read enough
            return
        finally:
            writer.close()

    server = await asyncio.start_server(take, host, port, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1], received
    finally:
        server.close()


def http_response(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), b"Connection: close", *headers]
    return b"\r\n".join([*lines, b"", body])


async def _fetch(
    url: str, resolve: Callable[[str, int], Awaitable[Sequence[str]]] | None = None, **more: object
) -> bytes:
    answer = await ask("GET", url, patience=10, largest=1_000, resolve=resolve, **more)  # type: ignore[arg-type]
    return b"%d " % answer.status + answer.content


@pytest.fixture(scope="module")
def certified(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str], tuple[ssl.SSLContext, ssl.SSLContext]]:
    """For a name: the server's TLS context, and the one that verifies it."""

    def make(name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        file: Path = tmp_path_factory.mktemp("tls") / "both.pem"
        file.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        server_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server_tls.load_cert_chain(file)
        return server_tls, ssl.create_default_context(cafile=str(file))

    return make


async def test_the_connection_goes_to_the_validated_address_with_the_requested_host_name(certified):
    server_tls, client_tls = certified("localhost")
    names: list[str | None] = []
    server_tls.sni_callback = lambda _socket, name, _context: names.append(name)
    async with listening(http_response(b"there"), host="127.0.0.2", tls=server_tls) as (port, received):
        async with listening(http_response(b"elsewhere"), port=port) as (_, received_elsewhere):
            answer = await _fetch(f"https://localhost:{port}/v2", answering("127.0.0.2"), tls=client_tls)
    assert answer == b"200 there" and received_elsewhere == []
    assert names == ["localhost"]
    assert received[0].startswith(b"GET /v2 HTTP/1.1\r\n") and b"Host: localhost:%d\r\n" % port in received[0]


async def test_the_next_validated_address_is_tried_if_one_refuses_the_connection():
    async with listening(http_response(b"there"), host="127.0.0.3") as (port, received):
        url = f"http://localhost:{port}"
        assert await _fetch(url, answering("127.0.0.2", "127.0.0.3")) == b"200 there"
        with pytest.raises(Unreachable):
            await _fetch(url, answering("127.0.0.2", "127.0.0.4"))
    assert len(received) == 1


async def test_a_certificate_of_another_name_is_refused(certified):
    server_tls, client_tls = certified("other.example")
    async with listening(http_response(b"there"), tls=server_tls) as (port, received):
        with pytest.raises(Unreachable):
            await _fetch(f"https://localhost:{port}", answering("127.0.0.1"), tls=client_tls)
    assert received in ([], [b""])


async def test_a_certificate_of_an_unknown_authority_is_refused(certified):
    server_tls, _ = certified("localhost")
    async with listening(http_response(b"there"), tls=server_tls) as (port, received):
        with pytest.raises(Unreachable):
            await _fetch(f"https://localhost:{port}", answering("127.0.0.1"))
    assert received in ([], [b""])


async def test_a_name_that_later_resolves_to_a_non_public_address_is_refused_at_the_request(names: Names):
    names["api.example.com"] = [[SOMEWHERE], ["127.0.0.1"]]
    async with listening(http_response(b"elsewhere")) as (port, received_elsewhere):
        url = f"https://api.example.com:{port}"
        assert (await vet(url, names.look_up)).addresses == (SOMEWHERE,)
        with pytest.raises(AddressRefused) as refused:
            await _fetch(url)
    assert refused.value.reason is Reason.SPECIAL_ADDRESS
    assert received_elsewhere == [] and names.asked == ["api.example.com"] * 2


@pytest.mark.parametrize("status", [b"301 Moved", b"302 Found", b"307 Temporary", b"308 Permanent"])
async def test_a_redirect_is_not_followed(status: bytes):
    async with listening(http_response(b"elsewhere")) as (other, received_elsewhere):
        to = b"Location: http://127.0.0.1:%d/" % other
        async with listening(http_response(b"", to, status=status)) as (port, _):
            assert await _fetch(f"http://127.0.0.1:{port}") == status[:4]
    assert received_elsewhere == []


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch):
    async with (
        listening(http_response(b"elsewhere")) as (proxy, received_elsewhere),
        listening(http_response(b"there")) as (port, _),
    ):
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy}")
        assert await _fetch(f"http://127.0.0.1:{port}") == b"200 there"
    assert received_elsewhere == []


ENDLESS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n..."


@pytest.mark.parametrize(
    "answer",
    [
        http_response(b"x" * 1_001), http_response(b"x" * 3_000_000), http_response(b"\x1f\x8b", b"Content-Encoding: gzip"), b"",
        b"not http at all\r\n\r\n", http_response(b"")[:20], b"HTTP/1.1 200 OK\r\n" + b"A: " + b"x" * 500_000 + b"\r\n\r\n",
    ],
)  # fmt: skip
async def test_an_unreadable_or_too_large_response_raises_unreachable(answer: bytes):
    async with listening(answer) as (port, _):
        with pytest.raises(Unreachable):
            await _fetch(f"http://127.0.0.1:{port}")


async def test_reading_a_response_has_a_timeout():
    async with listening(ENDLESS) as (port, _):
        with pytest.raises(Unreachable) as given_up:
            await ask("GET", f"http://127.0.0.1:{port}", patience=0.3, largest=1_000)
    assert "Timeout" in str(given_up.value)


async def test_headers_are_sent_and_do_not_replace_those_of_the_request():
    async with listening(http_response(b"there")) as (port, received):
        sent = {"Authorization": "Bearer a.b-c", "X-Api-Key": "k 1", "Accept-Encoding": "gzip"}
        assert await _fetch(f"http://127.0.0.1:{port}", headers=sent) == b"200 there"
    (request,) = received
    assert b"authorization: Bearer a.b-c\r\n" in request and b"x-api-key: k 1\r\n" in request
    assert request.count(b"accept-encoding: ") == 1 and b"accept-encoding: identity\r\n" in request


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Key", ""), ("X-Key", "secret "), ("X-Key", "secret\r\nHost: x"), ("X-Key", "secrét"),
        ("X-Key", "secret\x7f"), ("X Key", "secret"), ("", "secret"),
    ],
)  # fmt: skip
async def test_a_header_that_cannot_be_sent_is_refused_without_its_value(name: str, value: str):
    async with listening(http_response(b"there")) as (port, received):
        with pytest.raises(UnsendableHeader) as refused:
            await _fetch(f"http://127.0.0.1:{port}", headers={name: value})
    assert received == [] and "secr" not in str(refused.value)
