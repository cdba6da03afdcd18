"""The JSON of the API: requests are strict, answers are read from the services' dataclasses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, computed_field, model_validator

Number = Annotated[int, Field(ge=1, le=2**63 - 1)]
"""The number of a row, as far as a database counts."""


class Body(BaseModel):
    """A request: no silent conversions, no unknown fields."""

    model_config = ConfigDict(strict=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, given: Any) -> Any:
        """No database column takes a NUL character or half a surrogate pair."""
        if not all(_is_storable(text) for text in _texts(given)):
            raise ValueError("texts may not hold NUL or unpaired surrogate characters")
        return given


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _texts(name)
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _is_storable(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


class Out(BaseModel):
    """An answer, filled from attributes."""

    model_config = ConfigDict(from_attributes=True)


class Credentials(Body):
    email: str = Field(max_length=200)
    password: str = Field(max_length=256)
    code: str = Field("", max_length=40)
    """Of the second factor: needed where one is set up, and it lets the owner in while strangers
    try too often."""


class UnitOut(Out):
    id: int
    name: str
    title: str
    languages: list[str]


class Me(Out):
    id: int
    name: str
    email: str
    role: str
    units: list[UnitOut]
    permissions: list[str]
    demo: bool
    must_enrol: bool
    """Whether nothing is open until a second factor is set up."""
    glass_until: datetime | None
    """Until when access beyond the role is open, if it is."""


class LineOut(Out):
    id: int
    unit_id: int
    contact_id: int
    contact_name: str
    channel: str
    account: str
    assignee: str
    assignee_name: str
    reason: str | None
    language: str | None
    preview: str
    last_author: str | None
    last_message_id: int
    touched_at: datetime
    closed: bool


class LinesOut(Out):
    items: list[LineOut]
    counts: dict[str, int]


class StatementOut(BaseModel):
    """A sentence of an answer and what carries it; `start:end` is its place in the message.

    `place` is where the passage `chunk_id` says it, `fields` are those of the customer's record
    that it repeats, `cited` the passages the model named.
    """

    text: str
    start: int
    end: int
    supported: bool
    reason: str
    chunk_id: int | None
    place: tuple[int, int] | None
    fields: list[str]
    cited: list[int]


class MessageOut(Out):
    id: int
    author: str
    author_name: str
    content_type: str
    text: str
    event: dict[str, Any] | None
    sources: list[dict[str, Any]]
    verdict: dict[str, Any] | None
    status: str
    error: str | None
    outcome: str | None
    answers: int | None
    edited: bool
    deleted: bool
    attachments: list[dict[str, Any]]
    at: datetime

    @computed_field  # type: ignore[prop-decorator]
    @property
    def statements(self) -> list[StatementOut]:
        """The verdict's sentences. Before an answer may stand the notice that an AI writes."""
        verdict = self.verdict or {}
        lead = len(self.text) - verdict.get("characters", len(self.text) + 1)
        if lead < 0:  # no verdict per sentence, or the text was erased
            return []
        return [
            StatementOut(
                text=self.text[lead + start : lead + end],
                start=lead + start,
                end=lead + end,
                **{name: value for name, value in one.items() if name != "said"},
            )
            for one in verdict.get("statements", ())
            for start, end in [one["said"]]
        ]


class ThreadOut(Out):
    line: LineOut
    messages: list[MessageOut]
    window_expires_at: datetime | None


class ReplyIn(Body):
    text: str = Field(min_length=1, max_length=20_000)
    seen: Number | None = None


class NoteIn(Body):
    text: str = Field(min_length=1, max_length=20_000)


class AssignIn(Body):
    user_id: Number | None


class Created(Out):
    id: int


class FactOut(Out):
    name: str
    value: str
    source: str
    observed_at: datetime


class ProfileOut(BaseModel):
    """A contact, as far as the caller's role reaches."""

    contact_id: int
    attributes: list[FactOut]
    withheld: int


class ContactLineOut(Out):
    contact_id: int
    unit_id: int
    name: str
    channels: list[str]


class ContactsOut(Out):
    items: list[ContactLineOut]


class UserOut(Out):
    id: int
    name: str
    email: str
    role: str
    units: list[int]
    teams: list[int]
    active: bool
    left_at: datetime | None
    factors: list[str] | None
    """Kinds of second factors; None for who does not look after people."""
    half: str | None
    """What the caller has to pass on so that this colleague can set a password: link or code."""


class UsersOut(Out):
    items: list[UserOut]


class ElsewhereIn(Body):
    """Who somebody is at the OpenID provider."""

    issuer: str = Field(max_length=200)
    subject: str = Field(min_length=1, max_length=255)


class UserIn(Body):
    email: str = Field(max_length=200)
    name: str = Field(min_length=1, max_length=120)
    role: str
    units: list[Number] = Field(min_length=1, max_length=1000)
    teams: list[Number] = Field(default_factory=list, max_length=1000)
    reason: str = Field(min_length=1, max_length=500)
    elsewhere: ElsewhereIn | None = None


class ReceiptOut(Out):
    id: int
    at: datetime
    url_host: str
    model: str
    body_sha256: str
    body: str
    counts: dict[str, int]
    policy_version: str
    prompt_tokens: int | None
    completion_tokens: int | None
    ms: int | None
    status: str


class ReceiptsOut(Out):
    items: list[ReceiptOut]
