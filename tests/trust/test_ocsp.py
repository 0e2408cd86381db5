"""OCSP responses: whom they are about, who may give them, and for which moment they count."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp as builder
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from aidisclose import limits
from aidisclose.codec import der
from aidisclose.trust.budget import Budget
from aidisclose.trust.ocsp import Responses, Revocation, check
from aidisclose.trust.ocsp import RevocationStanding as Standing
from tests.trust import pki
from tests.trust.pki import DAY, NOW, Entity

GOOD, REVOKED = builder.OCSPCertStatus.GOOD, builder.OCSPCertStatus.REVOKED
UNKNOWN = builder.OCSPCertStatus.UNKNOWN
HOLD, REMOVED = x509.ReasonFlags.certificate_hold, x509.ReasonFlags.remove_from_crl
HASH = builder.OCSPResponderEncoding.HASH
NAME = builder.OCSPResponderEncoding.NAME


def respond(
    status: builder.OCSPCertStatus = GOOD,
    *,
    about: Entity | None = None,
    issuer: Entity | None = None,
    responder: Entity | None = None,
    certificates: tuple[Entity, ...] = (),
    named: builder.OCSPResponderEncoding = HASH,
    id_digest: hashes.HashAlgorithm | None = None,
    digest: pki.Digest | None = None,
    this_update: datetime = NOW - DAY,
    next_update: datetime | None = NOW + DAY,
    revoked_at: datetime | None = None,
    reason: x509.ReasonFlags | None = None,
    extension: tuple[x509.ExtensionType, bool] | None = None,
) -> bytes:
    """A response about the signer by the intermediate, except for what is asked for."""
    answerer = responder or pki.intermediate()
    built = (
        builder.OCSPResponseBuilder()
        .add_response(
            (about or pki.signer()).x509,
            (issuer or pki.intermediate()).x509,
            id_digest or hashes.SHA1(),
            status,
            this_update.replace(tzinfo=None),
            None if next_update is None else next_update.replace(tzinfo=None),
            None if revoked_at is None else revoked_at.replace(tzinfo=None),
            reason,
        )
        .responder_id(named, answerer.x509)
    )
    if certificates:
        built = built.certificates([entity.x509 for entity in certificates])
    if extension:
        built = built.add_extension(*extension)
    response = built.sign(answerer.key, digest or hashes.SHA256())
    return response.public_bytes(Encoding.DER)


def ask(
    data: bytes, *, now: datetime = NOW, attested: datetime | None = None, **who: Entity
) -> Revocation:
    certificate = who.get("certificate", pki.signer()).certificate
    issuer = who.get("issuer", pki.intermediate()).certificate
    return check(
        data,
        certificate=certificate,
        issuer=issuer,
        now=now,
        budget=Budget(),
        attested=attested,
    )


def delegate(
    issuer: Entity | None = None,
    *,
    purposes: tuple[x509.ObjectIdentifier, ...] = (ExtendedKeyUsageOID.OCSP_SIGNING,),
    ca: bool = False,
    **options: datetime,
) -> Entity:
    """A responder to which the intermediate left the answering.

    It is valid for long because the builder of responses dates them today.
    """
    dates = {"not_before": datetime(2000, 1, 1), "not_after": datetime(2099, 1, 1), **options}
    purpose: pki.Extensions = {x509.ExtendedKeyUsage: (x509.ExtendedKeyUsage(purposes), False)}
    return pki.issue(
        "Responder",
        issuer or pki.intermediate(),
        number=8,
        ca=ca,
        extensions=purpose,
        **dates,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("named", [HASH, NAME])
@pytest.mark.parametrize("digest", [hashes.SHA1(), hashes.SHA256(), hashes.SHA512()])
def test_an_issuer_may_answer_itself(
    named: builder.OCSPResponderEncoding, digest: hashes.HashAlgorithm
) -> None:
    found = ask(respond(named=named, id_digest=digest))
    assert found == Revocation(outcome=Standing.GOOD, this_update=NOW - DAY)


@pytest.mark.parametrize("named", [HASH, NAME])
def test_a_delegated_responder_may_answer(named: builder.OCSPResponderEncoding) -> None:
    responder = delegate()
    data = respond(responder=responder, certificates=(pki.root(), responder), named=named)
    assert ask(data).outcome is Standing.GOOD


def test_the_status_of_an_authority_can_be_asked_for_too() -> None:
    data = respond(about=pki.intermediate(), issuer=pki.root(), responder=pki.root())
    found = ask(data, certificate=pki.intermediate(), issuer=pki.root())
    assert found.outcome is Standing.GOOD


def by_outsider() -> bytes:
    """Somebody else with a responder's certificate, but from another authority."""
    responder = delegate(pki.root("p384"))
    return respond(responder=responder, certificates=(responder,))


