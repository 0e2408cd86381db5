"""Signers from files, signers for trying things out, and the trust of the user."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

import aidisclose as ad
from aidisclose.signing import credentials
from aidisclose.signing.credentials import CHAIN, KEY
from aidisclose.trust.anchors import TEST_CREDENTIALS
from tests.containers import samples
from tests.issuing import Issued


def signed(signer: ad.Signer) -> bytes:
    out = io.BytesIO()
    ad.sign(samples.png(), out, disclosure=ad.Disclosure(ai="generated"), signer=signer)
    return out.getvalue()


def test_a_signer_from_files(issued: Issued, tmp_path: Path) -> None:
    folder = issued("es256").folder
    signer = ad.Signer.from_files(folder / KEY, folder / CHAIN)
    assert ad.verify(signed(signer), trust=ad.TrustConfig.none()).state is ad.State.VALID
    both = tmp_path / "both.pem"
    both.write_bytes((folder / KEY).read_bytes() + (folder / CHAIN).read_bytes())
    assert ad.Signer.from_files(both).chain == signer.chain
    with pytest.raises(FileNotFoundError):
        ad.Signer.from_files(tmp_path / "gone.pem")


@pytest.mark.parametrize("alg", ["es256", "ed25519", "ps256"])
def test_a_signer_for_trying_things_out(alg: str) -> None:
    signer = ad.Signer.test(alg=alg)
    assert signer.alg == alg
    report = ad.verify(signed(signer), trust=ad.TrustConfig.none())
    assert (report.state, report.integrity) == (ad.State.VALID, ad.Integrity.INTACT)


def test_an_unknown_algorithm_is_refused() -> None:
    with pytest.raises(ad.UsageError, match="unknown algorithm"):
        ad.Signer.test(alg="rot13")


def test_the_user_trusts_their_own_test_credentials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIDISCLOSE_HOME", str(tmp_path / "home"))
    assert ad.TrustConfig.user() == ad.TrustConfig.none()
    made = credentials.create(tmp_path / "home" / "credentials" / "default")
    report = ad.verify(signed(made.signer()), trust=ad.TrustConfig.user())
    assert report.state is ad.State.TRUSTED
    assert report.signature is not None
    assert report.signature.anchor == TEST_CREDENTIALS
