"""Bodies have a largest size everywhere: also a stranger's is read into memory as a whole."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

OF_VISITORS = 128 * 1024
"""Bytes; a message of 5,000 characters takes 60,000 when every one of them is escaped."""
OF_ANYBODY = 8 * 1024 * 1024
"""Bytes; a document of a million characters, some of them escaped."""

OF_FILES = 24 * 1024 * 1024
"""Bytes; what is larger is taken in by the command line."""


class BoundedBodies:
    """Answers 413 to a body that is larger than its path takes, announced or not."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = _most(scope["path"])
        announced = Headers(scope=scope).get("content-length", "0")
        if len(announced) > 12 or (announced.isdecimal() and int(announced) > most):
            answer = {"error": "TooLarge", "detail": f"at most {most} bytes"}
            await JSONResponse(answer, status_code=413)(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise HTTPException(413, f"at most {most} bytes")
            return message

        await self._app(scope, counted, send)


def _most(path: str) -> int:
    if path == "/api/v1/knowledge/sources/files":
        return OF_FILES
    small = path.startswith("/widget/") or path == "/api/v1/session"
    return OF_VISITORS if small else OF_ANYBODY
