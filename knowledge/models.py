"""Tables of the knowledge: what was written, what of it is served, and its pieces with vectors.

Texts of knowledge are the company's own and not personal: they are stored in clear. A version never
changes; what is served is a matter of releases alone.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import JSON, Date, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from knowledge.states import Audience, ReleaseKind, ReleaseState, SourceKind
from runtime.database import Base, Id, Scoped, Word, now


def new_stamp() -> str:
    return uuid4().hex


class Unit(Base):
    """One row a unit; its stamp changes with every change of what may be served."""

    __tablename__ = "knowledge_unit"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    unit_id: Mapped[int] = mapped_column(unique=True)
    stamp: Mapped[str] = mapped_column(String(32), default=new_stamp)
    live: Mapped[int] = mapped_column(default=0)
    """The number of the release that is served; 0 before the first."""
    newest: Mapped[int] = mapped_column(default=0)
    """The number given last."""
    canary: Mapped[int | None]
    """The release that a share of the conversations is answered from."""
    canary_share: Mapped[int] = mapped_column(default=0)
    generation: Mapped[int] = mapped_column(default=0)
    """Which of the unit's Chroma collections is whole: the next one is built beside it."""


class Source(Scoped, Base):
    __tablename__ = "knowledge_source"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[SourceKind] = mapped_column(Word(SourceKind, 20), default=SourceKind.FILES)
    state: Mapped[str] = mapped_column(String(20), default="ready")
    error: Mapped[str | None] = mapped_column(String(300))
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    """Files or pages of the run that is going on, and how many of them are done."""
    reports: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """What the last run said of files that failed or changed."""
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Of a site: its start, limits and how often it is read again."""
    due_at: Mapped[datetime | None]
    """When a site is read again."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (UniqueConstraint("unit_id", "name"),)


class Document(Scoped, Base):
    """One text under a name of its own; `head` is its newest version, served or not."""

    __tablename__ = "knowledge_document"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey(Source.id, ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(400))
    head: Mapped[int] = mapped_column(default=0)
    removed: Mapped[bool] = mapped_column(default=False)
    """Whether the next release takes it out."""
    fetched: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What the web server said of a page, to ask only for what has changed."""

    __table_args__ = (UniqueConstraint("source_id", "name"),)


class Version(Scoped, Base):
    """One state of a document. Its content never changes."""

    __tablename__ = "knowledge_version"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey(Document.id, ondelete="CASCADE"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(300))
    language: Mapped[str] = mapped_column(String(8))
    url: Mapped[str | None] = mapped_column(String(2000))
    audience: Mapped[Audience] = mapped_column(Word(Audience, 20), default=Audience.PUBLIC)
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    """The last day on which it holds."""
    text: Mapped[str] = mapped_column(Text, deferred=True)
    digest: Mapped[str] = mapped_column(String(64))
    signs: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """Why somebody should read it again: it seems to give orders to the assistant."""
    author: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (UniqueConstraint("document_id", "number"),)


class Serving(Scoped, Base):
    """A version is part of the releases `since` <= number < `until` (none: of all since)."""

    __tablename__ = "knowledge_serving"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey(Version.id, ondelete="CASCADE"), index=True)
    since: Mapped[int]
    until: Mapped[int | None]


class Release(Scoped, Base):
    """A set of changes on top of `base`; it has a number from the moment it is served."""

    __tablename__ = "knowledge_release"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    number: Mapped[int | None]
    kind: Mapped[ReleaseKind] = mapped_column(Word(ReleaseKind, 20), default=ReleaseKind.CHANGE)
    state: Mapped[ReleaseState] = mapped_column(Word(ReleaseState, 20))
    base: Mapped[int]
    author: Mapped[str] = mapped_column(String(80))
    note: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime] = mapped_column(default=now)
    report: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """What the rehearsal found; ids and names only, no text of a customer."""
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None]
    override: Mapped[str | None] = mapped_column(String(300))
    """Why it was released although the rehearsal failed."""

    __table_args__ = (UniqueConstraint("unit_id", "number"),)


class Change(Scoped, Base):
    """One document's part in a release: the version that comes in, or none if it goes."""

    __tablename__ = "knowledge_change"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    release_id: Mapped[int] = mapped_column(ForeignKey(Release.id, ondelete="CASCADE"), index=True)
    document_id: Mapped[int | None] = mapped_column(ForeignKey(Document.id, ondelete="SET NULL"))
    version_id: Mapped[int | None] = mapped_column(ForeignKey(Version.id, ondelete="SET NULL"))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey(Version.id, ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(String(10))
    """added, changed or removed."""
    name: Mapped[str] = mapped_column(String(400))


class Chunk(Scoped, Base):
    """`version.text[start_at:end_at]`; `key` is the hash of what is indexed of it."""

    __tablename__ = "knowledge_chunk"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey(Version.id, ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(64), index=True)
    heading: Mapped[str] = mapped_column(Text)
    start_at: Mapped[int]
    end_at: Mapped[int]

    __table_args__ = (UniqueConstraint("version_id", "key"),)


class ChunkVector(Scoped, Base):
    """One engine's vector of an indexed text, shared by all chunks with that text in the unit:
    little-endian half floats, length 1. Its words, counted, are kept in the same way (JSON)."""

    __tablename__ = "knowledge_vector"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(64))
    engine: Mapped[str] = mapped_column(String(80))
    vector: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (UniqueConstraint("unit_id", "key", "engine"),)


class Case(Scoped, Base):
    """A question of the unit's regression set, and what every release must make of it."""

    __tablename__ = "knowledge_case"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    question: Mapped[str] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(String(8))
    expects: Mapped[str] = mapped_column(String(10))
    """"answer" or "person"."""
    document: Mapped[str | None] = mapped_column(String(400))
    """The name of the document that has to be cited."""
    holds: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """Words that the answer must contain, a price for instance."""
    author: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(default=now)


class Gap(Scoped, Base):
    """A question that found no answer, masked before it was kept."""

    __tablename__ = "knowledge_gap"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    message_id: Mapped[int] = mapped_column(Id)
    conversation_id: Mapped[int] = mapped_column(Id)
    language: Mapped[str] = mapped_column(String(8))
    question: Mapped[str] = mapped_column(Text)
    cluster: Mapped[int | None] = mapped_column(Id, index=True)
    """The gap that this one asks the same as; None: it stands for its cluster."""
    state: Mapped[str] = mapped_column(String(10), default="open")
    """open, drafted or dismissed; of the one that stands for the cluster."""
    created_at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (UniqueConstraint("unit_id", "message_id"),)


class Calibration(Scoped, Base):
    """When a unit's assistant dares to answer, fitted on questions of the unit itself."""

    __tablename__ = "knowledge_calibration"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    setting: Mapped[str] = mapped_column(String(40))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    author: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (UniqueConstraint("unit_id", "setting"),)
