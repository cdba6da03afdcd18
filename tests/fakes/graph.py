"""The WhatsApp Cloud API on Meta's Graph, as much of it as a customer conversation needs."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
import re
from dataclasses import dataclass, field
from typing import Any

import httpx2
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fakes.graph_rules import KNOWN, GraphError, check_message
from tests.fakes.wire import cut, post, read_parameters
from tests.fakes.world import Fault, World

CHANNEL = "whatsapp"
WINDOW = 24 * 3600.0
RETRY_FOR = 7 * 86400.0
_VERSION = re.compile(r"v\d{1,3}\.\d")


@dataclass(slots=True)
class Number:
    """A business phone number with its app."""

    id: str
    token: str
    app_secret: str
    verify_token: str = "verify"
    webhook: str = ""
    waba: str = "100200300"
    display: str = "15550100000"
    statuses: list[str] = field(default_factory=lambda: ["sent", "delivered"])
    """Reported for every accepted message, in this order."""
    window_error: str = "answer"
    """Whether 131047 comes in the `answer` or as a failed `status`."""
    pair_seconds: float = 0.0
    """Least time between two messages to one user; 0: not enforced."""
    per_second: int = 80
    bucket_status: int = 429
    sent_at: list[float] = field(default_factory=list)
    last_to: dict[str, float] = field(default_factory=dict)
    last_from: dict[str, float] = field(default_factory=dict)
    held: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


def bsuid(user: str) -> str:
    """The business-scoped id of a phone number's owner."""
    return "DE." + str(int(hashlib.sha256(user.encode()).hexdigest()[:12], 16))


