"""The least a search can cost: the engine's vector, and its product with every row's."""

from __future__ import annotations

import numpy as np

from knowledge import embedding


class Floor:
    """As many made-up vectors as the knowledge has chunks."""

    def __init__(self, rows: int) -> None:
        dice = np.random.default_rng(1)
        engine = embedding.engine("fast")
        self._vectors = dice.standard_normal((rows, engine.dimensions), dtype=np.float32)

    def search(self, question: str) -> int:
        """The row with the highest product."""
        vector = embedding.embed("fast", [question], query=True)[0]
        return int((self._vectors @ vector).argmax())
