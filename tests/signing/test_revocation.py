"""OCSP stapling: a good answer goes into the signature, and nothing else does."""

from __future__ import annotations

import functools
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import c2pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID
from PIL import Image

from aidisclose.errors import SigningError
from aidisclose.manifest.disclosure import Disclosure
from aidisclose.signing.flow import sign
from aidisclose.signing.revocation import Stapling, fetch_ocsp
from aidisclose.signing.signer import Signer
from aidisclose.trust.config import TrustConfig
from aidisclose.validate.state import State
from aidisclose.validate.verify import verify
from tests.issuing import Issued
from tests.servers import Reply, Request, Server, closed_port, serve
from tests.trust import pki
from tests.trust.pki import DAY, Entity

NOW = datetime.now(UTC).replace(microsecond=0)
issue = functools.partial(pki.issue, not_before=NOW - 100 * DAY, not_after=NOW + 100 * DAY)

GOOD, REVOKED = ocsp.OCSPCertStatus.GOOD, ocsp.OCSPCertStatus.REVOKED
UNKNOWN = ocsp.OCSPCertStatus.UNKNOWN


@dataclass(frozen=True)
class World:
    """A chain whose certificates name a responder."""

    root: Entity
    intermediate: Entity
    leaf: Entity

    @property
    def signer(self) -> Signer:
        key = self.leaf.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return Signer.from_pem(chain=self.leaf.pem + self.intermediate.pem, key=key)

    @property
    def trust(self) -> TrustConfig:
        return TrustConfig.from_pem(self.root.pem)


def world(url: str | None, *, on_intermediate: bool = False) -> World:
    extensions: pki.Extensions = {}
    if url:
        location = x509.UniformResourceIdentifier(url)
        description = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, location)
        access = x509.AuthorityInformationAccess([description])
        extensions = {x509.AuthorityInformationAccess: (access, False)}
    root = issue("Root", ca=True, number=30)
    above = extensions if on_intermediate else {}
    middle = issue("Intermediate", root, ca=True, number=31, extensions=above)
    return World(root, middle, issue("Signer", middle, number=32, extensions=extensions))


def respond(
    made: World, request: Request, status: ocsp.OCSPCertStatus, *, delegated: bool = False
) -> bytes:
    """What a responder for both CAs answers to a request."""
    asked = ocsp.load_der_ocsp_request(request.body)
    pairs = ((made.leaf, made.intermediate), (made.intermediate, made.root))
    about, issuer = next(
        pair for pair in pairs if pair[0].x509.serial_number == asked.serial_number
    )
    responder = issuer
    if delegated:
        purposes = [ExtendedKeyUsageOID.OCSP_SIGNING]
        responder = issue("Responder", issuer, number=33, purposes=purposes)
    moment = NOW.replace(tzinfo=None)
    builder = ocsp.OCSPResponseBuilder().add_response(
        about.x509,
        issuer.x509,
        asked.hash_algorithm,
        status,
        moment - DAY,
        moment + DAY,
        moment - DAY if status is REVOKED else None,
        None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, responder.x509)
    if delegated:
        builder = builder.certificates([responder.x509])
    return builder.sign(responder.key, hashes.SHA256()).public_bytes(Encoding.DER)


@contextmanager
def responder(
    answer: Callable[[World, Request], Reply], *, on_intermediate: bool = False
) -> Iterator[tuple[World, Server]]:
    """A world whose certificates name a server that answers like this."""
    worlds: list[World] = []
    with serve(lambda request: answer(worlds[0], request)) as server:
        worlds.append(world(f"{server.url}/ocsp", on_intermediate=on_intermediate))
        yield worlds[0], server


def with_status(status: ocsp.OCSPCertStatus, **options: bool) -> Callable[[World, Request], Reply]:
    return lambda made, request: Reply(respond(made, request, status, **options))


def about_another(made: World, request: Request) -> Reply:
    other = world(None)
    question = ocsp.OCSPRequestBuilder().add_certificate(
        other.leaf.x509, other.intermediate.x509, hashes.SHA1()
    )
    asked = request._replace(body=question.build().public_bytes(Encoding.DER))
    return Reply(respond(other, asked, GOOD))


@functools.cache
def picture() -> bytes:
    output = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(output, "JPEG")
    return output.getvalue()


def signed(made: World, found: Stapling) -> bytes:
    output = io.BytesIO()
    disclosure = Disclosure(ai="generated")
    sign(picture(), output, signer=made.signer, disclosure=disclosure, ocsp=found.responses)
    return output.getvalue()


