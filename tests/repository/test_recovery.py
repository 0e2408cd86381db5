"""What a repository leads to, and what of that its manifests say themselves."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

import aidisclose as ad
from aidisclose.manifest.softbinding import SoftBinding
from aidisclose.repository.recovery import Means, Recovered, Traces, recover, trace
from aidisclose.repository.repository import Repository
from aidisclose.repository.sqlite import SqliteRepository
from tests.durable.pictures import encoded, scene
from tests.issuing import Issued
from tests.repository.stores import printed, signed

MARK = SoftBinding("com.adobe.trustmark.P", b"\x01\x02")


def found(repository: Repository, traces: Traces) -> list[Recovered]:
    return list(recover(traces, repository, trust=ad.TrustConfig.none()))


def of(seed: int) -> Traces:
    return trace(io.BytesIO(encoded(scene(seed).resize((240, 180)), "JPEG", quality=50)))


def test_a_fingerprint_is_signed_only_if_it_is_the_one_that_led_there(
    repository: Repository, issued: Issued
) -> None:
    """Who may bind values could have other content found as what somebody signed."""
    name = repository.add(signed(issued, scene(1), printed(scene(1)))).id
    assert repository.bind(name, printed(scene(2)))
    [own] = found(repository, of(1))
    [other] = found(repository, of(2))
    assert (own.id, own.is_signed) == (name, True)
    assert (other.id, other.is_signed) == (name, False)


def test_a_watermark_is_signed_only_if_its_manifest_names_it(
    repository: Repository, issued: Issued
) -> None:
    name = repository.add(signed(issued, scene(1), MARK)).id
    other = SoftBinding(MARK.alg, b"\x03")
    assert repository.bind(name, other)
    for mark, is_signed in ((MARK, True), (other, False)):
        [one] = found(repository, Traces(watermarks=(mark,)))
        assert (one.is_signed, one.means) == (is_signed, Means.WATERMARK)


@contextmanager
def changed(path: Path, statement: str) -> Iterator[SqliteRepository]:
    """A repository in which somebody changed more than it allows."""
    with closing(sqlite3.connect(path)) as database:
        [kept] = database.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'manifest_is_kept'"
        ).fetchone()
        database.executescript(f"DROP TRIGGER manifest_is_kept; {statement}; {kept};")
    with SqliteRepository(path) as repository:
        yield repository


@pytest.fixture
def path(tmp_path: Path, issued: Issued) -> Path:
    with SqliteRepository(tmp_path / "r.sqlite", create=True) as repository:
        repository.add(signed(issued, scene(1)), [printed(scene(1))])
    return tmp_path / "r.sqlite"


def test_what_a_repository_says_of_a_binding_is_compared(path: Path) -> None:
    with changed(path, "UPDATE binding SET is_signed = 1") as repository:
        [match] = repository.near(of(1).units)
        assert match.is_signed
        [one] = found(repository, of(1))
        assert not one.is_signed


def test_a_manifest_under_the_label_of_another_one_is_not_shown(path: Path) -> None:
    statement = (
        "UPDATE manifest SET id = 'urn:c2pa:x'; UPDATE unit SET manifest_id = 'urn:c2pa:x';"
        "UPDATE binding SET manifest_id = 'urn:c2pa:x'"
    )
    with changed(path, statement) as repository:
        assert repository.near(of(1).units)
        assert found(repository, of(1)) == []


def test_a_time_that_is_none_is_our_error(path: Path) -> None:
    with changed(path, "UPDATE manifest SET stored_at = 'x'") as repository:
        with pytest.raises(OSError, match="a time in it"):
            found(repository, of(1))
        with pytest.raises(OSError, match="a time in it"):
            list(repository.entries())