def by_brother() -> bytes:
    """Another signer of the same authority."""
    brother = pki.issue("Brother", pki.intermediate(), number=9)
    return respond(responder=brother, certificates=(brother,))


def by_mixed_purposes() -> bytes:
    purposes = (ExtendedKeyUsageOID.OCSP_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION)
    responder = delegate(purposes=purposes)
    return respond(responder=responder, certificates=(responder,))


def by_authority_below() -> bytes:
    responder = delegate(ca=True)
    return respond(responder=responder, certificates=(responder,))


def by_expired() -> bytes:
    responder = delegate(not_before=NOW - 9 * DAY, not_after=NOW - 8 * DAY)
    return respond(responder=responder, certificates=(responder,))


def by_impostor() -> bytes:
    """The name of the issuer, with another key."""
    impostor = pki.issue("Intermediate", number=30, ca=True)
    return respond(responder=impostor, named=NAME)


def by_the_last_of_many() -> bytes:
    responder = delegate()
    others = (pki.root(),) * limits.OCSP_CERTIFICATES
    return respond(responder=responder, certificates=(*others, responder))


def with_wrong_signature() -> bytes:
    data = respond()
    return data[:-1] + bytes((data[-1] ^ 1,))


def failed() -> bytes:
    status = builder.OCSPResponseStatus.TRY_LATER
    response = builder.OCSPResponseBuilder.build_unsuccessful(status)
    return response.public_bytes(Encoding.DER)


def of_another_kind() -> bytes:
    wrapped = der.encode(
        der.SEQUENCE, der.encode_oid("1.2.3"), der.encode(der.OCTET_STRING, b"\x30\x00")
    )
    status = der.encode(der.ENUMERATED, b"\x00")
    return der.encode(der.SEQUENCE, status, der.encode(der.context(0), wrapped))


def renumbered(issuer: Entity) -> x509.Certificate:
    """A certificate of `issuer` with the serial number of the signer."""
    return x509.CertificateBuilder(
        issuer_name=issuer.x509.subject,
        subject_name=pki.name("Renumbered"),
        public_key=pki.key().public_key(),
        serial_number=pki.signer().certificate.serial,
        not_valid_before=datetime(2026, 1, 1),
        not_valid_after=datetime(2027, 1, 1),
    ).sign(pki.key(), hashes.SHA256())


def about_the_same_number_elsewhere() -> bytes:
    """The serial number of the signer, but issued by another authority."""
    return respond(about=Entity(renumbered(pki.root()), pki.key()), issuer=pki.root())


def about_the_same_name_with_another_key() -> bytes:
    """The issuer's name and the serial number, but the hash of another key."""
    impostor = pki.issue("Intermediate", number=30, ca=True)
    return respond(issuer=impostor)


def about_another_name_with_the_same_key() -> bytes:
    renamed = pki.issue("Renamed", pki.root(), number=1, ca=True)
    assert renamed.key == pki.intermediate().key
    return respond(about=Entity(renumbered(renamed), pki.key()), issuer=renamed)


