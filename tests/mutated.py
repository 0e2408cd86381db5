"""Which changes of code a test must not notice, because they change nothing: see tests/mutants.md."""

from __future__ import annotations

import sys

sys.setrecursionlimit(8_000)
