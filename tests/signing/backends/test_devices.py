"""Signers whose key is elsewhere: each against the real thing, or a fake of it."""

from __future__ import annotations

import io
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

import aidisclose as ad
from aidisclose.errors import SigningError
from aidisclose.signing import backends
from aidisclose.signing.signer import Signer
from tests.signing.backends.setups import (
    ALGS,
    INFORMED,
    POST_QUANTUM,
    SETUPS,
    WITHOUT,
    Setting,
    Setup,
    aws_with_ml_dsa,
    chain_for,
    gcp,
    prepare,
    program,
    remote,
    token,
)
from tests.signing.backends.world import assert_trusted, certify, identity, picture, root


def test_openssl_is_a_signer(setting: Setting) -> None:
    """Any command that signs its standard input will do; it writes DER."""
    key = setting.folder / "key.pem"
    key.write_bytes(identity().pem)
    uri = f"exec:openssl dgst -sha256 -sign {key}"
    assert_trusted(Signer.from_uri(uri, chain=identity().chain))


def test_every_device_is_set_up_here() -> None:
    assert list(SETUPS) == list(backends.DEVICES)


@pytest.mark.parametrize(
    ("scheme", "alg"),
    [(scheme, alg) for scheme in SETUPS for alg in ALGS if (scheme, alg) not in WITHOUT],
)
def test_what_a_device_signs_is_trusted_here_and_by_the_reference(
    request: pytest.FixtureRequest, setting: Setting, scheme: str, alg: str
) -> None:
    uri = prepare(request, setting, scheme, alg)
    signer = Signer.from_uri(uri, chain=chain_for(scheme, alg), alg=alg)
    assert signer.alg == alg
    assert_trusted(signer)


@pytest.mark.parametrize("alg", POST_QUANTUM)
@pytest.mark.parametrize("setup", [program, remote, aws_with_ml_dsa, gcp])
def test_ml_dsa(setting: Setting, setup: Setup, alg: str) -> None:
    """Here alone: the reference does not know it."""
    signer = Signer.from_uri(setup(setting, alg), chain=identity(alg).chain)
    assert signer.alg == alg
    output = io.BytesIO()
    ad.sign(picture(), output, signer=signer, disclosure=ad.Disclosure(ai="generated"), spec="2.5")
    report = ad.verify(output.getvalue(), trust=ad.TrustConfig.from_pem(root().pem))
    assert report.state is ad.State.TRUSTED


def test_ml_dsa_in_a_token_without_it(softhsm: Path, setting: Setting) -> None:
    """No token with ML-DSA is at hand; SoftHSM says that it has none."""
    signer = Signer.from_uri(token(setting, "es256"), chain=identity("ml-dsa-65").chain)
    with pytest.raises(SigningError, match="pkcs11: the token does not sign with this algorithm"):
        signer.sign(b"data")


@pytest.mark.parametrize("scheme", [each for each in SETUPS if each not in INFORMED])
def test_numbers_that_name_the_curve(
    request: pytest.FixtureRequest, setting: Setting, scheme: str
) -> None:
    """ESP256 is ES256 for the device."""
    uri = prepare(request, setting, scheme, "es256")
    signer = Signer.from_uri(uri, chain=chain_for(scheme, "es256"), alg="esp256")
    assert signer.alg == "esp256"
    assert len(signer.sign(b"data")) == 64


@pytest.mark.parametrize("scheme", SETUPS)
def test_a_device_with_another_key_is_noticed(
    request: pytest.FixtureRequest, setting: Setting, scheme: str
) -> None:
    uri = prepare(request, setting, scheme, "es256")
    other = certify(ec.generate_private_key(ec.SECP256R1()).public_key())
    signer = Signer.from_uri(uri, chain=other)
    with pytest.raises(SigningError, match="not one of es256 with the key of the certificate"):
        signer.sign(b"data")


@pytest.mark.parametrize("scheme", [each for each in SETUPS if each not in INFORMED])
def test_a_device_without_a_chain_is_an_error(
    request: pytest.FixtureRequest, setting: Setting, scheme: str
) -> None:
    uri = prepare(request, setting, scheme, "es256")
    with pytest.raises(SigningError, match="give the chain of its certificates"):
        Signer.from_uri(uri)


@pytest.mark.parametrize("scheme", SETUPS)
def test_threads_may_share_a_device(
    request: pytest.FixtureRequest, setting: Setting, scheme: str
) -> None:
    uri = prepare(request, setting, scheme, "es256")
    signer = Signer.from_uri(uri, chain=chain_for(scheme, "es256"))
    count = 3 if scheme == "exec" else 12
    with ThreadPoolExecutor(4) as pool:
        assert len(list(pool.map(signer.sign, [b"data"] * count))) == count


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
@pytest.mark.parametrize("scheme", ["pkcs11", "awskms"])
def test_a_device_that_was_used_before_a_fork_is_used_after_it(
    request: pytest.FixtureRequest, setting: Setting, scheme: str
) -> None:
    uri = prepare(request, setting, scheme, "es256")
    signer = Signer.from_uri(uri, chain=chain_for(scheme, "es256"))
    signer.sign(b"before")
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(2, context, _keep, (signer,)) as pool:
        sizes = list(pool.map(_sign_kept, [b"one", b"two", b"three"]))
    assert sizes == [64] * 3
    signer.sign(b"after")


_kept: list[Signer] = []


def _keep(signer: Signer) -> None:
    _kept[:] = [signer]


def _sign_kept(data: bytes) -> int:
    return len(_kept[0].sign(data))
