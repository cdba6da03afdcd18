"""Made-up shop articles, and who may take them in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from access import Grant, Permission, Principal, Role
from runtime import settings
from tests.conftest import serve

if TYPE_CHECKING:
    from knowledge.ingest import FileReport

# As `runtime.start` does, before numpy is imported: BLAS threads beyond the cores cost seconds.
os.environ.setdefault("OMP_NUM_THREADS", "1")

SHOP = {
    "returns.md": "# Returns\n\nYou can send an item back within 30 days of delivery. Returns are "
    "free in the European Union. Worn shoes cannot be returned.\n\n## Refunds\n\nThe money is on "
    "your account five working days after the parcel reached us.",
    "shipping.md": "# Shipping\n\nStandard delivery takes three to five working days. Express "
    "orders placed before noon arrive the next day. Shipping costs 4.90 euro below 50 euro.",
    "payment.md": "# Payment\n\nWe accept credit cards, bank transfer and invoices. An invoice is "
    "due fourteen days after delivery.",
    "warranty.md": "# Warranty\n\nAll lamps carry a warranty of two years. Batteries are covered "
    "for six months.",
    "account.md": "# Your account\n\nReset a forgotten password on the sign-in page. To delete "
    "your account, open Settings and choose Delete.",
    "gifts.md": "# Gift vouchers\n\nVouchers are valid for three years and can be combined.",
    "hours.md": "# Opening hours\n\nThe shop in Vienna is open from Monday to Saturday, 10 to 7.",
    "damage.md": "# Damaged goods\n\nIf something arrives broken, send us a photo within 48 hours. "
    "We send a replacement at no cost.",
}

Ingest = Callable[..., "list[FileReport]"]


@pytest.fixture
def editor() -> Principal:
    grants = (
        Grant(Permission.KNOWLEDGE_READ),
        Grant(Permission.KNOWLEDGE_RELEASE),
        Grant(Permission.KNOWLEDGE_WRITE),
    )
    return Principal("user/1", "user", Role("editor", grants), frozenset({1, 2}))


@pytest.fixture
def reader() -> Principal:
    role = Role("reader", (Grant(Permission.KNOWLEDGE_READ),))
    return Principal("user/2", "user", role, frozenset({1}))


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Mapping[str, str]], Path]:
    """Put texts into a folder of files."""

    def write_files(texts: Mapping[str, str]) -> Path:
        folder = tmp_path / "files"
        for name, text in texts.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return folder

    return write_files


@pytest.fixture
def shop(write: Callable[[Mapping[str, str]], Path]) -> Path:
    return write(SHOP)


@pytest.fixture
def take_in(db: object, editor: Principal) -> Ingest:
    """Ingest a path for unit 1, and serve it, unless told otherwise."""

    def take(
        path: Path, unit_id: int = 1, *, release: bool = True, **options: object
    ) -> list[FileReport]:
        from knowledge import ingest

        reports = ingest.ingest_path(unit_id, path, principal=editor, **options)  # type: ignore[arg-type] # passed through
        if release:
            serve(unit_id)
        return reports

    return take


@pytest.fixture
def with_embedding(configured: settings.Settings) -> Iterator[Callable[[str], None]]:
    """Choose the embedding setting for one test."""

    def choose(name: str, **more: object) -> None:
        settings.use(settings.current().model_copy(update={"embedding": name, **more}))

    yield choose
    settings.use(configured)


@pytest.fixture(autouse=True)
def _no_owner_left() -> Iterator[None]:
    yield
    from knowledge import chroma

    chroma.release()
