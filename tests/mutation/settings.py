"""A plugin for runs with mutants: few examples, always the same."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("mutated", deadline=None, derandomize=True, max_examples=20)
