"""Versions of the C2PA specification that can be written."""

from __future__ import annotations

from enum import Enum
from typing import Self

from aidisclose.errors import UsageError


class Spec(Enum):
    """A version of the C2PA specification; the value is its text."""

    V2_2 = "2.2"
    V2_4 = "2.4"
    V2_5 = "2.5"

    @classmethod
    def of(cls, version: Spec | str) -> Self:
        """The version with this text.

        Raises:
            UsageError: Its manifests cannot be written.
        """
        try:
            return cls(version)
        except ValueError:
            known = ", ".join(each.value for each in cls)
            raise UsageError(
                f"unknown specification version {version!r} (choose from {known})"
            ) from None

    @property
    def number(self) -> tuple[int, int]:
        """Major and minor version, for comparison."""
        major, minor = self.value.split(".")
        return int(major), int(minor)

    def has(self, since: tuple[int, int]) -> bool:
        """Whether this version has what the specification has `since` another one."""
        return self.number >= since

    def __str__(self) -> str:
        return self.value
