"""The JSON of the record: fields, labels, segments, the search, a contact's story."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from admin_api.schemas import Body, Number, Out


class FieldOut(Out):
    id: int
    unit_id: int
    name: str
    label: str
    type: str
    choices: list[str]
    data_class: str
    retired: bool
    created_by: str
    created_at: datetime


class FieldIn(Body):
    unit_id: Number
    name: str = Field(max_length=100)
    label: str = Field(max_length=80)
    type: str = Field(max_length=10)
    data_class: str = Field(max_length=10)
    choices: list[str] = Field(default_factory=list, max_length=100)


class FieldChangeIn(Body):
    label: str | None = Field(default=None, max_length=80)
    choices: list[str] | None = Field(default=None, max_length=100)
    data_class: str | None = Field(default=None, max_length=10)
    retired: bool | None = None


class LabelOut(Out):
    id: int
    unit_id: int
    name: str
    colour: str


class LabelIn(Body):
    unit_id: Number
    name: str = Field(max_length=40)
    colour: str = Field(max_length=10)


class EqualsIn(Body):
    field: str = Field(max_length=80)
    value: str = Field(max_length=200)


class RuleIn(Body):
    labels: list[Number] = Field(default_factory=list, max_length=20)
    labels_match: Literal["all", "any"] = "all"
    has: list[str] = Field(default_factory=list, max_length=20)
    lacks: list[str] = Field(default_factory=list, max_length=20)
    equals: list[EqualsIn] = Field(default_factory=list, max_length=20)
    channels: list[str] = Field(default_factory=list, max_length=20)
    languages: list[str] = Field(default_factory=list, max_length=20)
    active_within: int | None = None
    silent_for: int | None = None
    follow_up: list[Literal["open", "waiting", "done"]] = Field(default_factory=list, max_length=3)
    due_within: int | None = None


class SegmentIn(Body):
    unit_id: Number
    name: str = Field(max_length=60)
    rule: RuleIn


class SegmentOut(Out):
    id: int
    unit_id: int
    name: str
    rule: dict[str, Any]
    count: int
    created_by: str
    created_at: datetime


class FollowUpOut(Out):
    state: str
    due_on: date | None
    owner_id: int | None
    owner_name: str
    note: str
    changed_at: datetime


class FollowUpIn(Body):
    state: Literal["open", "waiting", "done"] | None = None
    """None: nothing is to be done."""
    due_on: str | None = Field(default=None, max_length=10)
    owner_id: Number | None = None
    note: str = Field(default="", max_length=500)


class ContactRowOut(Out):
    contact_id: int
    unit_id: int
    name: str
    channels: list[str]
    labels: list[LabelOut]
    follow_up: FollowUpOut | None
    active_at: datetime | None


class ContactHitOut(Out):
    contact_id: int
    unit_id: int
    name: str
    fields: list[str]


class ConversationHitOut(Out):
    conversation_id: int
    unit_id: int
    contact_id: int
    contact_name: str
    channel: str
    message_id: int
    author: str
    excerpt: str
    at: datetime


class ResultsOut(Out):
    contacts: list[ContactHitOut]
    conversations: list[ConversationHitOut]


class MomentOut(Out):
    kind: str
    id: int
    at: datetime
    actor: str
    actor_name: str
    conversation_id: int | None
    channel: str | None
    text: str
    detail: dict[str, Any]


class TimelineOut(Out):
    contact_id: int
    moments: list[MomentOut]
    withheld: int
    mark: str | None


class PastValueOut(Out):
    value: str
    source: str
    source_name: str
    observed_at: datetime


class ReadingOut(Out):
    id: int
    at: datetime
    actor: str
    actor_name: str
    action: str
    subject: str
    fields: list[str]
    purpose: str


class ChangeIn(Body):
    name: str = Field(max_length=80)
    value: str = Field(max_length=2000)
    seen: Number | None = None


class ChangesIn(Body):
    changes: list[ChangeIn] = Field(min_length=1, max_length=50)


class ChangedOut(Out):
    changed: list[str]


class LabelsIn(Body):
    labels: list[Number] = Field(max_length=50)


class NoteOut(Out):
    id: int
    text: str
    author: str
    author_name: str
    at: datetime


class ExtrasOut(Out):
    """What of a contact the role opens besides its fields; None is not open."""

    labels: list[LabelOut] | None
    notes: list[NoteOut] | None
    follow_up: FollowUpOut | None
    open: list[str]
    """Which of labels, notes and follow_up are open to the role."""
    writable: list[str]
    """Which fields and parts the role may change."""
