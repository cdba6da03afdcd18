"""Nobody outside can make this server ask an address of the inside."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from runtime import outward, settings
from runtime.outward import Forbidden, OutwardTransport

INSIDE = [
    "0.0.0.0",  # noqa: S104 - not bound to
    "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.8.8.8", "169.254.169.254",
    "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.168.1.1", "198.18.0.1",
    "203.0.113.9", "224.0.0.251", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "64:ff9b::7f00:1", "2001::1",
    "2001:db8::1", "2002:7f00:1::", "fc00::1", "fd12:3456::1", "fe80::1%eth0", "fec0::1", "ff02::1",
    "no number",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_addresses_of_the_inside(address: str) -> None:
    assert not outward.is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.215.14", "::ffff:1.1.1.1", "2606:4700:4700::1111"]
)
def test_addresses_of_the_internet(address: str) -> None:
    assert outward.is_public(address)


class Listener:
    """Answers every connection with `answer` and counts them."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
        self.drip = 0.0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            with line:
                self.asked.append(line.recv(65536))
                try:
                    if not self.drip:
                        line.sendall(self.answer)
                        continue
                    for byte in self.answer:
                        line.sendall(bytes([byte]))
                        time.sleep(self.drip)
                except OSError:  # the other side has had enough
                    continue

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


URLS = [
    "http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://127.1:{port}/",
    "http://2130706433:{port}/", "http://0x7f000001:{port}/", "http://0177.0.0.1:{port}/",
    "http://[::1]:{port}/", "http://[::ffff:127.0.0.1]:{port}/", "http://0.0.0.0:{port}/",
    "http://127.0.0.1/", "http://localhost/", "http://0/", "https://127.0.0.1/", "http://127.1/",
    "http://2130706433/", "http://0x7f000001/", "http://[::1]/", "http://[::ffff:127.0.0.1]/",
    "http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://10.0.0.1/",
    "http://192.168.0.1/", "http://172.16.0.1/", "http://100.100.100.200/", "http://[fe80::1]/",
    "http://user:secret@example.com/", "http://example.com:22/", "http://example.com:6379/",
    "ftp://example.com/", "gopher://example.com/", "http://inside.example/", "http://both.example/",
]  # fmt: skip


REFUSED = (Forbidden, httpx2.InvalidURL, httpx2.UnsupportedProtocol)


def names(host: str, port: int) -> Sequence[str]:
    """A resolver for the tests: some names, and what a real one makes of numbers."""
    known = {
        "inside.example": ["127.0.0.1"], "both.example": ["93.184.215.14", "127.0.0.1"],
        "localhost": ["::1", "127.0.0.1"], "example.com": ["93.184.215.14"],
    }  # fmt: skip
    return known[host] if host in known else outward.resolve(host, port)


@pytest.mark.parametrize("url", URLS)
def test_no_spelling_leads_inside(listener: Listener, url: str) -> None:
    door = OutwardTransport(own=frozenset(), resolve=names)
    with httpx2.Client(transport=door, trust_env=False) as http, pytest.raises(REFUSED):
        http.get(url.format(port=listener.port))
    assert listener.asked == []


def test_a_redirect_is_checked_like_any_address(listener: Listener) -> None:
    listener.answer = (
        b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest\r\n"
        b"Content-Length: 0\r\nConnection: close\r\n\r\n"
    )
    door = OutwardTransport(own=frozenset({f"127.0.0.1:{listener.port}"}))
    with (
        httpx2.Client(transport=door, trust_env=False, follow_redirects=True) as http,
        pytest.raises(Forbidden, match="inner network"),
    ):
        http.get(f"http://127.0.0.1:{listener.port}/")
    assert len(listener.asked) == 1


