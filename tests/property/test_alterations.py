"""Whatever is changed in or cut off a signed file: it is not trusted any more, or not readable.

But for what is under no signature, which `unprotected` lists.
"""

from __future__ import annotations

import functools
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import aidisclose as ad
from aidisclose.containers import Container
from aidisclose.signing.credentials import ROOT, Credentials
from tests.issuing import Issued
from tests.property.targets import SAMPLED, signed
from tests.property.unprotected import unprotected

each_format = pytest.mark.parametrize("container", SAMPLED, ids=lambda item: item.name)
some = settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@functools.cache
def files(container: Container, made: Credentials) -> tuple[bytes, ...]:
    found = signed(container, made.signer())
    if not found:
        pytest.skip("this format is not signed")
    return found


def state(data: bytes, made: Credentials) -> ad.State:
    trust = ad.TrustConfig.from_pem((made.folder / ROOT).read_bytes())
    try:
        return ad.verify(data, trust=trust).state
    except ad.AidiscloseError:
        return ad.State.NONE


@each_format
def test_the_files_are_trusted_as_they_are(container: Container, issued: Issued) -> None:
    made = issued("ed25519")
    assert all(state(data, made) is ad.State.TRUSTED for data in files(container, made))


@each_format
@some
@given(dice=st.randoms(use_true_random=False))
def test_a_changed_bit_is_never_trusted(container: Container, issued: Issued, dice: Random) -> None:
    made = issued("ed25519")
    data = dice.choice(files(container, made))
    position = dice.randrange(len(data))
    changed = bytearray(data)
    changed[position] ^= 1 << dice.randrange(8)
    if state(bytes(changed), made) is ad.State.TRUSTED:
        assert position in unprotected(container, data)


@each_format
@some
@given(dice=st.randoms(use_true_random=False))
def test_a_file_cut_off_is_never_trusted(
    container: Container, issued: Issued, dice: Random
) -> None:
    made = issued("ed25519")
    data = dice.choice(files(container, made))
    size = dice.randrange(len(data))
    if state(data[:size], made) is ad.State.TRUSTED:  # without a box that may as well be absent
        assert unprotected(container, data) >= {*range(size, len(data))}
