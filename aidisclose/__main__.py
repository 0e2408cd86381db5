"""`python -m aidisclose`."""

from __future__ import annotations

from aidisclose.cli.main import run

if __name__ == "__main__":
    run()
