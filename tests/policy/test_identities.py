"""What a policy of one's own requires of actors whom a file names besides its signer."""

from __future__ import annotations

import io

import pytest

import aidisclose as ad
from aidisclose.policy.own import parse
from aidisclose.signing.credentials import ROOT
from tests.identity.test_codes import NOW, by_credential, identified, wrong_hash
from tests.identity.test_codes import issuer as issuer_of
from tests.issuing import Issued
from tests.manifest.build import TRUST
from tests.render import media

ANN = "Signer"
GENERATED = ad.Disclosure(ai="generated")


def signed(issued: Issued, *algs: str) -> bytes:
    """A file that names an actor for each algorithm; the second one is a publisher."""
    out = io.BytesIO()
    roles = ("cawg.creator", "cawg.publisher")
    actors = [
        ad.Actor(signer=issued(alg).signer(), roles=(role,))
        for alg, role in zip(algs, roles, strict=False)
    ]
    ad.sign(
        media.picture(),
        out,
        disclosure=GENERATED,
        signer=issued("es256").signer(),
        actors=actors,
    )
    return out.getvalue()


def judge(table: str, report: ad.Report) -> ad.Finding:
    [found] = ad.check(report, [parse(f"version = 1\n[[require]]\n{table}")])
    return found


def verify(data: bytes, issued: Issued, *trusted: str) -> ad.Report:
    config = ad.TrustConfig.from_pem((issued("es256").folder / ROOT).read_bytes())
    for alg in trusted:
        config |= ad.TrustConfig.for_identities((issued(alg).folder / ROOT).read_bytes())
    return ad.verify(data, trust=config)


#: Requirement → the actors of the file, whose authorities are trusted, and what is found.
REQUIREMENTS = [
    ('identity = "valid"', (), (), "fail", "no valid identity assertion"),
    ('identity = "valid"', ("ed25519",), (), "pass", ANN),
    ('identity = "trusted"', ("ed25519",), (), "fail", "nobody whom you trust"),
    ('identity = "trusted"', ("ed25519",), ("ed25519",), "pass", ANN),
    ('identity = "trusted"', ("es384", "ed25519"), ("ed25519",), "pass", ANN),
    (f'actors = ["{ANN}"]', ("ed25519",), ("ed25519",), "pass", ANN),
    (f'actors = ["{ANN}"]', ("ed25519",), (), "fail", "nobody whom you trust"),
    ('actors = ["aidisclose test credentials"]', ("ed25519",), ("ed25519",), "pass", ANN),
    ('actors = ["Bob"]', ("ed25519",), ("ed25519",), "fail", "not 'Bob'"),
    ('actors = ["Bob"]', (), (), "fail", "names nobody, not 'Bob'"),
    ('roles = ["cawg.creator"]', ("ed25519",), (), "pass", "cawg.creator"),
    ('roles = ["cawg.editor"]', ("ed25519",), (), "fail", "cawg.creator, not cawg.editor"),
    ('roles = ["cawg.editor"]', (), (), "fail", "nobody with a role"),
]


@pytest.mark.parametrize(("table", "actors", "trusted", "outcome", "reason"), REQUIREMENTS)
def test_a_requirement(
    table: str,
    actors: tuple[str, ...],
    trusted: tuple[str, ...],
    outcome: str,
    reason: str,
    issued: Issued,
) -> None:
    found = judge(table, verify(signed(issued, *actors), issued, *trusted))
    assert (found.outcome.value, reason in found.reason) == (outcome, True), found.reason


def test_the_role_is_that_of_one_whom_the_rest_accepts(issued: Issued) -> None:
    """A stranger may call itself a publisher."""
    report = verify(signed(issued, "ed25519", "es384"), issued, "ed25519")
    for accepted in ('identity = "trusted"', f'actors = ["{ANN}"]'):
        policy = parse(f'version = 1\n[[require]]\n{accepted}\nroles = ["cawg.publisher"]')
        assert [each.outcome.value for each in ad.check(report, [policy])] == ["pass", "fail"]
    assert judge('roles = ["cawg.publisher"]', report).outcome is ad.Outcome.PASS


def test_an_altered_file_names_nobody(issued: Issued) -> None:
    report = verify(media.flip(signed(issued, "ed25519")), issued, "ed25519")
    assert report.state is ad.State.INVALID
    assert judge('identity = "valid"', report).outcome is ad.Outcome.FAIL


def test_an_identity_that_does_not_hold_is_none() -> None:
    named = ad.TrustConfig.for_identities(issuers=[issuer_of()])
    bad = ad.verify(identified(payload=wrong_hash), trust=TRUST | named, at=NOW)
    assert bad.state is ad.State.TRUSTED
    assert judge('identity = "valid"', bad).outcome is ad.Outcome.FAIL
    odd = ad.verify(identified(sig_type="com.example"), trust=TRUST, at=NOW)
    assert judge('identity = "valid"', odd).outcome is ad.Outcome.FAIL


def test_who_is_verified_by_an_aggregator() -> None:
    named = ad.TrustConfig.for_identities(issuers=[issuer_of()])
    report = ad.verify(by_credential(), trust=TRUST | named, at=NOW)
    assert judge('actors = ["Ann"]', report).outcome is ad.Outcome.PASS
    stranger = ad.verify(by_credential(), trust=TRUST, at=NOW)
    assert judge('actors = ["Ann"]', stranger).outcome is ad.Outcome.FAIL


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('identity = "known"', "require[0].identity: 'known' is not one of valid, trusted"),
        ("actors = []", "require[0].actors: is empty"),
        ("roles = [1]", "require[0].roles: must be a list of strings"),
    ],
)
def test_mistakes(table: str, message: str) -> None:
    with pytest.raises(ad.UsageError) as caught:
        parse(f"version = 1\n[[require]]\n{table}")
    assert str(caught.value) == f"line 3: {message}"
