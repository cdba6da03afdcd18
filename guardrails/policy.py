"""What admins may tune: a policy is plain data, checked as a whole, the same for every part."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Phrase = Annotated[str, Field(min_length=2, max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Term(_Part):
    """A word or phrase that is always hidden, in any spelling of case and accents."""

    value: Phrase
    kind: str = "OTHER"


class Pattern(_Part):
    """A regular expression of the company's own, with texts that show what it must do."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{1,39}$")
    kind: str = "OTHER"
    regex: str = Field(min_length=2, max_length=500)
    finds: tuple[str, ...] = Field(min_length=1, max_length=20)
    """Texts in which it must find something."""
    spares: tuple[str, ...] = Field(min_length=1, max_length=20)
    """Texts in which it must find nothing."""


class Topic(_Part):
    """What the assistant does not talk about: a message with one of these phrases goes to
    people."""

    name: str = Field(min_length=2, max_length=80)
    phrases: tuple[Phrase, ...] = Field(min_length=1, max_length=100)


class Limits(_Part):
    """How much one contact, one address and one unit may use."""

    messages_per_contact_and_hour: int = Field(default=120, ge=1)
    characters_per_message: int = Field(default=8_000, ge=200)
    """What is longer goes to people, unread by any model."""
    model_calls_per_turn: int = Field(default=6, ge=1, le=20)
    tool_calls_per_turn: int = Field(default=12, ge=1, le=100)
    tokens_per_contact_and_day: int = Field(default=200_000, ge=1_000)
    tokens_per_unit_and_day: int = Field(default=20_000_000, ge=1_000)
    money_per_unit_and_day: float | None = Field(default=None, ge=0)
    """In the currency of the two prices below. None: not limited."""
    price_per_million_prompt_tokens: float = Field(default=0.0, ge=0)
    price_per_million_completion_tokens: float = Field(default=0.0, ge=0)


class Policy(_Part):
    """One version of a unit's guardrails. The default is what a new unit starts with."""

    name_threshold: Share = 0.2
    """A word is hidden when the tagger gives it at least this probability of being personal."""
    injection_threshold: Share = 0.5
    """A message that scores at least this much raises a flag; it is never blocked for it."""
    hide: tuple[Term, ...] = Field(default=(), max_length=2_000)
    never_guess: tuple[Phrase, ...] = Field(default=(), max_length=2_000)
    """Words that are not taken for names or addresses: brands, products. Known values and
    structured ones are hidden all the same."""
    patterns: tuple[Pattern, ...] = Field(default=(), max_length=100)
    languages: tuple[str, ...] = Field(default=(), max_length=40)
    """Languages the assistant answers in; empty: all it knows. Others go to people."""
    topics: tuple[Topic, ...] = Field(default=(), max_length=50)
    promises: tuple[Phrase, ...] = Field(default=(), max_length=200)
    """Phrases that no answer may contain, besides the built-in ones."""
    limits: Limits = Limits()


DEFAULT = Policy()
