"""Hide and restore everything in a chat message that travels."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.messages.tool import tool_call_chunk
from pydantic import BaseModel

from guardrails.errors import MaskingFailed, ModelFailed
from guardrails.mask import Mask, walk

_DESCRIBES = frozenset({"description", "title", "default", "examples", "enum", "const"})
"""Keys of a JSON schema that hold text of ours; the others are names a server insists on."""


def hidden(messages: list[BaseMessage], mask: Mask) -> list[BaseMessage]:
    """Masked copies: what a later message reveals is hidden in earlier ones, too."""
    return mask.settled(lambda: [_hidden(message, mask) for message in messages])


def _hidden(message: BaseMessage, mask: Mask) -> BaseMessage:
    change = mask.hide
    if isinstance(message, ToolMessage):
        change = mask.hide_result
    elif isinstance(message, SystemMessage):
        change = mask.hide_own  # our own words, which may explain what placeholders are
    update: dict[str, Any] = {
        "content": _content(message.content, change),
        "additional_kwargs": _values(message.additional_kwargs, mask.hide_structured),
        "response_metadata": {},
    }
    if message.name:
        update["name"] = mask.hide(message.name).replace("[", "").replace("]", "")
    if isinstance(message, ToolMessage):
        update["artifact"] = None
    if isinstance(message, AIMessage):
        update["tool_calls"] = [
            {**call, "args": mask.hide_structured(call["args"])} for call in message.tool_calls
        ]
        update["invalid_tool_calls"] = [
            {**call, "args": mask.hide_result(call["args"] or ""), "error": None}
            for call in message.invalid_tool_calls
        ]
        # The calls above are what is sent; the provider's own copy of them would be in clear.
        update["additional_kwargs"].pop("tool_calls", None)
        update["additional_kwargs"].pop("parsed", None)
    return message.model_copy(update=update)


def _texts(content: str | list[str | dict[Any, Any]]) -> list[str]:
    if isinstance(content, str):
        return [content]
    return [block if isinstance(block, str) else str(block.get("text", "")) for block in content]


def _content(
    content: str | list[str | dict[Any, Any]], change: Callable[[str], str]
) -> str | list[str | dict[Any, Any]]:
    if isinstance(content, str):
        return change(content)
    return [_block(block, change) for block in content]


def _block(block: str | dict[Any, Any], change: Callable[[str], str]) -> str | dict[Any, Any]:
    if isinstance(block, str):
        return change(block)
    if block.get("type") != "text":
        # Nobody can mask what is in a picture or a recording.
        raise MaskingFailed("only text can be masked, so nothing was sent")
    return {"type": "text", "text": change(str(block.get("text", "")))}


def _values(value: Any, change: Callable[[Any], Any]) -> Any:
    """Change what is said in a nested value but not its keys, which are the protocol's."""
    match value:
        case dict():
            return {key: _values(item, change) for key, item in value.items()}
        case list() | tuple():
            return [_values(item, change) for item in value]
        case str() | int() | float():
            return change(value)
    return None


def hidden_options(options: dict[str, Any], mask: Mask) -> dict[str, Any]:
    """Masked tool definitions and response format: their texts, not their names."""
    changed = dict(options)
    for name in ("tools", "functions", "response_format"):
        if name in changed and isinstance(changed[name], list | dict):
            changed[name] = _described(changed[name], mask, hide=False)
    return changed


def _described(value: Any, mask: Mask, *, hide: bool) -> Any:
    match value:
        case str():
            return mask.hide_own(value) if hide else value
        case dict():
            return {
                key: _described(
                    item, mask, hide=hide or (key in _DESCRIBES and not isinstance(item, dict))
                )
                for key, item in value.items()
            }
        case list():
            return [_described(item, mask, hide=hide) for item in value]
    return value


def spoken(message: BaseMessage, told: dict[str, Any]) -> AIMessage:
    """The model's message, with what was told about it. Raises `ModelFailed` for any other."""
    if not isinstance(message, AIMessage):
        raise ModelFailed("garbage")
    return message.model_copy(update={"response_metadata": {**message.response_metadata, **told}})


def piece(message: BaseMessage, told: dict[str, Any]) -> AIMessageChunk:
    """A piece of a streamed message, with how it ended. Raises `ModelFailed` for any other."""
    if not isinstance(message, AIMessageChunk):
        raise ModelFailed("garbage")
    reason = told.get("finish_reason")
    ended = {"finish_reason": reason} if reason else {}
    return message.model_copy(update={"response_metadata": ended})


def last_chunk(answer: AIMessage, text: str) -> AIMessageChunk:
    """What ends a stream: the rest of the text, whole tool calls, and the account."""
    whole = [
        *((call, json.dumps(call["args"], ensure_ascii=False)) for call in answer.tool_calls),
        *((call, call["args"]) for call in answer.invalid_tool_calls),
    ]
    calls = [
        tool_call_chunk(name=call["name"], args=args, id=call["id"], index=number)
        for number, (call, args) in enumerate(whole)
    ]
    return AIMessageChunk(
        content=text,
        tool_call_chunks=calls,
        usage_metadata=answer.usage_metadata,
        response_metadata=answer.response_metadata,
        chunk_position="last",
    )


def check(answer: AIMessage) -> None:
    """Raise `ModelFailed` for an answer nobody can use: refused, cut off or empty."""
    reason = answer.response_metadata.get("finish_reason")
    if answer.additional_kwargs.get("refusal") or reason == "content_filter":
        raise ModelFailed("refusal")
    if reason == "length":
        raise ModelFailed("garbage")
    spoken = any(text.strip() for text in _texts(answer.content))
    if not spoken and not answer.tool_calls and not answer.invalid_tool_calls:
        raise ModelFailed("garbage")


def restored(answer: AIMessage, mask: Mask, *, as_json: bool) -> AIMessage:
    """The answer with the values back in its text, its tool calls and its structured output."""

    def text(given: str) -> str:
        if as_json:
            try:
                return json.dumps(mask.restore_nested(json.loads(given)), ensure_ascii=False)
            except ValueError:
                pass
        return mask.restore(given)

    extra = dict(answer.additional_kwargs)
    parsed = extra.pop("parsed", None)
    extra.pop("tool_calls", None)
    extra = walk(extra, mask.restore)
    if isinstance(parsed, BaseModel):
        extra["parsed"] = type(parsed).model_validate(mask.restore_nested(parsed.model_dump()))
    elif parsed is not None:
        extra["parsed"] = mask.restore_nested(parsed)
    return answer.model_copy(
        update={
            "content": _content(answer.content, text),
            "tool_calls": [
                {**call, "args": mask.restore_nested(call["args"])} for call in answer.tool_calls
            ],
            "invalid_tool_calls": [
                {**call, "args": text(call["args"] or "")} for call in answer.invalid_tool_calls
            ],
            "additional_kwargs": extra,
        }
    )