USELESS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "nothing": ("missing", lambda: b""),
    "junk": ("expected", lambda: b"junk"),
    "something after": ("more elements", lambda: respond() + b"\x00"),
    "too large": ("an OCSP response of", lambda: bytes(limits.OCSP_SIZE + 1)),
    "no answer": ("gave no answer (status 3)", failed),
    "another kind of response": ("not a basic OCSP response", of_another_kind),
    "a critical extension": (
        "unknown critical extension 1.3.6.1.5.5.7.48.1.2",
        lambda: respond(extension=(x509.OCSPNonce(b"12345678"), True)),
    ),
    "about another serial number": (
        "about another certificate",
        lambda: respond(about=pki.issue("Other", pki.intermediate())),
    ),
    "about the same number elsewhere": (
        "about another certificate",
        about_the_same_number_elsewhere,
    ),
    "about an issuer with another key": (
        "about another certificate",
        about_the_same_name_with_another_key,
    ),
    "about an issuer of another name": (
        "about another certificate",
        about_another_name_with_the_same_key,
    ),
    "with an unknown hash": (
        "about another certificate",
        lambda: respond(id_digest=hashes.SHA224()),
    ),
    "signature altered": ("signature of the response is wrong", with_wrong_signature),
    "signed with SHA-224": ("wrong or not supported", lambda: respond(digest=hashes.SHA224())),
    "by an outsider": ("from another issuer", by_outsider),
    "by a signer": ("OCSPSigning as the only purpose", by_brother),
    "by a certificate for more": ("OCSPSigning as the only purpose", by_mixed_purposes),
    "by another authority": ("not of a CA", by_authority_below),
    "by an expired responder": ("was not valid when it answered", by_expired),
    "by an impostor": ("signature of the response is wrong", by_impostor),
    "without the responder's certificate": (
        "is not in the response",
        lambda: respond(responder=delegate()),
    ),
    "with the responder's certificate behind many others": (
        "is not in the response",
        by_the_last_of_many,
    ),
}


@pytest.mark.parametrize(
    ("reason", "build"), [pytest.param(*row, id=name) for name, row in USELESS.items()]
)
@pytest.mark.parametrize("attested", [None, NOW])
def test_what_cannot_be_relied_on_says_nothing(
    reason: str, build: Callable[[], bytes], attested: datetime | None
) -> None:
    found = ask(build(), attested=attested)
    assert found.outcome is Standing.NOT_APPLICABLE
    assert reason in found.reason
    assert "\n" not in found.reason


@pytest.mark.parametrize(
    ("attested", "now", "outcome"),
    [
        pytest.param(NOW, NOW, Standing.GOOD, id="stamped in the interval"),
        pytest.param(NOW - DAY, NOW, Standing.GOOD, id="stamped at its start"),
        pytest.param(NOW - 50 * DAY, NOW, Standing.GOOD, id="stamped before"),
        pytest.param(NOW + DAY, NOW + DAY, Standing.GOOD, id="stamped at its end"),
        pytest.param(NOW, NOW + 50 * DAY, Standing.GOOD, id="looked at long after"),
        pytest.param(NOW + 2 * DAY, NOW + 3 * DAY, Standing.NOT_APPLICABLE, id="stamped after"),
        pytest.param(NOW - 3 * DAY, NOW - 2 * DAY, Standing.NOT_APPLICABLE, id="from the future"),
        pytest.param(None, NOW, Standing.GOOD, id="not stamped, still current"),
        pytest.param(None, NOW + 2 * DAY, Standing.NOT_APPLICABLE, id="not stamped, old"),
        pytest.param(None, NOW - 2 * DAY, Standing.NOT_APPLICABLE, id="not stamped, future"),
    ],
)
def test_a_good_answer_counts_for_its_time(
    attested: datetime | None, now: datetime, outcome: Standing
) -> None:
    found = ask(respond(), now=now, attested=attested)
    assert found.outcome is outcome
    if outcome is Standing.NOT_APPLICABLE and now < NOW:
        assert found.reason == "the response is from the future"
    elif outcome is Standing.NOT_APPLICABLE:
        assert found.reason.startswith("the response counts until ")


@pytest.mark.parametrize(("hours", "outcome"), [(23, Standing.GOOD), (25, Standing.NOT_APPLICABLE)])
def test_without_a_next_update_an_answer_counts_for_a_day(hours: int, outcome: Standing) -> None:
    """Counted from when it was produced, which these tests cannot choose: it is now."""
    data = respond(next_update=None)
    produced = builder.load_der_ocsp_response(data).produced_at_utc
    moment = produced + timedelta(hours=hours)
    assert ask(data, now=moment, attested=moment).outcome is outcome
    assert ask(data, now=moment).outcome is outcome