def reference(data: bytes, made: World) -> tuple[str, set[str]]:
    settings = {"version": 1, "trust": {"user_anchors": made.root.pem.decode()}}
    context = c2pa.Context.from_dict(settings)
    report = json.loads(c2pa.Reader("image/jpeg", io.BytesIO(data), context=context).json())
    found = report["validation_results"]["activeManifest"]
    return report["validation_state"], {item["code"] for kind in found for item in found[kind]}


@pytest.mark.parametrize("delegated", [False, True])
def test_a_stapled_answer_is_understood_here_and_by_the_reference(delegated: bool) -> None:
    with responder(with_status(GOOD, delegated=delegated)) as (made, server):
        found = fetch_ocsp(made.signer, trust=made.trust)
        (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/ocsp")
    assert request.headers["Content-Type"] == "application/ocsp-request"
    assert found.problems == ()
    data = signed(made, found)
    report = verify(data, trust=made.trust)
    assert report.state is State.TRUSTED
    assert "ocsp" not in report.missing
    codes = {status.code for status in report.statuses.success}
    assert "signingCredential.ocsp.notRevoked" in codes
    state, theirs = reference(data, made)
    assert state == "Trusted"
    # The reference wants the certificate of a delegated responder (C2PA 2.2 §14.5.1.2: a CA signs
    # no responses); RFC 6960 §4.2.2.2 lets the issuer answer itself, and we read that as well.
    assert ("signingCredential.ocsp.notRevoked" in theirs) is delegated


def test_issuers_that_name_a_responder_are_asked_about_too() -> None:
    with responder(with_status(GOOD), on_intermediate=True) as (made, server):
        found = fetch_ocsp(made.signer, trust=made.trust)
        assert len(server.requests) == 2
        without_anchor = fetch_ocsp(made.signer)
    assert len(found.responses) == 2
    assert reference(signed(made, found), made)[0] == "Trusted"
    assert len(without_anchor.responses) == 1
    (problem,) = without_anchor.problems
    assert "its issuer is neither in the chain nor among the trust anchors" in problem


def test_a_revoked_certificate_does_not_sign() -> None:
    with (
        responder(with_status(REVOKED)) as (made, _),
        pytest.raises(SigningError, match="the certificate 'Signer' was revoked on"),
    ):
        fetch_ocsp(made.signer, trust=made.trust)


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (with_status(UNKNOWN), "the responder does not know the certificate"),
        (about_another, "the response is about another certificate"),
        (lambda made, request: Reply(b"<html>", "text/html"), "SEQUENCE expected"),
        (lambda made, request: Reply(status=500), r"it answers with an error (HTTP 500)"),
        (lambda made, request: Reply(delay=5), "no answer within 0.3 s"),
        (lambda made, request: Reply(b"\x30\x03\x0a\x01\x06"), "gave no answer (status 6)"),
    ],
)
def test_any_other_answer_is_said_and_not_stapled(
    answer: Callable[[World, Request], Reply], line: str
) -> None:
    with responder(answer) as (made, server):
        found = fetch_ocsp(made.signer, trust=made.trust, timeout=0.3)
        assert found.responses == ()
        (problem,) = found.problems
        assert problem.startswith(f"no OCSP response about 'Signer' from {server.url}/ocsp: ")
    assert line in problem
    assert verify(signed(made, found), trust=made.trust).state is State.TRUSTED


def test_a_responder_that_is_down() -> None:
    made = world(closed_port())
    (problem,) = fetch_ocsp(made.signer, trust=made.trust).problems
    assert "refuses connections" in problem


def test_a_certificate_that_names_no_responder(issued: Issued) -> None:
    found = fetch_ocsp(issued("es256").signer())
    assert found.responses == ()
    (problem,) = found.problems
    assert problem.endswith("the certificate names no responder")


def test_the_request_is_that_of_the_library() -> None:
    """The same bytes as `cryptography` makes, which shares no code with ours."""
    asked: list[bytes] = []

    def answer(_: World, request: Request) -> Reply:
        asked.append(request.body)
        return Reply(status=500)

    with responder(answer) as (made, _):
        fetch_ocsp(made.signer)
    built = ocsp.OCSPRequestBuilder().add_certificate(
        made.leaf.x509, made.intermediate.x509, hashes.SHA1()
    )
    assert asked == [built.build().public_bytes(Encoding.DER)]
