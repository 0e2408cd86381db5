"""COSE_Sign1: what is read and how, what is refused, exact padding, and every algorithm."""

from __future__ import annotations

import contextlib

import cbor2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st

from aidisclose import limits
from aidisclose.codec import cbor, cose
from aidisclose.codec.cose import ALGORITHMS
from aidisclose.errors import LimitExceeded, Malformed
from tests.issuing import Issued

ES256 = ALGORITHMS["es256"]
PROTECTED = cose.protected_header(ES256, (b"leaf", b"issuer"))


def sign1(
    protected: object = PROTECTED,
    unprotected: object = None,
    payload: object = None,
    signature: object = b"s" * 64,
    *,
    tag: int | None = 18,
) -> bytes:
    content = [protected, {} if unprotected is None else unprotected, payload, signature]
    return cbor.encode(content if tag is None else cbor2.CBORTag(tag, content))


def tagged(*fields: object) -> bytes:
    return cbor.encode(cbor2.CBORTag(18, list(fields)))


def headers(**fields: object) -> dict[object, object]:
    """A header with `alg` for 1, `x5chain` for 33, and `text` for the label x5chain."""
    labels = {"alg": 1, "crit": 2, "x5chain": 33, "text": "x5chain"}
    return {labels.get(name, name): value for name, value in fields.items()}


def test_a_signature_is_read() -> None:
    found = cose.parse(sign1(unprotected={"sigTst": {"tstTokens": []}}))
    assert found.protected == PROTECTED
    assert found.headers == {1: -7, 33: [b"leaf", b"issuer"]}
    assert found.unprotected == {"sigTst": {"tstTokens": []}}
    assert found.payload is None
    assert found.signature == b"s" * 64
    assert found.algorithm == ES256
    assert found.certificates == (b"leaf", b"issuer")
    assert found.unprotected_certificates == ()


def test_an_attached_payload_is_shown() -> None:
    """It is the validator that refuses it."""
    assert cose.parse(sign1(payload=b"")).payload == b""
    assert cose.parse(sign1(payload=b"claim")).payload == b"claim"


def test_an_empty_protected_header_may_be_no_map() -> None:
    for empty in (b"", b"\xa0"):
        found = cose.parse(sign1(protected=empty))
        assert (found.headers, found.algorithm, found.certificates) == ({}, None, ())


@pytest.mark.parametrize("number", [0, -6, -257, -65535, -999, True, "ES256", None, b"", 1.0])
def test_an_unknown_algorithm_is_none(number: object) -> None:
    found = cose.parse(sign1(protected=cbor.encode({1: number})))
    assert found.algorithm is None