@pytest.mark.parametrize(
    ("attested", "now", "revoked_at", "reason", "outcome"),
    [
        pytest.param(NOW, NOW, NOW - 2 * DAY, None, Standing.REVOKED, id="revoked before"),
        pytest.param(
            NOW - 2 * DAY, NOW, NOW - 2 * DAY, None, Standing.REVOKED, id="at the same moment"
        ),
        pytest.param(
            NOW - 9 * DAY, NOW, NOW - 2 * DAY, None, Standing.REVOKED_LATER, id="revoked later"
        ),
        pytest.param(
            NOW + 9 * DAY, NOW + 9 * DAY, NOW - 2 * DAY, None, Standing.REVOKED, id="old answer"
        ),
        pytest.param(None, NOW, NOW - 2 * DAY, None, Standing.REVOKED, id="not stamped"),
        pytest.param(
            None, NOW + 9 * DAY, NOW - 2 * DAY, None, Standing.REVOKED, id="not stamped, old answer"
        ),
        pytest.param(NOW, NOW, NOW - 2 * DAY, HOLD, Standing.REVOKED, id="on hold"),
        pytest.param(
            NOW + 9 * DAY,
            NOW + 9 * DAY,
            NOW - 2 * DAY,
            HOLD,
            Standing.NOT_APPLICABLE,
            id="on hold, but signed when that may have been over",
        ),
        pytest.param(NOW, NOW, NOW - 2 * DAY, REMOVED, Standing.GOOD, id="taken back"),
        pytest.param(
            NOW + 9 * DAY,
            NOW + 9 * DAY,
            NOW - 2 * DAY,
            REMOVED,
            Standing.NOT_APPLICABLE,
            id="taken back, but old",
        ),
        pytest.param(
            NOW - 9 * DAY,
            NOW - 8 * DAY,
            NOW - 2 * DAY,
            None,
            Standing.NOT_APPLICABLE,
            id="from the future",
        ),
    ],
)
def test_a_revocation_counts_from_its_time_on(
    attested: datetime | None,
    now: datetime,
    revoked_at: datetime,
    reason: x509.ReasonFlags | None,
    outcome: Standing,
) -> None:
    data = respond(REVOKED, revoked_at=revoked_at, reason=reason)
    found = ask(data, now=now, attested=attested)
    assert found.outcome is outcome
    assert found.revoked_at == revoked_at


def test_a_responder_may_not_know_the_certificate() -> None:
    assert ask(respond(UNKNOWN)).outcome is Standing.UNKNOWN
    assert ask(respond(UNKNOWN), now=NOW + 9 * DAY).outcome is Standing.NOT_APPLICABLE


def test_extensions_that_are_not_critical_do_no_harm() -> None:
    data = respond(extension=(x509.OCSPNonce(b"12345678"), False))
    assert ask(data).outcome is Standing.GOOD


def combined(*responses: bytes, before: bytes = b"", behind: bytes = b"") -> bytes:
    """One response by the intermediate with the answers of several, and more at the end of each."""
    parts = [pki.elements(_basic(response)) for response in responses]
    fields = pki.elements(parts[0][0])
    answers = [
        der.encode(der.SEQUENCE, *pki.elements(answer), behind)
        for part in parts
        for answer in pki.elements(pki.elements(part[0])[2])
    ]
    data = der.encode(der.SEQUENCE, before, *fields[:2], der.encode(der.SEQUENCE, *answers))
    key = pki.intermediate().key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    signature = key.sign(data, ec.ECDSA(hashes.SHA256()))
    basic = der.encode(
        der.SEQUENCE, data, parts[0][1], der.encode(der.BIT_STRING, b"\x00", signature)
    )
    wrapped = der.encode(
        der.SEQUENCE,
        der.encode_oid("1.3.6.1.5.5.7.48.1.1"),
        der.encode(der.OCTET_STRING, basic),
    )
    status = der.encode(der.ENUMERATED, b"\x00")
    return der.encode(der.SEQUENCE, status, der.encode(der.context(0), wrapped))


