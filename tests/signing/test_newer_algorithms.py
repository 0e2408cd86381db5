"""Algorithms that C2PA has since 2.5: ML-DSA, and ECDSA under numbers that name the curve."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

import aidisclose as ad
from aidisclose.codec import cose
from aidisclose.containers import CONTAINERS, Container
from aidisclose.signing.credentials import CHAIN, KEY, ROOT, Credentials
from tests.containers import samples
from tests.interop import reference, second
from tests.issuing import Issued
from tests.render import media
from tests.servers import serve
from tests.signing.test_tsa import openssl_tsa

GENERATED = ad.Disclosure(ai="generated")
POST_QUANTUM = sorted(cose.POST_QUANTUM)
#: What is said about them by validators of older versions.
UNKNOWN = {"algorithm.unsupported", "claimSignature.mismatch"}


def signer(made: Credentials, alg: str | None = None) -> ad.Signer:
    chain, key = ((made.folder / name).read_bytes() for name in (CHAIN, KEY))
    return ad.Signer.from_pem(chain=chain, key=key, alg=alg)


def sign(who: ad.Signer, source: bytes | None = None, **options: object) -> bytes:
    out = io.BytesIO()
    arguments: dict[str, object] = {"spec": "2.5", **options}
    ad.sign(source or media.picture(), out, disclosure=GENERATED, signer=who, **arguments)  # type: ignore[arg-type]
    return out.getvalue()


def root(made: Credentials) -> bytes:
    return (made.folder / ROOT).read_bytes()


def failures(data: bytes, made: Credentials) -> set[str]:
    found = reference.read(data, made)
    assert found["validation_state"] == "Invalid"
    return {each["code"] for each in found["validation_results"]["activeManifest"]["failure"]}


@pytest.mark.parametrize("alg", POST_QUANTUM)
def test_what_is_signed_is_trusted(alg: str, issued: Issued) -> None:
    made = issued(alg)
    report = ad.verify(sign(made.signer()), trust=ad.TrustConfig.from_pem(root(made)))
    assert report.state is ad.State.TRUSTED
    assert report.signature is not None
    assert report.signature.algorithm == alg


@pytest.mark.parametrize("container", CONTAINERS, ids=lambda each: each.name)
def test_every_format_has_room(container: Container, issued: Issued) -> None:
    """The largest signature with its certificates takes 20 kB."""
    made = issued("ml-dsa-87")
    sample = next(iter(samples.of(container)))
    data = sign(made.signer(), sample.data())
    report = ad.verify(data, trust=ad.TrustConfig.from_pem(root(made)))
    assert report.state is ad.State.TRUSTED


@pytest.mark.parametrize("alg", POST_QUANTUM)
def test_altered_files_are_invalid(alg: str, issued: Issued) -> None:
    made = issued(alg)
    data = sign(made.signer())
    altered = data.replace(b"trainedAlgorithmicMedia", b"trainedAlgorithmicmedia")
    assert altered != data
    trust = ad.TrustConfig.from_pem(root(made))
    assert ad.verify(altered, trust=trust).state is ad.State.INVALID
    stranger = ad.TrustConfig.from_pem(root(issued("es256")))
    assert ad.verify(data, trust=stranger).state is ad.State.VALID


@pytest.mark.parametrize("alg", ["ml-dsa-65", "esp256"])
@pytest.mark.parametrize("spec", ["2.2", "2.4"])
def test_older_versions_do_not_have_them(alg: str, spec: str, issued: Issued) -> None:
    who = signer(issued("es256"), alg) if alg == "esp256" else issued(alg).signer()
    with pytest.raises(ad.UsageError, match=rf"{alg} exists since C2PA 2\.5"):
        sign(who, spec=spec)


@pytest.mark.parametrize("alg", POST_QUANTUM)
def test_older_verifiers_say_that_they_do_not_know_them(alg: str, issued: Issued) -> None:
    """They call the file invalid, never valid: what they cannot check, they do not believe."""
    made = issued(alg)
    data = sign(made.signer())
    assert failures(data, made) == UNKNOWN
    assert second.read(data, root(made))["validation_state"] == "Invalid"


@pytest.mark.parametrize("alg", POST_QUANTUM)
def test_an_actor_beside_a_signer_whom_all_know(alg: str, issued: Issued) -> None:
    """Two signatures of two kinds: old verifiers check one, and take the other for unknown."""
    made = issued("es256")
    actor = ad.Actor(signer=issued(alg).signer(), references=("*",))
    data = sign(made.signer(), actors=[actor], spec="2.4")
    trust = ad.TrustConfig.from_pem(root(made))
    found = ad.verify(data, trust=trust | ad.TrustConfig.for_identities(root(issued(alg))))
    assert found.state is ad.State.TRUSTED
    assert [each.standing for each in found.identities] == ["trusted"]
    there = reference.read(data, made)
    assert there["validation_state"] == "Valid"
    codes = {each["code"] for each in there["validation_results"]["activeManifest"]["failure"]}
    assert codes == {"cawg.x509.algorithm.unsupported"}


def test_a_time_stamp_and_a_history(issued: Issued, tmp_path: Path) -> None:
    made = issued("ml-dsa-65")
    with serve(openssl_tsa(issued("es256").folder, tmp_path)) as server:
        authority = ad.Authority(url=server.url)
        first = sign(made.signer(), authorities=[authority], require_timestamp=True)
    trust = ad.TrustConfig.from_pem(root(made), tsa=root(issued("es256")))
    out = io.BytesIO()
    ad.sign(first, out, disclosure=ad.Disclosure(ai="edited"), signer=issued("es256").signer())
    assert "timestamp" not in ad.verify(first, trust=trust).missing
    both = trust | ad.TrustConfig.from_pem(root(issued("es256")))
    assert ad.verify(out.getvalue(), trust=both).state is ad.State.TRUSTED


@pytest.mark.parametrize(
    ("alg", "plain", "number"),
    [("esp256", "es256", -9), ("esp384", "es384", -51), ("esp512", "es512", -52)],
)
def test_the_curve_is_named(alg: str, plain: str, number: int, issued: Issued) -> None:
    made = issued(plain)
    data = sign(signer(made, alg))
    assert cose.NAMED[alg].cose_id == number
    report = ad.verify(data, trust=ad.TrustConfig.from_pem(root(made)))
    assert report.state is ad.State.TRUSTED
    assert report.signature is not None
    assert report.signature.algorithm == alg
    assert failures(data, made) == UNKNOWN


def test_a_key_elsewhere(issued: Issued) -> None:
    """A device signs as ever, whatever number stands for it."""
    made = issued("es256")
    address = f"exec:openssl dgst -sha256 -sign {made.folder / KEY}"
    chain = (made.folder / CHAIN).read_bytes()
    who = ad.Signer.from_uri(address, chain=chain, alg="esp256")
    assert who.alg == "esp256"
    report = ad.verify(sign(who), trust=ad.TrustConfig.from_pem(root(made)))
    assert report.state is ad.State.TRUSTED


def test_a_service_that_is_not_asked(issued: Issued) -> None:
    chain = (issued("ml-dsa-44").folder / CHAIN).read_bytes()
    with pytest.raises(ad.SigningError, match="signing with ml-dsa-44 there is not supported"):
        ad.Signer.from_uri("azurekms:v.vault.azure.net/k", chain=chain)


def test_a_key_of_another_size(issued: Issued) -> None:
    with pytest.raises(ad.SigningError, match="cannot sign with ml-dsa-87: use ml-dsa-44"):
        signer(issued("ml-dsa-44"), "ml-dsa-87")
