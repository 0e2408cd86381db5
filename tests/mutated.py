"""A plugin for runs with mutants, in which each call of a function is five: recursion may be deeper."""

from __future__ import annotations

import sys

sys.setrecursionlimit(8_000)