def _basic(response: bytes) -> bytes:
    wrapped = pki.elements(pki.elements(response)[1])[0]
    return der.Reader(pki.elements(wrapped)[1]).octets()


@pytest.mark.parametrize("critical", [b"", der.encode(der.BOOLEAN, b"\xff")])
@pytest.mark.parametrize(
    ("time", "standing"),
    [
        (b"20260523120000Z", Standing.REVOKED),
        (b"20260530120000Z", Standing.REVOKED_LATER),
        (b"20260601120000Z", Standing.REVOKED_LATER),
        (b"never", Standing.REVOKED_LATER),
    ],
)
def test_what_was_signed_after_a_key_may_have_been_stolen_does_not_count(
    time: bytes, standing: Standing, critical: bytes
) -> None:
    """RFC 6960 §4.4.5: as in revocation lists. One that cannot be read hides no revocation."""
    since = der.encode(
        der.SEQUENCE,
        der.encode_oid("2.5.29.24"),
        critical,
        der.encode(der.OCTET_STRING, der.encode(der.GENERALIZED_TIME, time)),
    )
    behind = der.encode(der.context(1), der.encode(der.SEQUENCE, since))
    found = combined(respond(REVOKED, revoked_at=NOW - 2 * DAY), behind=behind)
    assert ask(found, attested=NOW - 4 * DAY).outcome is standing
    assert ask(found, attested=NOW - DAY).outcome is Standing.REVOKED


def test_of_several_answers_the_one_about_this_certificate_counts() -> None:
    other = respond(REVOKED, revoked_at=NOW - 9 * DAY, about=pki.issue("O", pki.intermediate()))
    assert ask(combined(other, respond())).outcome is Standing.GOOD


def test_a_version_that_is_spelled_out_changes_nothing() -> None:
    """RFC 6960 §4.2.1: it is the default, which some responders write nevertheless."""
    version = der.encode(der.context(0), der.encode_integer(0))
    assert ask(combined(respond(), before=version)).outcome is Standing.GOOD
    assert ask(combined(respond(), before=version * 2)).outcome is Standing.NOT_APPLICABLE


def test_of_several_answers_about_it_the_revocation_counts() -> None:
    revoked = respond(REVOKED, revoked_at=NOW - 9 * DAY)
    for data in (combined(respond(), revoked), combined(revoked, respond(UNKNOWN))):
        assert ask(data).outcome is Standing.REVOKED
    assert ask(combined(respond(UNKNOWN), respond())).outcome is Standing.GOOD


RESPONSE = respond(REVOKED, revoked_at=NOW - 2 * DAY)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(RESPONSE) - 1), st.integers(0, 255)), min_size=1, max_size=3
    )
)
def test_a_changed_response_never_becomes_a_good_one(changes: list[tuple[int, int]]) -> None:
    data = bytearray(RESPONSE)
    for position, value in changes:
        data[position] = value
    assert ask(bytes(data)).outcome in (Standing.REVOKED, Standing.NOT_APPLICABLE)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_say_nothing(data: bytes) -> None:
    assert ask(data).outcome is Standing.NOT_APPLICABLE


def test_the_reason_is_an_enumerated_number() -> None:
    """X.690 has other tags for other types: what one reader takes another one refuses."""
    data = respond(REVOKED, revoked_at=NOW - DAY, reason=HOLD)
    assert data.count(b"\x0a\x01\x06") == 1
    found = ask(data.replace(b"\x0a\x01\x06", b"\x02\x01\x06"))
    assert found.outcome is Standing.NOT_APPLICABLE
    assert "ENUMERATED expected, INTEGER found" in found.reason


def test_how_many_bytes_of_answers_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    data = respond()
    for most, is_cut in ((2 * len(data), False), (2 * len(data) - 1, True)):
        monkeypatch.setattr(limits, "OCSP_TOTAL", most)
        assert Responses([data, data]).is_cut is is_cut
