"""A request to sign: all but the files and the key, checked before any file is touched."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from aidisclose import arguments, limits
from aidisclose.bindings import BINDINGS
from aidisclose.errors import UsageError
from aidisclose.frozen import dataclass, field
from aidisclose.io.source import Readable
from aidisclose.manifest.disclosure import Disclosure, check_text
from aidisclose.manifest.softbinding import SoftBinding
from aidisclose.manifest.spec import Spec
from aidisclose.signing.definition import Definition
from aidisclose.signing.manifest_content import Component
from aidisclose.signing.tsa import Authority
from aidisclose.signing.update import Update

#: Hard bindings that are read, but not written any more. C2PA 2.2 §18.6.1 knows the third version
#: only. The first hashes no offsets of boxes, so that these can change places.
_OLD: Final = ("c2pa.hash.bmff", "c2pa.hash.bmff.v2")
#: Labels of the hard bindings that can be written.
WRITABLE: Final = tuple(name for name in BINDINGS if name not in _OLD)

_LEAST_RESERVE: Final = 1_000


@dataclass(frozen=True, kw_only=True)
class Timestamping:
    """The settings of time stamps.

    Attributes:
        authorities: Time stamp authorities, asked one after the other until one gives a good time
            stamp. They are sent the hash of the signature, never the file.
        is_required: Whether signing fails if none does; otherwise that is a warning.
        reserve: Bytes that are kept free for the time stamp, from 1,000 to
            `limits.TIMESTAMP_SIZE`; those of most authorities have 3,000 to 7,000.

    Raises:
        UsageError: A time stamp is required, and no authority is named, or the reserve is out of
            its range.
    """

    authorities: tuple[Authority, ...] = ()
    is_required: bool = False
    reserve: int = limits.TIMESTAMP_ROOM

    def __post_init__(self) -> None:
        if not _LEAST_RESERVE <= self.reserve <= limits.TIMESTAMP_SIZE:
            most = f"{limits.TIMESTAMP_SIZE:,}"
            raise UsageError(f"reserve {self.reserve:,} is out of range: 1,000 to {most} bytes")
        if self.is_required and not self.authorities:
            raise UsageError("a time stamp is required, but no authority is named")


@dataclass(frozen=True, kw_only=True)
class SignRequest:
    """The declaration about an asset, and the form of its manifest.

    Attributes:
        statement: The declaration, or the addition to credentials that does not touch the content.
        parent: The file that the asset was made from, if that is another file than the source.
        ingredients: Files that the asset was made from besides its parent.
        title: Name of the asset in the claim; None takes the file name of the source.
        spec: Version of the specification to follow.
        binding: Label of the hard binding, one of `WRITABLE`; None takes the one that suits the
            format.
        xmp: Whether to write a disclosure as XMP too, merged into what is there; None for wherever
            that can be done. A manifest definition leaves XMP as it is.
        at: The time that counts as now, with time zone; None for the time of signing.
        stamping: The way in which the signature is time-stamped.
        staples: OCSP responses to embed, as `fetch_ocsp` returns them; they are not checked.
        soft_bindings: Values by which the manifest can be found again; they are not checked.
        watermark: Algorithm of the watermark that is embedded in the content before it is signed,
            and declared: one of `durable.watermark.names`. Of a picture; None for none.
        thumbnail: Whether the manifest gets a small copy of the picture.
        wraps: Whether a source that has no place for a store is put into a form of its format that
            has one, its content unchanged.
        compresses: Whether the new manifest is written as a compressed manifest.
        update_room: Bytes that are left free behind the store in files in which its size is
            signed, so that later updates find a place.
        requires_valid_source: Whether it is an error, rather than a warning, if the source or
            another ingredient carries credentials that are invalid.

    Raises:
        UsageError: A value is unknown, or contradicts another one.
    """

    statement: Disclosure | Definition | Update
    parent: Readable | None = None
    ingredients: tuple[Component, ...] = ()
    title: str | None = None
    spec: Spec = Spec.V2_4
    binding: str | None = None
    xmp: bool | None = None
    at: datetime | None = None
    stamping: Timestamping = field(default_factory=Timestamping)
    staples: tuple[bytes, ...] = ()
    soft_bindings: tuple[SoftBinding, ...] = ()
    watermark: str | None = None
    thumbnail: bool = False
    wraps: bool = False
    compresses: bool = False
    update_room: int = 0
    requires_valid_source: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.statement, Disclosure | Definition | Update):
            raise TypeError(
                "what is declared is an aidisclose.Disclosure (or a manifest definition or an "
                f'update), such as Disclosure(ai="generated"), not {self.statement!r:.80}'
            )
        if self.binding is not None and self.binding not in WRITABLE:
            known = ", ".join(WRITABLE)
            raise UsageError(f"unknown hard binding {self.binding!r} (choose from {known})")
        check_text(self.title, "title")
        arguments.moment("at", self.at)
        if isinstance(self.statement, Disclosure):
            self.statement.check_spec(self.spec)
        # A definition says in its own words what its manifest declares; nothing is there to be
        # translated into XMP.
        elif self.xmp:
            kind = "an update" if isinstance(self.statement, Update) else "a manifest definition"
            raise UsageError(f"{kind} leaves XMP as it is; leave xmp out")
        if self.watermark is not None:
            self._check_watermark()
        if not 0 <= self.update_room <= limits.UPDATE_ROOM:
            raise UsageError(f"update room is out of range: 0 to {limits.UPDATE_ROOM:,} bytes")
        if isinstance(self.statement, Update):
            self._check_update(self.statement)

    def _check_watermark(self) -> None:
        """Raise UsageError for what does not go with a watermark."""
        if not isinstance(self.statement, Disclosure):
            raise UsageError("a watermark goes with a disclosure: a definition declares its own")
        # Two statements about one watermark could contradict each other, in a manifest that vouches
        # for both.
        if self.statement.watermark is not None:
            raise UsageError("the disclosure declares a watermark that is there already")

    def _check_update(self, update: Update) -> None:
        """Raise UsageError for what only a standard manifest can say or need."""
        if self.parent is not None or self.ingredients:
            raise UsageError("an update has no other ingredient than the asset itself")
        if self.binding is not None or self.soft_bindings or self.update_room:
            raise UsageError("an update binds nothing: leave out bindings and update room")
        if self.thumbnail:
            # C2PA 2.5 §11.2.3: an update manifest has no thumbnail assertion.
            raise UsageError("an update has no thumbnail: the content stays as it is")
        if update.stamps and not self.stamping.authorities:
            raise UsageError("time stamps need an authority")
