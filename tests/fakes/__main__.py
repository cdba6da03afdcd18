"""`python -m tests.fakes --port N`: both platforms on 127.0.0.1."""

from __future__ import annotations

import argparse

import uvicorn

from tests.fakes.app import create_app


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.fakes", description=__doc__)
    parser.add_argument("--port", type=int, default=8081)
    given = parser.parse_args()
    uvicorn.run(create_app(), host="127.0.0.1", port=given.port, log_level="warning", ws="none")


if __name__ == "__main__":
    main()
