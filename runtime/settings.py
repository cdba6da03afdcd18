"""Everything that can be set from outside, with defaults that work."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, HttpUrl, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from runtime.errors import Misconfigured

SECRETS = (
    "OPENAI_API_KEY",
    "DATABASE_URL",
    "FRONTDESK_OWNER_DATABASE_URL",
    "REDIS_URL",
    "FRONTDESK_EMBEDDING_KEY",
)
"""Variables that may also be given as NAME_FILE, the path of a file that holds the value."""


class Settings(BaseSettings):
    """The process's settings. Names the ecosystem already has are kept."""

    model_config = SettingsConfigDict(
        env_file=".env", frozen=True, populate_by_name=True, extra="ignore"
    )

    data_dir: Path = Field(Path("data"), alias="FRONTDESK_DATA_DIR")
    """Database, vector index and files of the embedded mode."""
    key_file: Path | None = Field(None, alias="FRONTDESK_KEY_FILE")
    """Key-encryption and signing keys. Default: `<data_dir>.key`, beside the data, mode 0600."""
    checkpoint_file: Path | None = Field(None, alias="FRONTDESK_CHECKPOINT_FILE")
    """Signed ledger checkpoints. Default: `<data_dir>.checkpoints`. Better on another volume."""
    database_url: SecretStr | None = Field(None, alias="DATABASE_URL")
    """Default: SQLite under `data_dir`."""
    owner_database_url: SecretStr | None = Field(None, alias="FRONTDESK_OWNER_DATABASE_URL")
    """Of the role that owns the tables: for `frontdesk migrate`, `backup` and `restore` only."""
    single_role: bool = Field(False, alias="FRONTDESK_SINGLE_ROLE")
    """Test installations: let the application's role own the tables or be a superuser."""
    redis_url: SecretStr | None = Field(None, alias="REDIS_URL")
    """Celery's broker. Default: none, jobs run in the web process."""
    chroma_url: HttpUrl | None = Field(None, alias="CHROMA_URL")
    """A Chroma server. Default: embedded under `data_dir`."""
    model_url: HttpUrl | None = Field(None, alias="OPENAI_BASE_URL")
    model_key: SecretStr | None = Field(None, alias="OPENAI_API_KEY")
    """Neither address nor key: answers quote the knowledge base."""
    model_name: str = Field("gpt-4o-mini", alias="FRONTDESK_MODEL")
    model_deadline: float = Field(20.0, gt=0, le=90, alias="FRONTDESK_MODEL_DEADLINE")
    """Seconds a whole turn may think, all model calls together; shorter than a job's lease."""
    embedding: Literal["fast", "quality", "openai"] = Field("fast", alias="FRONTDESK_EMBEDDING")
    embedding_url: HttpUrl | None = Field(None, alias="FRONTDESK_EMBEDDING_URL")
    embedding_key: SecretStr | None = Field(None, alias="FRONTDESK_EMBEDDING_KEY")
    embedding_model: str = Field("text-embedding-3-small", alias="FRONTDESK_EMBEDDING_MODEL")
    presidio: bool = Field(False, alias="FRONTDESK_PRESIDIO")
    """Ask Presidio's analyzer, too, before a text is hidden; needs the extra of that name."""
    public_url: HttpUrl | None = Field(None, alias="PUBLIC_URL")
    """The address customers and platforms reach this server under."""
    telegram_url: HttpUrl = Field(
        HttpUrl("https://api.telegram.org"), alias="FRONTDESK_TELEGRAM_URL"
    )
    graph_url: HttpUrl = Field(HttpUrl("https://graph.facebook.com"), alias="FRONTDESK_GRAPH_URL")
    graph_version: str = Field("v25.0", alias="FRONTDESK_GRAPH_VERSION")
    channel_timeout: float = Field(10.0, gt=0, le=60, alias="FRONTDESK_CHANNEL_TIMEOUT")
    """Seconds one call to a channel may take."""
    own_hosts: str = Field("", alias="FRONTDESK_OWN_HOSTS")
    """Hosts of the inner network that may be read from, "wiki.example,docs.example:8080"; every
    other address that is not public is refused."""
    reply_delay: float = Field(1.5, ge=0, le=30, alias="FRONTDESK_REPLY_DELAY")
    """Seconds of silence to wait for before answering: people type in bursts."""
    workers: int = Field(32, ge=0, le=256, alias="FRONTDESK_WORKERS")
    """Worker threads in the web process; 0 where `frontdesk worker` runs elsewhere."""
    sqlite_full: bool = Field(False, alias="FRONTDESK_SQLITE_FULL")
    """Survive a power loss without losing the last commits, for some 5 ms a commit."""
    secure_cookies: bool = Field(True, alias="FRONTDESK_SECURE_COOKIES")
    """Off only where the desk is served over plain HTTP on an address that is not localhost."""
    password_memory: int = Field(65536, ge=32, alias="FRONTDESK_PASSWORD_MEMORY")
    """Argon2id's memory in KiB; RFC 9106's second recommendation is the default."""
    log_level: str = Field("INFO", alias="LOG_LEVEL")
    failpoint: str | None = Field(None, alias="FRONTDESK_FAILPOINT")
    """Tests only: kill this process at the named failpoint."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.redis_url and not self.database().startswith("postgresql"):
            raise ValueError("REDIS_URL needs PostgreSQL: set DATABASE_URL to postgresql://…")
        if self.owner_database_url and not self.database().startswith("postgresql"):
            raise ValueError(
                "FRONTDESK_OWNER_DATABASE_URL needs DATABASE_URL: the address the application uses"
            )
        if self.embedding == "openai" and not (self.embedding_url or self.model_url):
            raise ValueError(
                "FRONTDESK_EMBEDDING=openai needs FRONTDESK_EMBEDDING_URL or OPENAI_BASE_URL"
            )
        if self.presidio and find_spec("presidio_analyzer") is None:
            raise ValueError(
                "FRONTDESK_PRESIDIO needs an extra: pip install 'frontdesk[presidio]', or unset it"
            )
        return self

    def database(self) -> str:
        """The database's SQLAlchemy address."""
        if self.database_url is None:
            return f"sqlite:///{self.data_dir / 'frontdesk.db'}"
        return _driver(self.database_url.get_secret_value())

    def owner_database(self) -> str:
        """The address under which tables are made: the owner's, where it is another one."""
        if self.owner_database_url is None:
            return self.database()
        return _driver(self.owner_database_url.get_secret_value())

    def keys(self) -> Path:
        return self.key_file or self.data_dir.with_name(self.data_dir.name + ".key")

    def checkpoints(self) -> Path:
        return self.checkpoint_file or self.data_dir.with_name(self.data_dir.name + ".checkpoints")

    @property
    def has_model(self) -> bool:
        return self.model_url is not None or self.model_key is not None


def _driver(url: str) -> str:
    for plain in ("postgres://", "postgresql://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    return url


_current: Settings | None = None


def load(**overrides: Any) -> Settings:
    """Read the environment. Raises `Misconfigured`, naming every variable that is wrong."""
    values: dict[str, Any] = {}
    for name in SECRETS:
        path = os.environ.get(f"{name}_FILE")
        if path:
            try:
                values[name] = Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise Misconfigured(f"{name}_FILE cannot be read: {error.strerror}") from None
    try:
        return Settings(**{**values, **overrides})
    except ValidationError as error:
        # Never the value: it may be a secret.
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'settings'}: {fault['msg']}"
            for fault in error.errors(include_input=False, include_url=False)
        )
        raise Misconfigured(faults) from None


def use(settings: Settings) -> None:
    """Make these the process's settings."""
    global _current
    _current = settings


def current() -> Settings:
    """The process's settings, read from the environment on first use."""
    if _current is None:
        use(load())
        return current()
    return _current
