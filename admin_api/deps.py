"""What routes ask for: who is acting, with which permission, and a session in their units."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.routing import APIRoute
from pydantic import AfterValidator
from sqlalchemy.orm import Session

from access import Permission, Principal, devices, glass, limits, require, sessions, sign_in
from access.security_keys import Site
from access.sessions import Door, SignedIn
from runtime.database import open_session
from runtime.errors import NotSignedIn
from runtime.settings import current

LARGEST = 2**63 - 1
"""What a database takes for a number; more would be an error of the database, not of the caller."""
RowId = Annotated[int, Path(ge=1, le=LARGEST)]
RowNumber = Annotated[int, Query(ge=1, le=LARGEST)]


def _in_our_time(at: datetime) -> datetime:
    if not 1970 <= at.year <= 2200:
        raise ValueError("give a time between 1970 and 2200")
    return at


Moment = Annotated[datetime, Query(), AfterValidator(_in_our_time)]

SECURE_COOKIE = "__Host-frontdesk"
PLAIN_COOKIE = "frontdesk"
"""Over plain HTTP on this machine only: browsers refuse the `__Host-` prefix there."""


def session_token(request: Request) -> str | None:
    """The session in the cookie. Over HTTPS only the one that no other host can have set."""
    name = SECURE_COOKIE if request.url.scheme == "https" else PLAIN_COOKIE
    return request.cookies.get(name)


DEVICE_COOKIES = ("__Host-frontdesk-device", "frontdesk-device")
"""Over HTTPS and over plain HTTP; opens nothing, see `access.devices`."""


def door_of(request: Request) -> Door:
    """Through what somebody comes."""
    name = DEVICE_COOKIES[0 if request.url.scheme == "https" else 1]
    return Door(
        source_of(request), request.headers.get("user-agent", "")[:300], request.cookies.get(name)
    )


def site_of(request: Request) -> Site:
    """The origin that pages have: what security keys sign for."""
    public = current().public_url
    if public is None:
        return Site(f"{request.url.scheme}://{request.headers.get('host', '')}")
    port = "" if public.port in (None, 443, 80) else f":{public.port}"
    return Site(f"{public.scheme}://{public.host}{port}")


def put_cookies(request: Request, response: Response, opened: SignedIn) -> None:
    """Hand the session's token and the device's to the browser."""
    secure = request.url.scheme == "https"
    for name, value, seconds in (
        (SECURE_COOKIE if secure else PLAIN_COOKIE, opened.token, sessions.life()),
        (DEVICE_COOKIES[0 if secure else 1], opened.device, devices.REMEMBERED),
    ):
        response.set_cookie(
            name, value, max_age=int(seconds.total_seconds()), secure=secure, httponly=True,
            samesite="lax", path="/",
        )  # fmt: skip


def source_of(request: Request) -> str:
    """The caller's place in the network, for limits only."""
    return limits.network(request.client.host) if request.client else "unknown"


def current_principal(request: Request) -> Principal:
    """The user behind the cookie or the API token. Raises `NotSignedIn`."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and value.startswith(sign_in.TOKEN_PREFIX):
        return sign_in.by_token(value.strip())
    token = session_token(request)
    if token is None:
        raise NotSignedIn("sign in first")
    return sign_in.by_session(token)


CurrentPrincipal = Annotated[Principal, Depends(current_principal)]


def _session(principal: CurrentPrincipal) -> Iterator[Session]:
    with open_session(principal.scope) as opened:
        yield opened


# "function": commit before the response leaves, so that a 200 is a fact.
CurrentSession = Annotated[Session, Depends(_session, scope="function")]


def needs(permission: Permission) -> Any:
    """Declare what a route requires; a route without a declaration fails a test."""

    def check(principal: CurrentPrincipal) -> None:
        require(principal, permission)
        if permission in principal.glass:
            glass.note_use(principal, permission)

    return _declared(check, str(permission))


def open_to(whom: str) -> Any:
    """Declare that a route needs no permission, and whom it is for."""

    def check() -> None:
        return None

    return _declared(check, f"open to {whom}")


def signed_in() -> Any:
    """Declare that a route is for everybody who is signed in."""

    def check(_: CurrentPrincipal) -> None:
        return None

    return _declared(check, "signed in")


def describe(router: APIRouter) -> None:
    """Put what each route declares into the API's description."""
    for route in router.routes:
        if not isinstance(route, APIRoute):
            continue
        declared = (getattr(item.dependency, "declares", None) for item in route.dependencies)
        route.openapi_extra = {"x-permission": next(filter(None, declared), "")}


def _declared(check: Callable[..., None], what: str) -> Any:
    check.declares = what  # type: ignore[attr-defined] # read by the route-table test
    return Depends(check)
