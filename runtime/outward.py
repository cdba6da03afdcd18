"""The way out to addresses that somebody else has chosen: web sites to read, files in a message.

Only public addresses, and exactly the one that was checked: the name is looked up once, here, where
the connection is made, so that a name that changes its meaning in between changes nothing.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpcore2
import httpx2

from runtime import settings
from runtime.errors import BadInput

Resolve = Callable[[str, int], Sequence[str]]
"""The addresses of a host, as numbers."""

PORTS = frozenset({80, 443})
_PUBLIC6 = ip_network("2000::/3")
_TUNNELS = (ip_network("2002::/16"), ip_network("2001::/32"))
"""6to4 and Teredo: an IPv4 address hides in them."""

_SPECIAL = (ip_network("192.0.0.0/24"), ip_network("192.88.99.0/24"))
"""Protocol assignments (RFC 6890) and 6to4 relays: nobody's web site."""

_until: ContextVar[float | None] = ContextVar("outward_until", default=None)


class Forbidden(BadInput):
    """An address that must not be asked; the message says why."""


def is_public(address: str) -> bool:
    """Whether a numeric address belongs to the open internet and to nobody's inside."""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(known, IPv6Address):
        if known.ipv4_mapped is not None:
            return is_public(str(known.ipv4_mapped))
        tunnelled = any(known in tunnel for tunnel in _TUNNELS)
        return known in _PUBLIC6 and known.is_global and not tunnelled
    assert isinstance(known, IPv4Address)  # noqa: S101 - for the type checker
    special = known.is_multicast or known.is_reserved or any(known in net for net in _SPECIAL)
    return known.is_global and not special


def resolve(host: str, port: int) -> list[str]:
    """Ask the system's resolver. Raises `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(place[0]) for *_, place in found]


def own_hosts() -> frozenset[str]:
    """Hosts of the inside that the operator has named: "host" for its usual ports, "host:port"."""
    return frozenset(
        host.strip().lower() for host in settings.current().own_hosts.split(",") if host.strip()
    )


def checked(
    host: str, port: int, *, own: frozenset[str], resolve: Resolve = resolve
) -> Sequence[str]:
    """The addresses a host may be asked at. Raises `Forbidden`, or `OSError` for an unknown name.

    One address of the inside among several is refused whole: the choice would be the other side's.
    """
    name = host.rstrip(".").lower()
    if f"{name}:{port}" in own:
        return resolve(host, port)
    if port not in PORTS:
        raise Forbidden(f"port {port} is none of a web site, 80 or 443")
    addresses = resolve(host, port)
    if name not in own and not all(is_public(address) for address in addresses):
        raise Forbidden("it is in an inner network: FRONTDESK_OWN_HOSTS has to name it")
    return addresses


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """All reading and writing inside ends by then: timeouts alone never end a slow trickle."""
    token = _until.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _until.reset(token)


class OutwardTransport(httpx2.BaseTransport):
    """Carries requests to public addresses; others raise `Forbidden` before a byte is sent.

    `own` are exceptions as in `own_hosts`, `resolve` is who is asked for addresses, `trust` says
    whose certificates count. A certificate has to name the host, wherever its address came from.
    """

    def __init__(
        self,
        *,
        own: frozenset[str] | None = None,
        resolve: Resolve = resolve,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        backend = _Backend(own_hosts() if own is None else own, resolve)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=trust or httpx2.create_ssl_context(trust_env=False),
            network_backend=backend,
            max_connections=10,
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        if url.scheme not in ("http", "https"):
            raise Forbidden("its address begins neither with http: nor with https:")
        if url.userinfo:
            raise Forbidden("its address has a name or a password in it")
        sent = httpcore2.Request(
            method=request.method,
            url=httpcore2.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            ),
            headers=request.headers.raw,
            content=request.read(),
            extensions=request.extensions,
        )
        with _faults():
            answer = self._pool.handle_request(sent)
        return httpx2.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(answer),
            extensions=answer.extensions,
            request=request,
        )

    def close(self) -> None:
        self._pool.close()


class _Body(httpx2.SyncByteStream):
    def __init__(self, answer: httpcore2.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        with _faults():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


@contextmanager
def _faults() -> Iterator[None]:
    """Name faults as an HTTP client of the house knows them."""
    try:
        yield
    except httpcore2.TimeoutException as error:
        raise httpx2.ReadTimeout("no answer in time") from error
    except httpcore2.ConnectError as error:
        raise httpx2.ConnectError("cannot be reached") from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        raise httpx2.ReadError("the connection broke") from error


class _Backend(httpcore2.NetworkBackend):
    """Looks a host up, checks what it is, and connects to just that."""

    def __init__(self, own: frozenset[str], resolve: Resolve) -> None:
        self._own = own
        self._resolve = resolve
        self._inner = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        try:
            addresses = checked(host, port, own=self._own, resolve=self._resolve)
        except (OSError, UnicodeError):
            raise httpcore2.ConnectError("there is no such host") from None
        failure: httpcore2.ConnectError | httpcore2.ConnectTimeout | None = None
        for address in addresses[:3]:
            try:
                stream = self._inner.connect_tcp(
                    address, port, _left(timeout), local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
                continue
            return _Stream(stream)
        raise failure or httpcore2.ConnectError("there is no such host")


class _Stream(httpcore2.NetworkStream):
    """A connection that keeps to the time of `within`."""

    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)


def _left(timeout: float | None) -> float | None:
    until = _until.get()
    if until is None:
        return timeout
    left = until - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout("the time is over")
    return left if timeout is None else min(left, timeout)
