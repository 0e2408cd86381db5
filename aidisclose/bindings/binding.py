"""What a hard binding is to the rest: how to check one, and how to write one."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from aidisclose.containers import Layout
from aidisclose.io.digest import Plan, Progress
from aidisclose.io.source import Source


class Outcome(NamedTuple):
    """What checking a hard binding found.

    Attributes:
        mismatch: Why the asset is not the one that was signed, None if it is.
        additional_exclusions: Whether bytes other than the store itself were left out.
    """

    mismatch: str | None = None
    additional_exclusions: bool = False


class Asset(NamedTuple):
    """A media file whose content is checked.

    Attributes:
        source: Its bytes.
        layout: Where things are in it.
        updated: Whether update manifests were added to the store after the content was hashed.
        progress: Called with the number of bytes hashed.
    """

    source: Source
    layout: Layout
    updated: bool = False
    progress: Progress | None = None


class Binding(NamedTuple):
    """One kind of hard binding.

    Attributes:
        code: Start of its status codes: `assertion.dataHash`.
        check: Whether an asset is the one that the assertion binds. Arguments: the asset, the
            fields of the assertion, the hash algorithm where the fields name none.
            Raises `Malformed` if the assertion is.
        plan: What of a file to hash when signing it. The file carries a placeholder store.
        size: How many bytes to reserve for the assertion, whatever the file will be.
        encode: The assertion of exactly this many bytes, for the layout and digest.
    """

    code: str
    check: Callable[[Asset, dict[object, object], str], Outcome]
    plan: Callable[[Layout, str], Plan]
    size: Callable[[], int]
    encode: Callable[[Layout, str, bytes, int], bytes]