@pytest.mark.parametrize(
    ("fields", "chain"),
    [
        pytest.param(headers(), (), id="none"),
        pytest.param(headers(x5chain=b"a"), (b"a",), id="one certificate"),
        pytest.param(headers(x5chain=[b"a"]), (b"a",), id="a list of one"),
        pytest.param(headers(x5chain=[b"a", b"b"]), (b"a", b"b"), id="two"),
        pytest.param(headers(text=[b"a", b"b"]), (b"a", b"b"), id="under the old label"),
        pytest.param(headers(x5chain=b"a", text=[b"a"]), (b"a",), id="the same under both"),
    ],
)
def test_certificates(fields: dict[object, object], chain: tuple[bytes, ...]) -> None:
    """In either bucket; which of them counts is for the caller to say."""
    protected = cose.parse(sign1(protected=cbor.encode(fields)))
    assert protected.certificates == chain
    assert protected.unprotected_certificates == ()
    unprotected = cose.parse(sign1(protected=cbor.encode({1: -7}), unprotected=fields))
    assert unprotected.certificates == ()
    assert unprotected.unprotected_certificates == chain


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param(headers(x5chain=[]), id="an empty list"),
        pytest.param(headers(x5chain="a"), id="text"),
        pytest.param(headers(x5chain=None), id="null"),
        pytest.param(headers(x5chain=[b"a", "b"]), id="text in the list"),
        pytest.param(headers(x5chain=[b"a", [b"b"]]), id="a list in the list"),
        pytest.param(headers(x5chain=b"a", text=b"b"), id="two different chains"),
        pytest.param(headers(x5chain=b"a", text=[]), id="one good, one bad"),
    ],
)
def test_other_certificates_are_refused(fields: dict[object, object]) -> None:
    with pytest.raises(Malformed, match="certificate"):
        _ = cose.parse(sign1(protected=cbor.encode(fields))).certificates
    with pytest.raises(Malformed, match="certificate"):
        _ = cose.parse(sign1(protected=b"", unprotected=fields)).unprotected_certificates


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "CBOR", id="nothing"),
        pytest.param(cbor.encode(cbor2.CBORTag(18, {})), "not a COSE_Sign1", id="a map"),
        pytest.param(tagged(b"", {}, None), "not a COSE_Sign1", id="three fields"),
        pytest.param(tagged(b"", {}, None, b"", b""), "not a COSE_Sign1", id="five fields"),
        pytest.param(sign1(tag=98), "no tag", id="tagged as COSE_Sign"),
        pytest.param(sign1(tag=None), "no tag", id="untagged"),
        pytest.param(
            cbor.encode(cbor2.CBORTag(18, cbor2.CBORTag(18, []))), "not a", id="tag 18 twice"
        ),
        pytest.param(sign1(protected={}), "wrong type", id="protected header not encoded"),
        pytest.param(sign1(protected=None), "wrong type", id="protected header null"),
        pytest.param(sign1(unprotected=[]), "wrong type", id="unprotected header a list"),
        pytest.param(sign1(unprotected=b"\xa0"), "wrong type", id="unprotected header encoded"),
        pytest.param(sign1(payload="claim"), "wrong type", id="payload of text"),
        pytest.param(sign1(payload=False), "wrong type", id="payload false"),
        pytest.param(sign1(signature=None), "wrong type", id="no signature"),
        pytest.param(sign1(protected=b"\x80"), "not a map", id="protected header a list"),
        pytest.param(sign1(protected=b"\xa0\xa0"), "bytes follow", id="two protected headers"),
        pytest.param(sign1(protected=b"\xa2\x01\x26\x01\x26"), "Duplicate", id="alg twice"),
        pytest.param(sign1() + b"\0", "bytes follow", id="a byte behind"),
        pytest.param(sign1(unprotected={1: -7}), "both buckets", id="alg in both"),
        pytest.param(sign1(unprotected={33: b"x"}), "both buckets", id="x5chain in both"),
        pytest.param(
            sign1(protected=cbor.encode({1: -7, 2: ["b64"]})), "critical", id="critical parameters"
        ),
        pytest.param(sign1(unprotected={2: [1]}), "critical", id="critical, but unprotected"),
        pytest.param(sign1(unprotected={b"pad": b""}), "labelled", id="a label of bytes"),
        pytest.param(sign1(unprotected={True: b""}), "key", id="a label that is true"),
        pytest.param(sign1(protected=b"\xa1\xf5\x26"), "key", id="alg under true"),
        pytest.param(sign1(protected=b"\xa1\x41\x01\x26"), "labelled", id="a protected one"),
    ],
)
def test_what_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        cose.parse(data)


def test_one_certificate_stands_alone_in_the_header() -> None:
    """RFC 9360 §2: a list only for two or more."""
    assert cbor.decode(cose.protected_header(ES256, (b"a",))) == {1: -7, 33: b"a"}
    assert cbor.decode(cose.protected_header(ES256, (b"a", b"b"))) == {1: -7, 33: [b"a", b"b"]}


def test_what_is_signed() -> None:
    assert cbor.decode(cose.sig_structure(b"p", b"claim")) == ["Signature1", b"p", b"", b"claim"]
    stamped = cose.sig_structure(b"p", b"claim", context="CounterSignature")
    assert cbor.decode(stamped) == ["CounterSignature", b"p", b"", b"claim"]


def test_padding_is_exact() -> None:
    """For every size that has room for it, steps in the encoding included."""
    bare = len(cose.encode(PROTECTED, {}, b"s" * 64, size=None))
    for left in (0, *range(5, 700), *range(65_500, 65_600), 100_000):
        data = cose.encode(PROTECTED, {"rVals": b""}, b"s" * 64, size=bare + 7 + left)
        assert len(data) == bare + 7 + left
        found = cose.parse(data)
        assert found.signature == b"s" * 64
        assert found.unprotected.keys() <= {"rVals", "pad", "pad2"}
        filling = [found.unprotected.get(name, b"") for name in ("pad", "pad2")]
        assert all(isinstance(item, bytes) and not any(item) for item in filling)


