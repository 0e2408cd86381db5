"""A repository of manifests: what enters, what is found, what stays, in whatever database.

Manifests are content: they are added, and never changed. One that is removed leaves a tombstone, so
that it cannot come back unnoticed. Nothing enters that does not validate, and its bindings are read
from what is believed of it; those that somebody adds later are marked as such.
"""

from __future__ import annotations

import hashlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, TypeVar

from aidisclose import limits
from aidisclose.containers import sidecar
from aidisclose.durable import iscc, matching
from aidisclose.durable.iscc import CodeUnit
from aidisclose.errors import Malformed, VerificationFailed
from aidisclose.manifest import softbinding
from aidisclose.manifest.softbinding import SoftBinding
from aidisclose.manifest.store import parse
from aidisclose.named import NamedTuple
from aidisclose.trust.config import TrustConfig
from aidisclose.validate import validator
from aidisclose.validate.report import state_of
from aidisclose.validate.state import State

R = TypeVar("R", bound="Repository")

#: Values of a statement.
StatementValues = Sequence[object]


class Stored(NamedTuple):
    """The result of storing a manifest.

    Attributes:
        id: Label of its active manifest.
        is_new: Whether it was not there before.
    """

    id: str
    is_new: bool


class Entry(NamedTuple):
    """One manifest as it is kept, or the tombstone of one.

    Attributes:
        id: Label of its active manifest.
        sha256: Of the manifest store, in hexadecimal digits.
        time: The time at which it was stored; of a tombstone, at which it was removed.
        store: The manifest store; None of a tombstone.
        bindings: Those that whoever stored it vouches for; the others are in the store.
    """

    id: str
    sha256: str
    time: datetime
    store: bytes | None = None
    bindings: tuple[SoftBinding, ...] = ()


class Match(NamedTuple):
    """A manifest that a search found. It is not said that it is about the content.

    Attributes:
        id: Label of its active manifest.
        score: Similarity from 0 to 100; 100 only for the same bytes, or the same value.
        is_signed: Whether the manifest itself names the binding, rather than who stored it.
    """

    id: str
    score: int
    is_signed: bool


class Validated(NamedTuple):
    """A manifest store that is fit to be stored.

    Attributes:
        id: Label of its active manifest.
        store: The manifest store.
        bindings: The soft bindings that are signed in it.
    """

    id: str
    store: bytes
    bindings: tuple[SoftBinding, ...]

    @property
    def sha256(self) -> str:
        """Hash of the store, in hexadecimal digits."""
        return hashlib.sha256(self.store).hexdigest()


def validate(store: bytes, at: datetime) -> Validated:
    """A manifest store, once it is shown to be valid by itself.

    Arguments:
        store: The manifest store. Whether it is about any file is not asked, nor whom its signer
            is trusted by.
        at: The time that counts as now.

    Raises:
        VerificationFailed: It is not valid, or larger than `limits.REMOTE_STORE_SIZE`.
    """
    if not sidecar.is_store(store):
        raise VerificationFailed("the credentials are not valid: this is not a manifest store")
    # What is larger no client of a repository fetches, nor could it be sent to one.
    if len(store) > limits.REMOTE_STORE_SIZE:
        raise VerificationFailed(
            f"the manifest store has {len(store)} bytes, more than {limits.REMOTE_STORE_SIZE}"
        )
    try:
        parsed = parse(store)
    except Malformed as error:
        raise VerificationFailed(f"the credentials are not valid: {error}") from None
    # Without an asset, and without what a report says further: a repository takes in millions.
    found = validator.validate(parsed, asset=None, trust=TrustConfig.none(), at=at, online=False)
    believed = found.believed
    if state_of(found) < State.VALID or believed is None:
        failures = [*found.active.failure, *(s for d in found.deltas for s in d.results.failure)]
        codes = ", ".join(dict.fromkeys(each.code for each in failures))
        raise VerificationFailed(f"the credentials are not valid: {codes or 'unreadable'}")
    proven = {item.url for item in believed.subject.assertions}
    signed = softbinding.read(
        each for each in parsed.active.assertions.values() if each.url in proven
    )
    return Validated(parsed.active.label, store, signed)


