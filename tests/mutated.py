"""A plugin for runs with mutants, where each call of a function is five: recursion goes deeper."""

from __future__ import annotations

import sys

from hypothesis import settings

sys.setrecursionlimit(8_000)
settings.register_profile("mutated", deadline=None, derandomize=True, max_examples=20)
