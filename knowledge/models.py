"""Tables of the knowledge: what is served, cut into pieces, and the pieces' vectors.

Texts of knowledge are the company's own and not personal: they are stored in clear.
"""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from sqlalchemy import ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from runtime.database import Base, Id, Scoped, now


def new_stamp() -> str:
    return uuid4().hex


class Unit(Base):
    """One row a unit; its stamp changes with every change of the unit's knowledge."""

    __tablename__ = "knowledge_unit"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    unit_id: Mapped[int] = mapped_column(unique=True)
    stamp: Mapped[str] = mapped_column(String(32), default=new_stamp)


class Source(Scoped, Base):
    __tablename__ = "knowledge_source"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(20), default="ready")
    error: Mapped[str | None] = mapped_column(String(300))
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (UniqueConstraint("unit_id", "name"),)


class Document(Scoped, Base):
    __tablename__ = "knowledge_document"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey(Source.id, ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(400))
    title: Mapped[str] = mapped_column(String(300))
    language: Mapped[str] = mapped_column(String(8))
    url: Mapped[str | None] = mapped_column(String(2000))
    text: Mapped[str] = mapped_column(Text, deferred=True)
    digest: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(default=1)
    released: Mapped[bool] = mapped_column(default=True)
    updated_at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (UniqueConstraint("source_id", "name"),)


class Chunk(Scoped, Base):
    """`document.text[start_at:end_at]`; `key` is the hash of what is indexed of it."""

    __tablename__ = "knowledge_chunk"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey(Document.id, ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(64))
    heading: Mapped[str] = mapped_column(Text)
    start_at: Mapped[int]
    end_at: Mapped[int]

    __table_args__ = (UniqueConstraint("document_id", "key"),)


class ChunkVector(Scoped, Base):
    """One engine's vector of a chunk: little-endian half floats, length 1."""

    __tablename__ = "knowledge_vector"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    chunk_id: Mapped[int] = mapped_column(ForeignKey(Chunk.id, ondelete="CASCADE"))
    engine: Mapped[str] = mapped_column(String(80))
    vector: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (UniqueConstraint("chunk_id", "engine"),)
