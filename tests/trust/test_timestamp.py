"""Time stamps: one token for every way in which one can be wrong."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from aidisclose import limits
from aidisclose.codec import der
from aidisclose.errors import LimitExceeded, Malformed
from aidisclose.trust import timestamp
from aidisclose.trust.anchors import Anchor
from aidisclose.trust.budget import Budget
from aidisclose.trust.timestamp import (
    Judgement,
    Timestamp,
    read_response,
    verify_response,
    verify_token,
)
from tests.trust import pki, tokens
from tests.trust.pki import DAY, NOW, Entity
from tests.trust.tokens import MESSAGE

ANCHORS = (pki.root().anchor,)


def verify(data: bytes, *messages: bytes, anchors: tuple[Anchor, ...] = ANCHORS) -> Timestamp:
    return verify_token(data, messages=messages or (MESSAGE,), anchors=anchors, budget=Budget())


def test_a_trusted_token_gives_its_time() -> None:
    authority = tokens.tsa()
    found = verify(tokens.token(authority))
    assert (found.outcome, found.reason, found.is_intact) == (Judgement.TRUSTED, "", True)
    assert found.time == NOW
    assert found.authority == authority.certificate
    assert found.path is not None
    assert found.path.certificates == pki.certificates([authority, pki.root()])


def test_any_of_several_messages_will_do() -> None:
    assert verify(tokens.token(), b"other", MESSAGE).outcome is Judgement.TRUSTED


@pytest.mark.parametrize("kind", pki.PERMITTED)
def test_every_allowed_key_may_stamp(kind: str) -> None:
    assert verify(tokens.token(tokens.tsa(kind=kind))).outcome is Judgement.TRUSTED


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("pss", [False, True])
def test_rsa_may_stamp_with_every_allowed_hash(digest: str, pss: bool) -> None:
    """`rsaEncryption` names no hash; it is that of the content."""
    data = tokens.token(tokens.tsa(kind="rsa2048"), digest=digest, pss=pss)
    assert verify(data).outcome is Judgement.TRUSTED


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_every_allowed_hash_of_the_message_is_known(digest: str) -> None:
    content = tokens.info(digest=digest)
    assert verify(tokens.token(content=content)).outcome is Judgement.TRUSTED


def test_fractions_of_a_second_are_kept() -> None:
    content = tokens.info(time="20260601120000.25Z")
    assert verify(tokens.token(content=content)).time == NOW + timedelta(milliseconds=250)


def test_everything_that_may_follow_the_time_is_read() -> None:
    extension = der.encode(der.SEQUENCE, der.encode_oid("1.2.3"), der.encode(der.OCTET_STRING, b""))
    trailer = [
        der.encode(der.SEQUENCE, der.encode_integer(1)),
        der.encode(der.BOOLEAN, b"\xff"),
        der.encode_integer(1 << 63),
        der.encode(der.context(0), der.encode(der.context(4))),
        der.encode(der.context(1), extension),
    ]
    content = tokens.info(trailer=trailer)
    assert verify(tokens.token(content=content)).outcome is Judgement.TRUSTED


def test_the_chain_of_the_authority_may_come_with_the_token() -> None:
    middle = pki.issue("TSA CA", pki.root(), number=6, ca=True)
    authority = tokens.tsa(middle)
    assert verify(tokens.token(authority, chain=[middle])).outcome is Judgement.TRUSTED
    assert verify(tokens.token(authority)).outcome is Judgement.UNTRUSTED


def make(
    signed: Callable[[list[bytes]], list[bytes]] = lambda attributes: attributes,
    content: bytes | None = None,
    **options: object,
) -> bytes:
    """A token whose signed attributes are edited, with options of `tokens.signer_info`."""
    authority = tokens.tsa()
    content = content or tokens.info()
    attributes = signed(tokens.attributes(content, authority))
    signer = tokens.signer_info(authority, attributes, **options)  # type: ignore[arg-type]
    return tokens.signed_data(content, [signer], [authority.der])


def by_key_id() -> bytes:
    key_id = tokens.tsa().certificate.subject_key_id or b""
    return make(name=der.encode(der.context(0, constructed=False), key_id))


def test_the_certificate_may_be_named_by_its_key_identifier() -> None:
    assert verify(by_key_id()).outcome is Judgement.TRUSTED


@pytest.mark.parametrize(
    "digests", [("sha1",), ("sha256",), ("sha384",), ("sha512",), ("sha1", "sha256")]
)
def test_every_form_of_the_signed_identifier_is_known(digests: tuple[str, ...]) -> None:
    authority = tokens.tsa()
    content = tokens.info()
    signed = tokens.attributes(content, authority)[:3]
    signed += [tokens.identifier(authority, digest) for digest in digests]
    signer = tokens.signer_info(authority, signed)
    data = tokens.signed_data(content, [signer], [authority.der])
    assert verify(data).outcome is Judgement.TRUSTED


def test_certificates_that_cannot_be_read_do_no_harm() -> None:
    authority = tokens.tsa()
    content = tokens.info()
    signer = tokens.signer_info(authority, tokens.attributes(content, authority))
    junk = [der.encode(der.context(1), b"x"), der.encode(der.SEQUENCE, b"\x05\x00")]
    data = tokens.signed_data(content, [signer], [*junk, authority.der])
    assert verify(data).outcome is Judgement.TRUSTED


def drop(index: int) -> bytes:
    return make(lambda attributes: attributes[:index] + attributes[index + 1 :])


def replace(index: int, attribute: bytes) -> bytes:
    return make(lambda a: [*a[:index], attribute, *a[index + 1 :]])


def with_trailer(*trailer: bytes) -> bytes:
    return make(content=tokens.info(trailer=trailer))


def critical_extension() -> bytes:
    extension = der.encode(
        der.SEQUENCE,
        der.encode_oid("1.2.3"),
        der.encode(der.BOOLEAN, b"\xff"),
        der.encode(der.OCTET_STRING, b""),
    )
    return with_trailer(der.encode(der.context(1), extension))


def without_imprint() -> bytes:
    fields = pki.elements(tokens.info())
    return make(content=der.encode(der.SEQUENCE, *fields[:2], *fields[3:]))


def signers(count: int) -> bytes:
    authority, content = tokens.tsa(), tokens.info()
    signer = tokens.signer_info(authority, tokens.attributes(content, authority))
    return tokens.signed_data(content, [signer] * count, [authority.der])


def many_certificates() -> bytes:
    authority, content = tokens.tsa(), tokens.info()
    signer = tokens.signer_info(authority, tokens.attributes(content, authority))
    return tokens.signed_data(content, [signer], [authority.der] * (limits.CERTIFICATES + 1))


def unsigned_attributes_only() -> bytes:
    """A signature straight over the content, as CMS allows for other content."""
    authority, content = tokens.tsa(), tokens.info()
    fields = pki.elements(tokens.signer_info(authority, tokens.attributes(content, authority)))
    signer = der.encode(der.SEQUENCE, *fields[:3], *fields[4:])
    return tokens.signed_data(content, [signer], [authority.der])


def indefinite() -> bytes:
    """The same token in BER, as some authorities send it."""
    content = b"".join(pki.elements(tokens.token()))
    return b"\x30\x80" + content + b"\x00\x00"


TWO_TYPES = tokens.attribute(
    tokens.CONTENT_TYPE, der.encode_oid(tokens.TST_INFO), der.encode_oid(tokens.TST_INFO)
)


def content_elsewhere() -> bytes:
    data, name = bytearray(tokens.token()), der.encode_oid(tokens.TST_INFO)
    at = data.index(name) + len(name)
    assert data[at] == der.context(0)
    data[at] = der.context(1)
    return bytes(data)


MALFORMED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "nothing": ("SEQUENCE is missing", lambda: b""),
    "junk": ("expected", lambda: b"junk"),
    "cut off": ("are left", lambda: tokens.token()[:-1]),
    "something after": ("more elements", lambda: tokens.token() + b"\x00"),
    "BER": ("BER, not DER", indefinite),
    "a response instead of a token": ("expected", lambda: tokens.response(tokens.token())),
    "not signed": (
        "not a signed time stamp",
        lambda: der.encode(der.SEQUENCE, der.encode_oid("1.2.840.113549.1.7.1")),
    ),
    "another content": (
        "not a TSTInfo",
        lambda: tokens.signed_data(tokens.info(), [], [], content_type="1.2.840.113549.1.7.1"),
    ),
    "content under another tag": ("[0] expected, [1] found", content_elsewhere),
    "content that is not a TSTInfo": ("expected", lambda: make(content=b"\x05\x00")),
    "TSTInfo of version 2": ("unknown version", lambda: make(content=tokens.info(version=2))),
    "no imprint": ("expected", without_imprint),
    "time that is none": (
        "not a time",
        lambda: make(content=tokens.info(time="20260601120000")),
    ),
    "something after the TSTInfo's fields": (
        "more elements",
        lambda: with_trailer(der.encode(der.NULL)),
    ),
    "critical extension": ("unknown critical extension 1.2.3", critical_extension),
    "no signer": ("SEQUENCE is missing", lambda: signers(0)),
    "two signers": ("more elements", lambda: signers(2)),
    "too many certificates": ("33 certificates", many_certificates),
    "too many attributes": (
        "more than 64 entries",
        lambda: make(lambda a: [*a, *[tokens.attribute("1.2.3")] * 61]),
    ),
    "no signed attributes": ("expected", unsigned_attributes_only),
    "no content type": ("is missing", lambda: drop(0)),
    "no hash of the content": ("no signed hash", lambda: drop(2)),
    "no identifier": ("no signed identifier", lambda: drop(3)),
    "another content type": (
        "content type is not that of a time stamp",
        lambda: replace(0, tokens.attribute(tokens.CONTENT_TYPE, der.encode_oid("1.2.3"))),
    ),
    "two content types in one": ("more elements", lambda: replace(0, TWO_TYPES)),
    "an attribute without value": (
        "is missing",
        lambda: replace(2, tokens.attribute(tokens.MESSAGE_DIGEST)),
    ),
    "an attribute twice": ("is there twice", lambda: make(lambda a: [*a, a[2]])),
    "an empty identifier": (
        "is missing",
        lambda: replace(
            3,
            tokens.attribute(
                tokens.SIGNING_CERTIFICATE, der.encode(der.SEQUENCE, der.encode(der.SEQUENCE))
            ),
        ),
    ),
    "too large": ("a time stamp of", lambda: bytes(limits.TIMESTAMP_SIZE + 1)),
}


@pytest.mark.parametrize(
    ("reason", "build"), [pytest.param(*row, id=name) for name, row in MALFORMED.items()]
)
def test_what_is_no_token_is_malformed(reason: str, build: Callable[[], bytes]) -> None:
    found = verify(build())
    assert found.outcome is Judgement.MALFORMED
    assert reason in found.reason
    assert not found.is_intact
    assert found.path is None


def other_content() -> bytes:
    """The signature of one TSTInfo beside another."""
    authority = tokens.tsa()
    signer = tokens.signer_info(authority, tokens.attributes(tokens.info(), authority))
    later = tokens.info(time="20260701120000Z")
    return tokens.signed_data(later, [signer], [authority.der])


def other_key() -> bytes:
    return make(key=pki.key(number=50))


MISMATCH = {
    "another message": ("about something else", lambda: make(content=tokens.info(b"other"))),
    "another content": ("the signed hash is not that", other_content),
    "another key": ("signature of the time stamp is wrong", other_key),
}


@pytest.mark.parametrize(
    ("reason", "build"), [pytest.param(*row, id=name) for name, row in MISMATCH.items()]
)
def test_what_does_not_belong_together_is_a_mismatch(
    reason: str, build: Callable[[], bytes]
) -> None:
    found = verify(build())
    assert found.outcome is Judgement.MISMATCH
    assert reason in found.reason
    assert not found.is_intact
    assert found.time is not None


def test_signed_attributes_cannot_be_altered() -> None:
    signing_time = b"260601120000Z"
    data = tokens.token()
    assert data.count(b"\x17\x0d" + signing_time) == 1
    altered = data.replace(b"\x17\x0d" + signing_time, b"\x17\x0d" + b"260601130000Z")
    assert verify(altered).outcome is Judgement.MISMATCH


def test_a_token_about_no_message_is_a_mismatch() -> None:
    assert (
        verify_token(tokens.token(), messages=[], anchors=ANCHORS, budget=Budget()).outcome
        is Judgement.MISMATCH
    )


def sha1_imprint() -> bytes:
    return make(content=tokens.info(digest="sha1"))


def sha1_signature() -> bytes:
    authority, content = tokens.tsa(), tokens.info()
    signed = tokens.attributes(content, authority, "sha1")
    signer = tokens.signer_info(authority, signed, digest="sha1")
    return tokens.signed_data(content, [signer], [authority.der])


def another_identifier(digest: str) -> Callable[[], bytes]:
    return lambda: replace(3, tokens.identifier(pki.signer(), digest))


def swapped_certificate() -> bytes:
    """The same name, serial number and key, but another certificate than was signed with."""
    authority, content = tokens.tsa(), tokens.info()
    later = pki.rewrite(
        authority,
        lambda fields: [
            *fields[:4],
            der.encode(
                der.SEQUENCE,
                pki.elements(fields[4])[0],
                der.encode(der.UTC_TIME, b"490101000000Z"),
            ),
            *fields[5:],
        ],
    )
    signer = tokens.signer_info(authority, tokens.attributes(content, authority))
    return tokens.signed_data(content, [signer], [later])


def without_certificates() -> bytes:
    authority, content = tokens.tsa(), tokens.info()
    signer = tokens.signer_info(authority, tokens.attributes(content, authority))
    return tokens.signed_data(content, [signer], None)


def with_other_certificates() -> bytes:
    authority, content = tokens.tsa(), tokens.info()
    signer = tokens.signer_info(authority, tokens.attributes(content, authority))
    return tokens.signed_data(content, [signer], [pki.signer().der, pki.root().der])


def unknown_identifier() -> bytes:
    """The right hash of the certificate, but one that is not known here."""
    value = tokens.octets(hashlib.new("sha224", tokens.tsa().der).digest())
    named = tokens.algorithm("2.16.840.1.101.3.4.2.4")
    inner = der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, named, value))
    return replace(
        3, tokens.attribute(tokens.SIGNING_CERTIFICATE_V2, der.encode(der.SEQUENCE, inner))
    )


UNSUPPORTED = {
    "SHA-1 over the message": ("what was time-stamped is not SHA-2", sha1_imprint),
    "SHA-1 over the content": ("the hash of the time stamp is not SHA-2", sha1_signature),
    "an unknown algorithm": (
        "not supported",
        lambda: make(named=tokens.algorithm("2.16.840.1.101.3.4.3.17")),
    ),
    "an algorithm for another key": (
        "not supported",
        lambda: make(named=tokens.algorithm(tokens.RSA_ENCRYPTION)),
    ),
    "an identifier of another certificate": ("another certificate", another_identifier("sha256")),
    "an old identifier of another one": ("another certificate", another_identifier("sha1")),
    "a second identifier of another one": (
        "another certificate",
        lambda: make(lambda a: [*a, tokens.identifier(pki.signer(), "sha1")]),
    ),
    "an identifier with an unknown hash": ("another certificate", unknown_identifier),
    "an exchanged certificate": ("another certificate", swapped_certificate),
    "no certificates": ("not in the token", without_certificates),
    "other certificates": ("not in the token", with_other_certificates),
}


@pytest.mark.parametrize(
    ("reason", "build"), [pytest.param(*row, id=name) for name, row in UNSUPPORTED.items()]
)
def test_what_cannot_be_checked_is_untrusted(reason: str, build: Callable[[], bytes]) -> None:
    found = verify(build())
    assert found.outcome is Judgement.UNTRUSTED
    assert reason in found.reason
    assert not found.is_intact


def test_without_an_anchor_a_token_is_intact_but_untrusted() -> None:
    for anchors in ((), (pki.root("p384").anchor,)):
        found = verify(tokens.token(), anchors=anchors)
        assert (found.outcome, found.is_intact) == (Judgement.UNTRUSTED, True)
        assert found.reason == "no anchor for 'Root p256 0'"
        assert found.time == NOW
        assert found.path is None


def test_the_certificate_of_the_authority_is_no_anchor() -> None:
    authority = tokens.tsa()
    assert (
        verify(tokens.token(authority), anchors=(authority.anchor,)).outcome is Judgement.UNTRUSTED
    )


@pytest.mark.parametrize(("start", "end"), [(-9, -1), (1, 9)], ids=["expired", "not yet valid"])
def test_the_authority_must_be_valid_at_the_attested_time(start: int, end: int) -> None:
    dates = {"not_before": NOW + start * DAY, "not_after": NOW + end * DAY}
    found = verify(tokens.token(tokens.tsa(**dates)))  # type: ignore[arg-type]
    assert (found.outcome, found.is_intact) == (Judgement.OUTSIDE_VALIDITY, True)
    why = "expired on 2026-05-31 12:00" if end < 0 else "is not valid before 2026-06-02 12:00"
    assert found.reason == f"'TSA' {why}"


def test_the_authority_need_not_be_valid_today() -> None:
    """Tokens outlive the certificates of their authority; that is what they are for."""
    long_ago = NOW - 9000 * DAY
    root = pki.issue("Root", ca=True, not_before=long_ago, not_after=long_ago + 99 * DAY)
    authority = tokens.tsa(root, not_before=long_ago, not_after=long_ago + 99 * DAY)
    moment = long_ago + 9 * DAY
    content = tokens.info(time=f"{moment:%Y%m%d%H%M%S}Z")
    found = verify(tokens.token(authority, content=content), anchors=(root.anchor,))
    assert (found.outcome, found.time) == (Judgement.TRUSTED, moment)


def test_an_anchor_that_is_held_for_another_time_does_not_count() -> None:
    anchor = Anchor(certificate=pki.root().certificate, not_after=NOW - DAY)
    assert verify(tokens.token(), anchors=(anchor,)).outcome is Judgement.UNTRUSTED


@pytest.mark.parametrize(
    ("extension", "detail"),
    [
        (
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]),
            "timeStamping as the only purpose is required, found emailProtection",
        ),
        (
            x509.ExtendedKeyUsage(
                [ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING]
            ),
            "found codeSigning, timeStamping",
        ),
        (x509.BasicConstraints(ca=True, path_length=None), "of an end entity, not of a CA"),
    ],
)
def test_a_certificate_that_may_not_stamp_is_invalid(
    extension: x509.ExtensionType, detail: str
) -> None:
    authority = tokens.tsa(extensions={type(extension): (extension, True)})
    found = verify(tokens.token(authority))
    assert (found.outcome, found.is_intact) == (Judgement.CREDENTIAL_INVALID, True)
    assert detail in found.reason


@pytest.mark.parametrize("status", [0, 1])
def test_a_granted_response_is_as_good_as_its_token(status: int) -> None:
    token = tokens.token()
    data = tokens.response(token, status)
    assert read_response(data) == token
    found = verify_response(data, messages=[MESSAGE], anchors=ANCHORS, budget=Budget())
    assert found.outcome is Judgement.TRUSTED


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (tokens.response(tokens.token(), 2), "refused the time stamp (status 2)"),
        (tokens.response(tokens.token(), 5), "refused the time stamp (status 5)"),
        (tokens.response(None), "SEQUENCE is missing"),
        (tokens.response(tokens.token()) + b"\x00", "more elements"),
        (tokens.response(tokens.token() + b"\x05\x00"), "more elements"),
        (tokens.token(), "expected"),
        (b"", "missing"),
    ],
)
def test_a_response_without_a_granted_token_is_malformed(data: bytes, reason: str) -> None:
    found = verify_response(data, messages=[MESSAGE], anchors=ANCHORS, budget=Budget())
    assert found.outcome is Judgement.MALFORMED
    assert reason in found.reason
    with pytest.raises(Malformed):
        read_response(data)


_UTF8_STRING = 0x0C


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"no policy", "'no policy'"),
        ("Zoë".encode(), "'Zoë'"),
        (b"\xff\n\x1b[31m", r"'�\n\x1b[31m'"),
        (b"x" * 1_000, f"'{'x' * timestamp._STATUS_TEXT}'"),
    ],
)
def test_the_words_of_a_refusal_are_told_as_untrusted_text(text: bytes, said: str) -> None:
    texts = der.encode(der.SEQUENCE, der.encode(_UTF8_STRING, text), b"\x0c\x01b")
    for more in (b"", der.encode(der.BIT_STRING, b"\0\1")):  # a failure code
        status = der.encode(der.SEQUENCE, der.encode_integer(2), texts, more)
        with pytest.raises(Malformed) as caught:
            read_response(der.encode(der.SEQUENCE, status))
        assert str(caught.value) == f"the authority refused the time stamp (status 2: {said})"


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def private_pem(entity: Entity) -> bytes:
    return entity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize("kind", ["p256", "rsa2048"])
@pytest.mark.parametrize("digest", ["sha256", "sha512"])
def test_tokens_of_openssl_are_trusted(tmp_path: Path, kind: str, digest: str) -> None:
    """An authority that shares no code with these tests."""
    now = datetime.now(UTC)
    dates = {"not_before": now - DAY, "not_after": now + DAY}
    root = pki.issue("Root", number=5, ca=True, **dates)  # type: ignore[arg-type]
    authority = tokens.tsa(root, kind=kind, **dates)  # type: ignore[arg-type]
    (tmp_path / "data").write_bytes(MESSAGE)
    (tmp_path / "tsa.pem").write_bytes(authority.pem)
    (tmp_path / "root.pem").write_bytes(root.pem)
    (tmp_path / "key.pem").write_bytes(private_pem(authority))
    (tmp_path / "serial").write_text("01")
    (tmp_path / "tsa.cnf").write_text(
        "[tsa]\ndefault_tsa = one\n[one]\nserial = serial\ncrypto_device = builtin\n"
        "signer_digest = sha256\ndefault_policy = 1.2.3.4\ndigests = sha256, sha512\n"
        "accuracy = secs:1\nordering = yes\ntsa_name = yes\ness_cert_id_chain = yes\n"
        f"ess_cert_id_alg = {digest}\nsigner_cert = tsa.pem\nsigner_key = key.pem\n"
        "certs = root.pem\n"
    )
    openssl(tmp_path, "ts", "-query", "-data", "data", f"-{digest}", "-cert", "-out", "q")
    openssl(tmp_path, *("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "q", "-out", "r"))
    data = (tmp_path / "r").read_bytes()
    found = verify_response(data, messages=[MESSAGE], anchors=(root.anchor,), budget=Budget())
    assert (found.outcome, found.reason) == (Judgement.TRUSTED, "")
    assert found.time is not None
    assert abs(found.time - now) < timedelta(minutes=1)
    assert (
        verify_token(
            read_response(data), messages=[b"other"], anchors=(root.anchor,), budget=Budget()
        ).outcome
        is Judgement.MISMATCH
    )


TOKEN = tokens.token()


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(TOKEN) - 1), st.integers(0, 255)), min_size=1, max_size=3)
)
def test_a_changed_token_is_never_about_another_time(changes: list[tuple[int, int]]) -> None:
    data = bytearray(TOKEN)
    for position, value in changes:
        data[position] = value
    found = verify(bytes(data))
    assert found.outcome is not Judgement.TRUSTED or found.time == NOW


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_malformed(data: bytes) -> None:
    assert verify(data).outcome is Judgement.MALFORMED


def test_a_token_costs_its_signature_and_those_of_its_chain() -> None:
    """A file must not have thousands of tokens checked for nothing."""
    data = tokens.token()
    for checks, is_enough in ((0, False), (1, False), (9, True)):
        budget = Budget(checks)
        if is_enough:
            found = verify_token(data, messages=(MESSAGE,), anchors=ANCHORS, budget=budget)
            assert found.outcome is Judgement.TRUSTED
        else:
            with pytest.raises(LimitExceeded):
                verify_token(data, messages=(MESSAGE,), anchors=ANCHORS, budget=budget)
