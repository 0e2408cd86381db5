"""Actors who are named in an update: they vouch for content that somebody else has bound."""

from __future__ import annotations

import pytest

import aidisclose as ad
from aidisclose.containers import CONTAINERS
from aidisclose.errors import UsageError
from aidisclose.manifest.store import ManifestKind
from tests.containers import samples
from tests.identity.test_writing import read, signed
from tests.issuing import Issued

NAMES = ad.Update(names_actors=True)
FORMATS = [item for item in CONTAINERS if item.name in ("JPEG", "PNG", "MP4", "WAV", "TIFF")]


def updated(issued: Issued, data: bytes, *actors: ad.Actor, **options: object) -> bytes:
    return signed(issued, *actors, source=data, disclosure=None, **({"update": NAMES} | options))


def actor(issued: Issued, *references: str) -> ad.Actor:
    return ad.Actor(
        signer=issued("ed25519").signer(), roles=("cawg.publisher",), references=references
    )


@pytest.mark.parametrize("container", FORMATS, ids=lambda item: item.name)
def test_an_update_names_an_actor(container: object, issued: Issued) -> None:
    data = next(iter(samples.of(container))).data()  # type: ignore[arg-type]
    first = signed(issued, source=data, update_room=40_000)
    report = read(updated(issued, first, actor(issued)), issued)
    assert report.state is ad.State.TRUSTED, report.failures
    assert report.integrity is ad.Integrity.INTACT
    assert report.store is not None
    before, active = report.store.manifests.values()
    assert active.kind is ManifestKind.UPDATE
    [found] = report.identities
    assert found.standing is ad.IdentityStanding.TRUSTED
    assert found.roles == ("cawg.publisher",)
    [reference] = found.references
    assert reference.startswith(f"self#jumbf=/c2pa/{before.label}/c2pa.assertions/c2pa.hash.")


def test_an_update_of_an_update_refers_to_the_same_binding(issued: Issued) -> None:
    first = updated(issued, signed(issued), actor(issued))
    report = read(updated(issued, first, actor(issued, "c2pa.actions.v2"), compress=True), issued)
    assert report.state is ad.State.TRUSTED, report.failures
    assert report.store is not None
    oldest = next(iter(report.store.manifests))
    [found] = report.identities
    assert found.standing is ad.IdentityStanding.TRUSTED
    assert [each.split("/")[-1] for each in found.references] == [
        "c2pa.hash.data",
        "c2pa.actions.v2",
    ]
    assert oldest in found.references[0]


def test_an_update_that_is_an_ingredient_refers_to_what_it_updates(issued: Issued) -> None:
    """The binding that counts for an update is that of the asset it updates, wherever it stands."""
    update = updated(issued, signed(issued), actor(issued))
    edited = signed(issued, actor(issued), source=update)
    report = read(edited, issued)
    assert report.state is ad.State.TRUSTED
    assert report.validation is not None
    # The picture, the update of it, and what was made from both.
    assert len(report.validation.manifests) == 3
    named = report.validation.identities.values()
    standings = [each.standing for found in named for each in found]
    assert standings == [ad.IdentityStanding.TRUSTED] * 2
    codes = {each.code for found in report.validation.manifests.values() for each in found.failure}
    assert not {code for code in codes if code.startswith("cawg.")}


def test_another_file_does_not_keep_the_actor(issued: Issued) -> None:
    data = updated(issued, signed(issued), actor(issued))
    report = read(data + b"more", issued)
    assert report.state is ad.State.INVALID


def test_an_update_with_nothing_but_actors_says_so() -> None:
    with pytest.raises(UsageError, match="an update adds something"):
        ad.Update()