class Repository(ABC):
    """A repository of manifests; use it as a context manager, from any thread.

    Statements have `?` for every value. Derived classes run them, and know how codes are searched.
    """

    #: Base class of what the database's driver raises.
    failures: type[Exception]

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._is_together = False

    def __enter__(self: R) -> R:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """End the connection."""

    @abstractmethod
    def _run(self, statement: str, values: StatementValues = ()) -> Any:
        """Run a statement, and return its cursor (DB-API 2.0)."""

    @abstractmethod
    def _transaction(self) -> AbstractContextManager[object]:
        """A transaction that commits when its block ends, and rolls back after an exception."""

    @abstractmethod
    def _add_unit(self, unit: CodeUnit, name: str) -> None:
        """Store a code of a manifest, once."""

    @abstractmethod
    def _remove_units(self, name: str) -> None:
        """Remove the codes of a manifest."""

    @abstractmethod
    def _near(self, group: str, units: Sequence[CodeUnit], reach: int) -> dict[int, int]:
        """Numbers of the codes of a group that differ from one of these in few bits: how many."""

    @abstractmethod
    def _same(self, unit: CodeUnit) -> Iterable[int]:
        """Numbers of the codes that are this one, at most `limits.CANDIDATES`."""

    @abstractmethod
    def _discard(self) -> None:
        """Forget what is kept in memory: it may not be what is stored."""

    @abstractmethod
    def _damage(self) -> Iterator[str]:
        """A line for everything that the database itself, or an index of ours, has lost."""

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            with self._lock:
                yield
        except self.failures as error:
            raise OSError(f"the repository cannot be read: {said(error)}") from None

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction: all of it is stored, or nothing."""
        try:
            with self._lock:
                if self._is_together:
                    yield
                    return
                with self._transaction():
                    yield
        except self.failures as error:
            raise OSError(f"the repository cannot be written: {said(error)}") from None

    @contextmanager
    def together(self) -> Iterator[None]:
        """Store what is added within the block in one transaction, which is faster.

        Other threads wait meanwhile. All of it is stored when the block ends, or nothing after an
        exception.

        Raises:
            OSError: The repository cannot be written.
        """
        with self._lock, self._writing():
            if self._is_together:
                yield
                return
            self._is_together = True
            try:
                yield
            except BaseException:
                self._discard()
                raise
            finally:
                self._is_together = False

    def add(
        self, store: bytes, bindings: Iterable[SoftBinding] = (), *, at: datetime | None = None
    ) -> Stored:
        """Store a manifest store under the label of its active manifest.

        Arguments:
            store: The manifest store. Whether it is about any file is not asked.
            bindings: Further values by which it is to be found; who stores it vouches for them.
            at: The time that counts as now.

        Raises:
            VerificationFailed: The store does not validate, or was removed, or another one is
                stored under its label.
            OSError: The repository cannot be written.
        """
        now = at or datetime.now(UTC)
        return self.take(validate(store, now), bindings, at=now)

    def take(
        self, found: Validated, bindings: Iterable[SoftBinding] = (), *, at: datetime
    ) -> Stored:
        """Store what was validated; see `add`.

        Raises:
            VerificationFailed: It was removed, or another one is stored under its label.
            OSError: The repository cannot be written.
        """
        with self._writing():
            done = self._run(
                "INSERT INTO manifest (id, store, sha256, stored_at) VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                (found.id, found.store, found.sha256, at.isoformat()),
            )
            is_new = done.rowcount > 0
            if not is_new:
                self._compare(found)
            self._bind(found.id, found.bindings, is_signed=True)
            self._bind(found.id, bindings, is_signed=False)
        return Stored(found.id, is_new)

    def _compare(self, found: Validated) -> None:
        """Raise VerificationFailed unless this is what is stored."""
        sha256, deleted_at = self._run(
            "SELECT sha256, deleted_at FROM manifest WHERE id = ?", (found.id,)
        ).fetchone()
        # Whoever had it taken down must not have to ask again after the next upload.
        if deleted_at:
            raise VerificationFailed(f"{found.id} was removed from the repository")
        if sha256 != found.sha256:
            raise VerificationFailed(f"another manifest store is stored as {found.id}")

    def _bind(self, name: str, bindings: Iterable[SoftBinding], *, is_signed: bool) -> None:
        for each in bindings:
            if each.scope is not None:  # about a part: other content may have the same
                continue
            self._run(
                "INSERT INTO binding (alg, value, manifest_id, is_signed) VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                (each.alg, each.value, name, int(is_signed)),
            )
            for unit in units(each):
                self._add_unit(unit, name)

    def bind(self, name: str, binding: SoftBinding, *, replaces: bool = False) -> bool:
        """Let a stored manifest be found by a further value, which who asks for it vouches for.

        Arguments:
            name: Label of its active manifest.
            binding: The value.
            replaces: Whether other manifests are no longer found by the same value, unless they
                name it themselves; false is returned then if none was found by it.

        Returns:
            False if the manifest is not there.

        Raises:
            OSError: The repository cannot be written.
        """
        with self._writing():
            if not self._is_kept(name):
                return False
            if replaces:
                rows = self._run(
                    "SELECT manifest_id, is_signed FROM binding WHERE alg = ? AND value = ?",
                    (binding.alg, binding.value),
                ).fetchall()
                if not rows:
                    return False
                for other, is_signed in rows:
                    if other != name and not is_signed:
                        self._unbind(other, binding)
            self._bind(name, (binding,), is_signed=False)
        return True

    def _unbind(self, name: str, binding: SoftBinding) -> None:
        """Take a value from a manifest; codes that another of its values has as well are kept."""
        self._run(
            "DELETE FROM binding WHERE alg = ? AND value = ? AND manifest_id = ?",
            (binding.alg, binding.value, name),
        )
        self._remove_units(name)
        self._discard()
        rows = self._run("SELECT alg, value FROM binding WHERE manifest_id = ?", (name,)).fetchall()
        for alg, value in rows:
            for unit in units(SoftBinding(alg, value)):
                self._add_unit(unit, name)

    def _is_kept(self, name: str) -> bool:
        row = self._run(
            "SELECT 1 FROM manifest WHERE id = ? AND deleted_at IS NULL", (name,)
        ).fetchone()
        return row is not None

    def get(self, name: str) -> bytes | None:
        """The manifest store whose active manifest has this label; None if there is none."""
        entry = self.entry(name)
        return entry.store if entry is not None else None

    def entry(self, name: str) -> Entry | None:
        """The manifest under a label, without its bindings; None if there is none."""
        with self._reading():
            row = self._run(
                "SELECT id, sha256, coalesce(deleted_at, stored_at), store FROM manifest"
                " WHERE id = ?",
                (name,),
            ).fetchone()
        if row is None:
            return None
        found, digest, time, store = row
        return Entry(found, digest, _time(time), store)

    def remove(self, name: str, *, at: datetime | None = None) -> bool:
        """Leave a tombstone in place of a manifest; False if it is not there.

        Raises:
            OSError: The repository cannot be written.
        """
        now = (at or datetime.now(UTC)).isoformat()
        with self._writing():
            done = self._run(
                "UPDATE manifest SET deleted_at = ?, store = NULL"
                " WHERE id = ? AND deleted_at IS NULL",
                (now, name),
            )
            self._remove_units(name)
            self._run("DELETE FROM binding WHERE manifest_id = ?", (name,))
            self._run("DELETE FROM receipt WHERE manifest_id = ?", (name,))
            self._discard()
        return bool(done.rowcount > 0)

    def bury(self, name: str, digest: str, *, at: datetime) -> bool:
        """Leave a tombstone of a manifest that was never here; False if something is.

        Raises:
            OSError: The repository cannot be written.
        """
        with self._writing():
            done = self._run(
                "INSERT INTO manifest (id, sha256, stored_at, deleted_at) VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                (name, digest, at.isoformat(), at.isoformat()),
            )
        return bool(done.rowcount > 0)

    def receipt(self, name: str) -> str | None:
        """The receipt that was issued for a manifest; None if none was."""
        with self._reading():
            row = self._run(
                "SELECT receipt.content FROM receipt WHERE manifest_id = ?", (name,)
            ).fetchone()
        return row[0] if row else None

    def keep_receipt(self, name: str, content: str) -> str:
        """Keep the receipt of a manifest that is here; the one that was kept first counts.

        Returns:
            What is kept.

        Raises:
            OSError: The repository cannot be written.
        """
        with self._writing():
            self._run(
                "INSERT INTO receipt (manifest_id, content) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (name, content),
            )
        kept = self.receipt(name)
        return content if kept is None else kept

    def entries(self) -> Iterator[Entry]:
        """Everything that is kept, tombstones included, in the order of the labels.

        Raises:
            OSError: The repository cannot be read.
        """
        # One at a time: a store may have megabytes, and in between others get the lock.
        last = ""
        while True:
            with self._reading():
                row = self._run(
                    "SELECT id, sha256, coalesce(deleted_at, stored_at), store FROM manifest"
                    " WHERE id > ? ORDER BY id LIMIT 1",
                    (last,),
                ).fetchone()
                if row is None:
                    return
                last, digest, time, store = row
                rows = self._run(
                    "SELECT alg, value FROM binding WHERE manifest_id = ? AND is_signed = 0",
                    (last,),
                ).fetchall()
            bindings = tuple(SoftBinding(*each) for each in rows)
            yield Entry(last, digest, _time(time), store, bindings)

    def by_binding(self, binding: SoftBinding, most: int = 10) -> list[Match]:
        """Manifests bound to this value, or to a similar fingerprint, the most similar first.

        Raises:
            Malformed: The value is not one of its algorithm.
        """
        if binding.alg == iscc.ALG:
            return self.near(iscc.searched(binding.value), most)
        with self._reading():
            rows = self._run(
                "SELECT manifest_id, is_signed FROM binding WHERE alg = ? AND value = ?"
                " ORDER BY is_signed DESC, manifest_id LIMIT ?",
                (binding.alg, binding.value, min(most, limits.CANDIDATES)),
            ).fetchall()
        return [Match(name, matching.IDENTICAL, bool(is_signed)) for name, is_signed in rows]

    def near(self, codes: Iterable[CodeUnit], most: int = 10) -> list[Match]:
        """Manifests with a unit like one of these: `matching.reach` says how many bits may differ.

        The search is exact: every code is compared. Units of data are compared as they are.

        Arguments:
            codes: Units of 256 bits.
            most: Largest number to return, at most `limits.CANDIDATES`.
        """
        found: dict[int, int] = {}
        wanted: dict[str, list[CodeUnit]] = {}
        for unit in codes:
            wanted.setdefault(unit.group, []).append(unit)
        for group, alike in wanted.items():
            with self._reading():
                if alike[0].kind == iscc.CONTENT:
                    near = self._near(group, alike, matching.reach(alike[0].subtype))
                    found |= {number: matching.score(apart) for number, apart in near.items()}
                    continue
                same = alike[0].kind == iscc.INSTANCE
                score = matching.IDENTICAL if same else matching.score(0)
                for unit in alike:
                    found |= dict.fromkeys(self._same(unit), score)
        best: dict[str, Match] = {}
        for number, score in sorted(found.items(), key=lambda item: -item[1]):
            with self._reading():
                row = self._run(
                    "SELECT manifest_id, (SELECT count(*) FROM binding WHERE is_signed = 1"
                    " AND alg = ? AND binding.manifest_id = unit.manifest_id)"
                    " FROM unit WHERE number = ?",
                    (iscc.ALG, number),
                ).fetchone()
            if row:
                best.setdefault(row[0], Match(row[0], score, bool(row[1])))
            if len(best) >= min(most, limits.CANDIDATES):
                break
        return list(best.values())

    def names(self) -> list[str]:
        """Labels of all manifests, without those that were removed."""
        with self._reading():
            rows = self._run("SELECT id FROM manifest WHERE deleted_at IS NULL").fetchall()
        return [name for (name,) in rows]

    def problems(self) -> Iterator[str]:
        """A line for everything that was lost or changed; none if all is as it was stored.

        The database itself is examined, and every manifest hashed.
        """
        try:
            with self._lock:
                yield from self._damage()
                yield from self._changed()
        except self.failures as error:
            yield f"the repository is damaged: {said(error)}"

    def _changed(self) -> Iterator[str]:
        last = ""
        while True:
            row = self._run(
                "SELECT id, store, sha256 FROM manifest WHERE deleted_at IS NULL AND id > ?"
                " ORDER BY id LIMIT 1",
                (last,),
            ).fetchone()
            if row is None:
                return
            last, store, digest = row
            if store is None or hashlib.sha256(store).hexdigest() != digest:
                yield f"{last}: the manifest store is not the one that was stored"
                continue
            yield from self._unfindable(last)

    def _unfindable(self, name: str) -> Iterator[str]:
        """A line if a manifest has other codes than its bindings."""
        bound = self._run("SELECT alg, value FROM binding WHERE manifest_id = ?", (name,))
        wanted = {
            (unit.group, unit.body)
            for alg, value in bound.fetchall()
            for unit in units(SoftBinding(alg, value))
        }
        rows = self._run("SELECT kind, bits FROM unit WHERE manifest_id = ?", (name,)).fetchall()
        if {(kind, self._body(bits)) for kind, bits in rows} != wanted:
            yield f"{name}: it is not found by all that it is bound to"

    @staticmethod
    def _body(bits: Any) -> bytes:
        """The body of a code as the database returns it."""
        return bytes(bits)


#: Characters of what a driver says.
_SAID: Final = 300


def said(error: Exception) -> str:
    """The first line of a driver's message, which holds neither a statement nor an address."""
    return str(error).strip().partition("\n")[0][:_SAID]


def _time(text: str) -> datetime:
    """A time of the database.

    Raises:
        OSError: It is none: the database was damaged, or somebody else made it.
    """
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise OSError("the repository cannot be read: a time in it is not one") from None


def units(binding: SoftBinding) -> tuple[CodeUnit, ...]:
    """The units of a fingerprint by which it can be found; none of what is not one."""
    if binding.alg != iscc.ALG:
        return ()
    try:
        return iscc.searched(binding.value)
    except Malformed:
        return ()
