"""Put placeholders into a text: Presidio's anonymizer applies the operators."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any


@cache
def _engine() -> tuple[Any, Any, Any]:
    # Imported late: it costs a third of a second.
    from presidio_anonymizer import AnonymizerEngine
    from presidio_anonymizer.entities import OperatorConfig, RecognizerResult

    engine: Any = AnonymizerEngine
    return engine(), OperatorConfig, RecognizerResult


def put_in(text: str, places: Sequence[tuple[int, int]], names: Sequence[str]) -> str:
    """Replace `text[start:end]` by its name, for places that do not overlap.

    Each place is a type of its own for the engine, which joins neighbours of one type.
    """
    engine, operator, result = _engine()
    answer = engine.anonymize(
        text=text,
        analyzer_results=[
            result(str(number), start, end, 1.0) for number, (start, end) in enumerate(places)
        ],
        operators={
            str(number): operator("replace", {"new_value": name})
            for number, name in enumerate(names)
        },
        merge_entities_with_spaces=False,
    )
    return str(answer.text)
