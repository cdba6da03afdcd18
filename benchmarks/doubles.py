"""The other ends: Telegram and a model, in the measuring process."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass, field
from typing import Any

_TEXT = re.compile(r'"text":\s*("(?:[^"\\]|\\.)+")')
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
OURS = 10_000_000
"""Where the ids of our messages begin: in one chat no id occurs twice."""
_PIECES = re.compile(r"[A-Za-z]+|\d{1,3}|[^\sA-Za-z\d]{1,2}|\s{2,}")


def tokens(text: str) -> int:
    """Prompt tokens, estimated: a word is one, a very long one more, punctuation goes in pairs.

    The vocabulary of the real tokeniser is a download; on English prose this is within some
    ten per cent of o200k_base, and it is the same estimate on both sides.
    """
    return sum(1 + max(0, len(piece) - 1) // 8 for piece in _PIECES.findall(text))


@dataclass
class Doubles:
    """Fake Telegram and stub model on one port; `delay` is what a model call takes."""

    delay: float = 0.0
    waiting: dict[int, asyncio.Future[str]] = field(default_factory=dict)
    calls: int = 0
    prompt_tokens: int = 0
    sends: int = 0

    def expect(self, chat: int) -> asyncio.Future[str]:
        """The next message to this chat."""
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.waiting[chat] = future
        return future

    async def handle(self, path: str, body: bytes) -> dict[str, Any]:
        given = json.loads(body) if body else {}
        if path.endswith("/chat/completions"):
            return await self._complete(given)
        if path.endswith("/sendMessage"):
            self.sends += 1
            future = self.waiting.pop(int(given["chat_id"]), None)
            if future is not None and not future.done():
                future.set_result(given["text"])
            chat = {"id": given["chat_id"], "type": "private"}
            return {
                "ok": True,
                "result": {"message_id": OURS + self.sends, "date": 0, "chat": chat},
            }
        return {"ok": True, "result": True}

    async def _complete(self, given: dict[str, Any]) -> dict[str, Any]:
        """The first sentence of the first passage, with its mark."""
        self.calls += 1
        self.prompt_tokens += sum(
            tokens(str(message.get("content"))) for message in given.get("messages", [])
        )
        self.prompt_tokens += tokens(json.dumps(given["tools"])) if given.get("tools") else 0
        text = "NOT_IN_SOURCES"
        for message in reversed(given.get("messages", [])):
            found = _TEXT.search(str(message.get("content")))
            if found:
                passage = str(json.loads(found[1])).strip().rpartition("\n")[2]
                text = _SENTENCE.split(passage)[0].rstrip(".") + " [1]."
                break
        if self.delay:
            await asyncio.sleep(self.delay)
        return {
            "id": "chatcmpl-0",
            "object": "chat.completion",
            "created": 0,
            "model": given.get("model", ""),
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": text},
                    "finish_reason": "stop",
                }
            ],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        }