@pytest.mark.parametrize("missing", [-1000, -1, 1, 2, 3, 4])
def test_what_does_not_fit_is_refused(missing: int) -> None:
    """Also where one to four bytes are left: the shortest padding takes five."""
    bare = len(cose.encode(PROTECTED, {}, b"s" * 64, size=None))
    with pytest.raises(LimitExceeded, match="reserve more"):
        cose.encode(PROTECTED, {}, b"s" * 64, size=bare + missing)


# --- algorithms ---------------------------------------------------------------------------------


def _other_keys() -> dict[str, PublicKeyTypes]:
    return {
        "p256": ec.generate_private_key(ec.SECP256R1()).public_key(),
        "p384": ec.generate_private_key(ec.SECP384R1()).public_key(),
        "p521": ec.generate_private_key(ec.SECP521R1()).public_key(),
        "k256": ec.generate_private_key(ec.SECP256K1()).public_key(),
        "rsa": rsa.generate_private_key(65537, 1024).public_key(),
        "rsa, smaller than the digest": rsa.RSAPublicNumbers(65537, 2**512 - 159).public_key(),
        "ed25519": ed25519.Ed25519PrivateKey.generate().public_key(),
        "ed448": ed448.Ed448PrivateKey.generate().public_key(),
        "dsa": dsa.generate_private_key(1024).public_key(),
    }


@pytest.fixture(scope="module")
def other_keys() -> dict[str, PublicKeyTypes]:
    return _other_keys()


@pytest.mark.parametrize("name", ALGORITHMS)
def test_signatures(name: str, issued: Issued, other_keys: dict[str, PublicKeyTypes]) -> None:
    """The right one is good; any other message, signature, algorithm or key is not."""
    signer = issued(name).signer()
    key = x509.load_der_x509_certificate(signer.chain[0]).public_key()
    algorithm = ALGORITHMS[name]
    signature = signer.sign(b"message")
    assert cose.verify(algorithm, key, signature, b"message")
    assert not cose.verify(algorithm, key, signature, b"another")
    for index in (0, len(signature) // 2, -1):
        damaged = bytearray(signature)
        damaged[index] ^= 1
        assert not cose.verify(algorithm, key, bytes(damaged), b"message")
    odd = (b"", signature[:-1], signature + b"\0", bytes(len(signature)), b"\xff" * len(signature))
    for hostile in (*odd, b"\0" * 100_000):
        assert not cose.verify(algorithm, key, hostile, b"message")
    for other in ALGORITHMS.values():
        if other is not algorithm:
            assert not cose.verify(other, key, signature, b"message")
    for other_key in other_keys.values():
        assert not cose.verify(algorithm, other_key, signature, b"message")


def test_an_ecdsa_signature_in_der_is_not_read() -> None:
    """COSE has r and s side by side: of two forms, somebody would read only one."""
    private = ec.generate_private_key(ec.SECP256R1())
    signature = private.sign(b"message", ec.ECDSA(SHA256()))
    r, s = decode_dss_signature(signature)
    plain = r.to_bytes(32) + s.to_bytes(32)
    assert cose.verify(ES256, private.public_key(), plain, b"message")
    assert not cose.verify(ES256, private.public_key(), signature, b"message")


@given(
    data=st.binary(max_size=100),
    fields=st.lists(
        st.none()
        | st.binary(max_size=20)
        | st.integers()
        | st.dictionaries(st.integers(), st.binary()),
        min_size=3,
        max_size=5,
    ),
)
def test_arbitrary_input_raises_nothing_else(data: bytes, fields: list[object]) -> None:
    hostile = (data, sign1(protected=data), cbor.encode(cbor2.CBORTag(18, fields)))
    for item in hostile:
        with contextlib.suppress(Malformed):
            found = cose.parse(item)
            _ = found.algorithm
            _ = found.certificates


def test_headers_count_as_values_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CBOR_VALUES", 40)
    monkeypatch.setattr(limits, "CBOR_UNCOUNTED", 0)
    protected = cbor2.dumps({1: -7, 99: [0] * 30})
    data = cbor2.dumps(cbor2.CBORTag(18, [protected, {}, None, bytes(64)]))
    assert cose.parse(data).headers[99] == [0] * 30
    values = cbor.ValueBudget()
    values.spend(5)
    with pytest.raises(Malformed, match="more than 40 CBOR values"):
        cose.parse(data, values=values)