def test_a_name_is_looked_up_once_and_that_address_is_asked(listener: Listener) -> None:
    """Rebinding: a second look-up, by whoever connects, would get another answer."""
    answers = iter([["127.0.0.1"], ["169.254.169.254"], ["169.254.169.254"]])
    looked_up: list[str] = []

    def changing(host: str, port: int) -> Sequence[str]:
        looked_up.append(host)
        return next(answers)

    own = frozenset({f"docs.example:{listener.port}"})
    with httpx2.Client(
        transport=OutwardTransport(own=own, resolve=changing), trust_env=False
    ) as http:
        assert http.get(f"http://docs.example:{listener.port}/a").text == "ok"
    assert looked_up == ["docs.example"]
    assert b"\r\nHost: docs.example:" in listener.asked[0]


def test_a_name_that_changes_its_address_is_checked_again() -> None:
    answers = iter([["93.184.215.14"], ["127.0.0.1"]])

    def changing(host: str, port: int) -> Sequence[str]:
        return next(answers)

    assert outward.checked("a.example", 443, own=frozenset(), resolve=changing)
    with pytest.raises(Forbidden):
        outward.checked("a.example", 443, own=frozenset(), resolve=changing)


def test_the_operator_may_name_hosts_of_the_inside(
    listener: Listener, configured: settings.Settings
) -> None:
    settings.use(
        configured.model_copy(update={"own_hosts": f" Wiki.example , 127.0.0.1:{listener.port}"})
    )
    with httpx2.Client(transport=OutwardTransport(), trust_env=False) as http:
        assert http.get(f"http://127.0.0.1:{listener.port}/").text == "ok"
        with pytest.raises(Forbidden):
            http.get(f"http://127.0.0.2:{listener.port}/")
    own = outward.own_hosts()
    inside = outward.checked("wiki.example", 443, own=own, resolve=lambda *_: ["10.0.0.7"])
    assert inside == ["10.0.0.7"]
    with pytest.raises(Forbidden):
        outward.checked("wiki.example", 8080, own=own, resolve=lambda *_: ["10.0.0.7"])


def certified(folder: Path, host: str) -> Path:
    """A certificate of this host that vouches for itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{host}.pem"
    pem = serialization.Encoding.PEM
    plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(made.public_bytes(pem) + plain)
    return file


@pytest.mark.parametrize(("named", "trusted"), [("docs.example", True), ("evil.example", False)])
def test_a_certificate_is_checked_for_the_name_not_the_address(
    tmp_path: Path, named: str, trusted: bool
) -> None:
    file = certified(tmp_path, named)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hello)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(file)
    server.socket = serving.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    door = OutwardTransport(
        own=frozenset({f"docs.example:{server.server_port}"}),
        resolve=lambda *_: ["127.0.0.1"],
        trust=ssl.create_default_context(cafile=str(file)),
    )
    url = f"https://docs.example:{server.server_port}/"
    with server, httpx2.Client(transport=door, trust_env=False) as http:
        if trusted:
            assert http.get(url).text == "hello"
        else:
            with pytest.raises(httpx2.ConnectError):
                http.get(url)
        server.shutdown()


class Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        return


def test_a_trickle_ends_when_the_time_is_over(listener: Listener) -> None:
    listener.answer = b"HTTP/1.1 200 OK\r\nX: " + b"y" * 10_000
    listener.drip = 0.02
    door = OutwardTransport(own=frozenset({f"127.0.0.1:{listener.port}"}))
    with (
        httpx2.Client(transport=door, trust_env=False, timeout=5) as http,
        outward.within(0.3),
        pytest.raises(httpx2.TimeoutException),
    ):
        http.get(f"http://127.0.0.1:{listener.port}/")


def test_a_host_that_is_not_there_and_one_that_does_not_listen() -> None:
    def nobody(host: str, port: int) -> Sequence[str]:
        raise OSError("unknown")

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    own = frozenset({f"127.0.0.1:{port}", "gone.example:80"})
    for resolve, url in ((nobody, "http://gone.example/"), (names, f"http://127.0.0.1:{port}/")):
        door = OutwardTransport(own=own, resolve=resolve)
        with (
            httpx2.Client(transport=door, trust_env=False) as http,
            pytest.raises(httpx2.ConnectError),
        ):
            http.get(url)
