"""The way in through the company's OpenID provider."""

from __future__ import annotations

from urllib.parse import parse_qs, quote

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from access import oidc, sessions
from access.oidc import NotLinked
from access.oidc_tokens import WrongToken
from access.sign_in import SecondFactorDue
from admin_api.deps import door_of, open_to, put_cookies, session_token
from admin_api.session import refuse_plain_http
from runtime.errors import AppError, BadInput

log = structlog.get_logger(__name__)
router = APIRouter(tags=["session"])

COOKIES = ("__Host-frontdesk-oidc", "frontdesk-oidc")
LARGEST = 32 * 1024


@router.get("/api/v1/oidc", dependencies=[open_to("everybody: the door says what it offers")])
def describe() -> dict[str, str]:
    """What the provider is called; empty where there is none."""
    return {"name": oidc.name()}


@router.get("/api/v1/oidc/start", dependencies=[open_to("everybody: this is a way in")])
def start(request: Request) -> Response:
    """Go to the provider."""
    refuse_plain_http(request)
    begun = oidc.begin()
    answer = RedirectResponse(begun.address, status_code=303)
    answer.set_cookie(
        _cookie(request), begun.cookie, max_age=int(oidc.LIFE.total_seconds()),
        secure=request.url.scheme == "https", httponly=True, samesite="lax", path="/",
    )  # fmt: skip
    return answer


@router.get("/api/v1/oidc/callback", dependencies=[open_to("everybody: this is a way in")])
def callback(request: Request, state: str = "", code: str = "", error: str = "") -> Response:
    """Come back from the provider; what went wrong is said at the door."""
    refuse_plain_http(request)
    kept = request.cookies.get(_cookie(request), "")
    try:
        if error or not code:
            raise WrongToken("refused")
        opened = oidc.finish(kept, state[:200], code[:2000], door_of(request))
    except SecondFactorDue as due:
        kinds = ",".join(due.kinds)
        answer = RedirectResponse(f"/desk/#/factor/{kinds}/{quote(due.ticket)}", status_code=303)
    except NotLinked as unknown:
        answer = RedirectResponse(f"/desk/#/unlinked/{quote(unknown.subject)}", status_code=303)
    except AppError as fault:
        log.warning("oidc.refused", why=getattr(fault, "why", type(fault).__name__))
        answer = RedirectResponse("/desk/#/refused", status_code=303)
    else:
        former = session_token(request)
        if former is not None:
            sessions.sign_out(former)
        answer = RedirectResponse("/desk/", status_code=303)
        put_cookies(request, answer, opened)
    answer.delete_cookie(
        _cookie(request), secure=request.url.scheme == "https", httponly=True, samesite="lax",
        path="/",
    )  # fmt: skip
    return answer


def _cookie(request: Request) -> str:
    return COOKIES[0 if request.url.scheme == "https" else 1]


@router.post(
    "/webhooks/oidc-logout",
    status_code=200,
    dependencies=[open_to("the provider: its signature is checked")],
)
async def back_channel(request: Request) -> Response:
    """End the sessions that the provider says are over (OpenID Connect Back-Channel Logout)."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            return Response(status_code=413)
    found = parse_qs(body.decode("ascii", "replace")).get("logout_token", [])
    if len(found) != 1:
        raise BadInput("logout_token: give one")
    try:
        await run_in_threadpool(oidc.back_channel, found[0])
    except WrongToken as fault:
        log.warning("oidc.logout_refused", why=fault.why)
        return Response(status_code=400, headers={"cache-control": "no-store"})
    return Response(status_code=200, headers={"cache-control": "no-store"})