def sign(secret: str, body: bytes) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Graph:
    """All business numbers of this world."""

    def __init__(self, world: World, client: httpx2.AsyncClient) -> None:
        self.world = world
        self.client = client
        self.numbers: dict[str, Number] = {}
        self._phones: dict[str, str] = {}
        self._serial = random.Random(7)

    def _new_id(self) -> str:
        return "wamid.HBgM" + f"{self._serial.getrandbits(96):024X}"

    # -- what users do ---------------------------------------------------------------------

    def say(
        self,
        account: str,
        user: str,
        text: str,
        name: str,
        raw: dict[str, Any] | None,
        hide_phone: bool = False,
    ) -> dict[str, Any]:
        """A user writes (or sends `raw`, a recorded message object). Returns the message."""
        number = self.numbers[account]
        at = self.world.clock.now()
        number.last_from[user] = at
        self._phones[bsuid(user)] = user
        message = {
            "from": user,
            "from_user_id": bsuid(user),
            "id": self._new_id(),
            "timestamp": str(int(at)),
            **(raw or {"type": "text", "text": {"body": text}}),
        }
        contact = {"profile": {"name": name}, "wa_id": user, "user_id": bsuid(user)}
        if hide_phone:
            del message["from"], contact["wa_id"]
        self.world.show(CHANNEL, account, user, "user", text=text, id=message["id"])
        self._emit(number, "message", {"contacts": [contact], "messages": [message]})
        return message

    def _emit(self, number: Number, event: str, value: dict[str, Any]) -> None:
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": number.display, "phone_number_id": number.id},
            **value,
        }
        if self.world.delivery.hold:
            number.held.append((event, value))
        elif number.webhook:
            self.world.spawn(self._deliver(number, event, [value]))

    def release(self, account: str, *, shuffle: bool, batch: int) -> None:
        """Deliver what was held back, `batch` changes to a webhook."""
        number = self.numbers[account]
        held, number.held = number.held, []
        if shuffle:
            self._serial.shuffle(held)
        for start in range(0, len(held), batch):
            part = held[start : start + batch]
            self.world.spawn(self._deliver(number, part[0][0], [value for _, value in part]))

    async def _deliver(self, number: Number, event: str, values: list[dict[str, Any]]) -> None:
        """At least once, unordered, again with growing pauses for seven days."""
        changes = [{"value": value, "field": "messages"} for value in values]
        body = json.dumps(
            {
                "object": "whatsapp_business_account",
                "entry": [{"id": number.waba, "changes": changes}],
            },
            separators=(",", ":"),
        ).encode()  # ASCII with \uXXXX, as Meta sends
        born, pause = self.world.clock.now(), 1.0
        while self.world.clock.now() - born < RETRY_FOR:
            answers = [
                await self.send_webhook(number, body, event)
                for _ in range(max(1, self.world.delivery.duplicate))
            ]
            if any(answer is not None and answer.is_success for answer in answers):
                return
            await self.world.clock.sleep(pause)
            pause = min(pause * 4, 3600)

    async def send_webhook(self, number: Number, body: bytes, event: str) -> httpx2.Response | None:
        secret = "forged" if self.world.delivery.forge else number.app_secret
        headers = {
            "content-type": "application/json",
            "X-Hub-Signature-256": sign(secret, body),
        }
        return await post(
            self.world,
            self.client,
            number.webhook,
            body,
            headers,
            channel=CHANNEL,
            account=number.id,
            event=event,
        )

    async def handshake(self, account: str, token: str) -> bool:
        """What Meta does when a callback address is saved: is the challenge echoed?"""
        number = self.numbers[account]
        answer = await self.client.get(
            number.webhook,
            params={
                "hub.mode": "subscribe",
                "hub.verify_token": token,
                "hub.challenge": "1158201444",
            },
        )
        return answer.status_code == 200 and answer.text == "1158201444"

    # -- what the business does ------------------------------------------------------------

    async def messages(self, request: Request, version: str, account: str) -> Response:
        try:
            given = await read_parameters(request)
        except ValueError:
            error = GraphError(400, 100, "(#100) The request body is not valid JSON")
            return JSONResponse(error.body, status_code=error.status)
        call = self.world.received(CHANNEL, account, "messages", given)
        fault = self.world.fault_for(call, self._user(given))
        try:
            if fault and fault.action == "drop":
                call.verdict = "dropped"
                request.scope["was_cut"] = True
                return cut(request)
            number = self._number(request, version, account)
            self.world.violations += [
                f"whatsapp messages: no parameter {key}" for key in sorted(set(given) - KNOWN)
            ]
            kind = check_message(given)
            self._fail_as_told(fault)
            answer = {"success": True} if kind == "read" else self._accept(number, given, kind)
        except GraphError as error:
            call.verdict = f"refused {error.body['error']['code']}"
            return JSONResponse(error.body, status_code=error.status)
        call.verdict = "accepted"
        if fault and fault.action == "reset":
            request.scope["was_cut"] = True
            return cut(request)
        if fault and fault.action == "slow":
            await asyncio.sleep(fault.seconds)
        return JSONResponse(answer)

    def _number(self, request: Request, version: str, account: str) -> Number:
        if not _VERSION.fullmatch(version):
            raise GraphError(400, 2500, "Unknown path components")
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not token:
            raise GraphError(401, 104, "An access token is required to request this resource")
        if not any(known.token == token for known in self.numbers.values()):
            raise GraphError(
                401, 190, "Error validating access token: Session has expired", subcode=463
            )
        number = self.numbers.get(account)
        if number is None or number.token != token:
            raise GraphError(
                400,
                100,
                f"Unsupported post request. Object with ID '{account}' does not exist",
                kind="GraphMethodException",
                subcode=33,
            )
        return number

    def _fail_as_told(self, fault: Fault | None) -> None:
        if fault and fault.action == "answer":
            error = GraphError(fault.status, 131000, "(#131000) Something went wrong")
            if fault.body:
                error.body = fault.body
            raise error

    def _user(self, given: dict[str, Any]) -> str | None:
        if given.get("to"):
            return re.sub(r"\D", "", str(given["to"]))
        recipient = given.get("recipient")
        return self._phones.get(str(recipient), str(recipient)) if recipient else None

    def _accept(self, number: Number, given: dict[str, Any], kind: str) -> dict[str, Any]:
        user = str(self._user(given))
        self._check_rates(number, user)
        message_id = self._new_id()
        tracker = given.get("biz_opaque_callback_data")
        at = self.world.clock.now()
        if kind != "template" and at - number.last_from.get(user, 0.0) > WINDOW:
            error = GraphError(
                400,
                131047,
                "(#131047) Re-engagement message",
                "More than 24 hours have passed since the recipient last replied",
            )
            if number.window_error == "answer":
                raise error
            self._report(number, user, message_id, tracker, ["failed"], error)
        else:
            text = (given.get("text") or {}).get("body", f"[{kind}]")
            self.world.show(CHANNEL, number.id, user, "business", text=text, id=message_id)
            self._report(number, user, message_id, tracker, number.statuses)
        return {
            "messaging_product": "whatsapp",
            "contacts": [{"input": str(given.get("to") or given.get("recipient")), "wa_id": user}],
            "messages": [{"id": message_id}],
        }

    def _check_rates(self, number: Number, user: str) -> None:
        at = self.world.clock.now()
        number.sent_at = [moment for moment in number.sent_at if at - moment < 1.0]
        if len(number.sent_at) >= number.per_second:
            raise GraphError(
                number.bucket_status,
                130429,
                "(#130429) Rate limit hit",
                "Cloud API message throughput has been reached.",
            )
        if at - number.last_to.get(user, 0.0) < number.pair_seconds:
            raise GraphError(
                400,
                131056,
                "(#131056) (Business Account, Consumer Account) pair rate limit hit",
                "Too many messages sent from this phone number to the same phone number",
            )
        number.sent_at.append(at)
        number.last_to[user] = at

    def _report(
        self,
        number: Number,
        user: str,
        message_id: str,
        tracker: Any,
        statuses: list[str],
        error: GraphError | None = None,
    ) -> None:
        async def report() -> None:
            await asyncio.sleep(0.02)  # usually after the answer to the request
            for status in statuses:
                item: dict[str, Any] = {
                    "id": message_id,
                    "status": status,
                    "timestamp": str(int(self.world.clock.now())),
                    "recipient_id": user,
                    "recipient_user_id": bsuid(user),
                }
                if tracker is not None:
                    item["biz_opaque_callback_data"] = tracker
                if error is not None:
                    body = error.body["error"]
                    item["errors"] = [
                        {
                            "code": body["code"],
                            "title": body["message"],
                            "message": body["message"],
                            "error_data": body.get("error_data", {}),
                        }
                    ]
                self._emit(number, status, {"statuses": [item]})

        self.world.spawn(report())

    def describe(self, request: Request, version: str, account: str) -> Response:
        """The identity endpoint of a number, for "test connection"."""
        try:
            number = self._number(request, version, account)
        except GraphError as error:
            return JSONResponse(error.body, status_code=error.status)
        return JSONResponse(
            {
                "id": number.id,
                "display_phone_number": number.display,
                "verified_name": "Fake Shop",
                "quality_rating": "GREEN",
            }
        )


def router(graph: Graph) -> APIRouter:
    """`/{version}/{phone_number_id}` and `.../messages`."""
    routes = APIRouter()

    @routes.post("/{version}/{account}/messages")
    async def messages(request: Request, version: str, account: str) -> Response:
        return await graph.messages(request, version, account)

    @routes.get("/{version}/{account}")
    def describe(request: Request, version: str, account: str) -> Response:
        return graph.describe(request, version, account)

    return routes
