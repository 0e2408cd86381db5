"""A plugin for runs with mutants: each call of a function is five, so recursion goes deeper."""

from __future__ import annotations

import sys

sys.setrecursionlimit(8_000)
