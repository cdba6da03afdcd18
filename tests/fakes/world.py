"""What the fake platforms know: the clock, the calls they received, what each user sees."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any


class Clock:
    """Real time plus whatever a test has added; whoever sleeps on it wakes when it is moved."""

    def __init__(self) -> None:
        self._offset = 0.0
        self._moved = asyncio.Event()

    def now(self) -> float:
        return time.time() + self._offset

    def advance(self, seconds: float) -> None:
        self._offset += seconds
        self._moved.set()
        self._moved = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        until = self.now() + seconds
        while (left := until - self.now()) > 0:
            try:
                await asyncio.wait_for(self._moved.wait(), left)
            except TimeoutError:
                return


@dataclass(slots=True)
class Call:
    """One request of the product, and how the platform took it."""

    channel: str
    account: str
    method: str
    body: dict[str, Any]
    at: float
    verdict: str = "pending"


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next `times` calls that match.

    `action`: `answer` (refused with `status` and `body`), `throttle` (429 for `seconds`, the whole
    bot), `drop` (connection lost, nothing accepted), `reset` (accepted, connection lost), `slow`
    (accepted, answered after `seconds` of real time).
    """

    channel: str
    method: str
    action: str
    times: int = 1
    account: str | None = None
    user: str | None = None
    status: int = 500
    body: dict[str, Any] | None = None
    seconds: float = 0.0

    def matches(self, channel: str, account: str, method: str, user: str | None) -> bool:
        return (
            self.times > 0
            and self.channel == channel
            and self.method.lower() == method.lower()
            and self.account in (None, account)
            and self.user in (None, user)
        )


@dataclass(slots=True)
class Delivery:
    """How webhooks are delivered from now on."""

    duplicate: int = 1
    """How often each accepted webhook is posted in all."""
    forge: bool = False
    """Sign with the wrong secret."""
    hold: bool = False
    """WhatsApp: collect events until they are released."""


@dataclass(slots=True)
class Attempt:
    """One webhook request of ours and what the product said. `status` 0: no answer."""

    channel: str
    account: str
    event: str
    status: int
    ms: float


@dataclass(slots=True)
class World:
    clock: Clock = field(default_factory=Clock)
    calls: list[Call] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    """What a platform would have punished or misread."""
    delivery: Delivery = field(default_factory=Delivery)
    lines: dict[tuple[str, str, str], list[dict[str, Any]]] = field(default_factory=dict)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def fault_for(self, call: Call, user: str | None = None) -> Fault | None:
        """The first fault that matches this call; it is used up by one."""
        for fault in self.faults:
            if fault.matches(call.channel, call.account, call.method, user):
                fault.times -= 1
                return fault
        return None

    def received(self, channel: str, account: str, method: str, body: dict[str, Any]) -> Call:
        call = Call(channel, account, method, body, self.clock.now())
        self.calls.append(call)
        return call

    def show(self, channel: str, account: str, user: str, by: str, **line: Any) -> None:
        """Put a line on this user's screen."""
        screen = self.lines.setdefault((channel, account, user), [])
        screen.append({"by": by, "at": self.clock.now(), **line})

    def screen(self, channel: str, account: str, user: str) -> list[dict[str, Any]]:
        return self.lines.get((channel, account, user), [])

    def spawn(self, work: Any) -> None:
        """Run this on the side and keep it alive."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def reset(self) -> None:
        """Forget everything and stop what is under way."""
        for task in self.tasks:
            task.cancel()
        for known in (self.calls, self.faults, self.attempts, self.violations):
            known.clear()
        self.lines.clear()
        self.clock, self.delivery = Clock(), Delivery()
