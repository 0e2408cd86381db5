"""Values at the end of what there is: each is a status, or an error of ours.

What is signed anew each time, fuzzing does not reach: a changed byte breaks the signature first.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from datetime import UTC, datetime
from typing import Any, Final

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from rich.text import Text

import aidisclose as ad
from aidisclose.cli.exits import Exit
from aidisclose.cli.main import main
from aidisclose.codec import der
from aidisclose.errors import AidiscloseError
from aidisclose.policy.own import Policy
from aidisclose.render import formats, tree
from aidisclose.render.renderer import Result, Run
from aidisclose.render.terminal import links
from aidisclose.trust import lists
from aidisclose.validate.transcript import moment
from tests.identity import test_codes as identities
from tests.manifest import build
from tests.manifest.build import TRUST, Recipe
from tests.trust import pki
from tests.trust.pki import NOW
from tests.trust.tokens import SHA1, algorithm, octets
from tests.validate.statuses.case import stamped, stapled
from tests.validate.stream import INIT, Session, manifest, segment

_LAST: Final = "99991231235959Z"
_FIRST: Final = datetime.min.replace(tzinfo=UTC)
_END: Final = datetime.max.replace(tzinfo=UTC)


def answer(produced: str) -> bytes:
    """A good OCSP response about the signer, produced at some time, without an end."""
    certificate, issuer = pki.signer().certificate, pki.intermediate()
    key = hashlib.sha1(issuer.certificate.key_info.bits).digest()
    about = der.encode(
        der.SEQUENCE,
        algorithm(SHA1),
        octets(hashlib.sha1(certificate.issuer).digest()),
        octets(key),
        der.encode_integer(certificate.serial),
    )
    good = der.encode(der.context(0, constructed=False))
    since = der.encode(der.GENERALIZED_TIME, b"20260531120000Z")
    signed = der.encode(
        der.SEQUENCE,
        der.encode(der.context(2), octets(key)),
        der.encode(der.GENERALIZED_TIME, produced.encode()),
        der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, about, good, since)),
    )
    assert isinstance(issuer.key, ec.EllipticCurvePrivateKey)
    signature = issuer.key.sign(signed, ec.ECDSA(hashes.SHA256()))
    basic = der.encode(
        der.SEQUENCE,
        signed,
        algorithm("1.2.840.10045.4.3.2"),
        der.encode(der.BIT_STRING, b"\0", signature),
    )
    wrapped = der.encode(der.SEQUENCE, der.encode_oid("1.3.6.1.5.5.7.48.1.1"), octets(basic))
    status = der.encode(der.ENUMERATED, b"\0")
    return der.encode(der.SEQUENCE, status, der.encode(der.context(0), wrapped))


@pytest.mark.parametrize("produced", [_LAST, "00010101000000Z"])
def test_a_response_of_the_last_day_says_what_it_says(produced: str) -> None:
    report = ad.verify(stapled(answer(produced))(), trust=TRUST, at=NOW)
    assert report.state is ad.State.TRUSTED
    codes = {each.code for each in report.statuses.statuses}
    is_current = produced == _LAST
    assert ("signingCredential.ocsp.notRevoked" in codes) is is_current


@pytest.mark.parametrize("at", [_FIRST, _END])
@pytest.mark.parametrize("time", [_LAST, "00010101000000Z", "20260601120000Z"])
def test_time_stamps_of_any_time_are_judged_at_any_time(at: datetime, time: str) -> None:
    report = ad.verify(stamped(time=time)(), trust=TRUST, at=at)
    # The signer's certificate was valid when it was stamped; to the first day, all is the future.
    is_proven = time.startswith("2026") and at is _END
    assert report.state is (ad.State.TRUSTED if is_proven else ad.State.INVALID)


def test_rules_are_judged_at_any_time() -> None:
    when = "9999-12-31T23:59:59+00:00"
    created = build.actions({**build.CREATED, "when": when})
    report = ad.verify(build.signed(Recipe(assertions=(created,))), trust=TRUST, at=_END)
    findings = ad.check(report, "ca-sb942", as_of=NOW.date())
    assert findings


@pytest.mark.parametrize("curve", [[], {}, 7, None, ["P-256"]])
def test_a_key_of_an_odd_curve_is_none(curve: object) -> None:
    jwk = {"kty": "EC", "crv": curve, "x": "AA", "y": "AA"}
    named = base64.urlsafe_b64encode(json.dumps(jwk).encode()).rstrip(b"=").decode()
    sign = identities.credential(issuer=f"did:jwk:{named}")
    report = ad.verify(identities.by_credential(sign), trust=TRUST, at=NOW)
    [found] = report.identities
    assert found.standing is ad.IdentityStanding.INVALID
    assert report.state is ad.State.TRUSTED


#: A tag around a list, which cannot be looked up in a table.
_TAG: Final = cbor2.CBORTag(4, [1, 2])


@pytest.mark.parametrize("label", [1, -1, 3, 2])
@pytest.mark.parametrize("value", [_TAG, [], {}, True, 1.0, None])
def test_a_session_key_of_an_odd_kind_is_none(label: int, value: object) -> None:
    session = Session()
    entry = session.entry
    key = {**entry["key"], label: value}  # type: ignore[dict-item]
    content = {"keys": [{**entry, "key": key}]}
    delivered = manifest(
        INIT,
        Recipe(number=1, assertions=(build.actions(), build.cbor("c2pa.session-keys", content))),
    )
    found = ad.verify_stream([delivered, segment(1, session)], trust=TRUST, at=NOW)
    # An algorithm besides the kind of key says nothing that the signature does not.
    assert (found.segments[-1].state is ad.State.TRUSTED) is (label == 3)


def listed(**changes: object) -> bytes:
    """A published trust list with the root."""
    information = {
        "SchemeName": [{"value": "Example list"}],
        "LoTESequenceNumber": 1,
        "ListIssueDateTime": "2026-01-01T00:00:00Z",
        "NextUpdate": "2027-01-01T00:00:00Z",
        **changes,
    }
    identity = {"X509Certificates": [{"val": base64.b64encode(pki.root().der).decode()}]}
    service = {
        "ServiceInformation": {
            "ServiceStatus": "https://example.com/trusted",
            "StatusStartingTime": "2025-01-01T00:00:00Z",
            "ServiceDigitalIdentity": identity,
        }
    }
    entities = [{"TrustedEntityServices": [service]}]
    found = {"ListAndSchemeInformation": information, "TrustedEntitiesList": entities}
    return json.dumps({"LoTE": found}).encode()


@pytest.mark.parametrize(
    "changes",
    [
        {"SchemeName": [{"value": "\ud800"}]},
        {"ListIssueDateTime": "0001-01-01T00:00:00+14:00"},
        {"NextUpdate": "9999-12-31T23:59:59-14:00"},
    ],
)
def test_a_list_that_cannot_be_kept_is_refused(changes: dict[str, Any]) -> None:
    found = lists.parse(listed(), name="example")
    assert found.issued is not None
    assert moment(found.issued) == "2026-01-01T00:00:00Z"
    assert lists.parse(lists.encode(found), name="example").title == "Example list"
    with pytest.raises(AidiscloseError):
        lists.parse(listed(**changes), name="example")


@pytest.mark.parametrize(
    "command",
    [
        ("trust", "add", "https://["),
        ("trust", "update", "--from", "https://["),
        ("publish", "picture.png", "--server", "https://["),
        ("recover", "picture.png", "--server", "https://["),
    ],
)
def test_an_address_that_cannot_be_read_is_a_mistake(
    command: tuple[str, ...], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIDISCLOSE_HOME", str(tmp_path))
    monkeypatch.setenv("AIDISCLOSE_REPOSITORY_TOKEN", "x")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "picture.png").write_bytes(build.signed())
    assert main(command) not in (Exit.OK, Exit.BUG)


def test_an_address_in_a_record_is_read_once() -> None:
    """Of several ways to read it, each would be tried: an hour for a file of 80 kB."""
    address = f"https://{'a.' * 100_000} "
    record = build.cbor("org.aidisclose.disclosure", {"ai": "generated", "policy_url": address})
    data = build.signed(Recipe(assertions=(build.actions(), record)))
    report = ad.verify(data, trust=TRUST, at=NOW)
    assert report.record["policy_url"] == address
    begin = time.process_time()
    assert ad.check(report, "pai", as_of=NOW.date())
    assert time.process_time() - begin < 5


@pytest.mark.parametrize("line", [f"[{' ' * 200_000}", f"[[{' a' * 100_000}", "'" * 200_000])
def test_lines_of_a_policy_are_read_once(line: str) -> None:
    begin = time.process_time()
    policy = f'version = 1\nprofiles = ["pai"]\nname = """\n{line}\n"""\n'
    assert Policy.from_toml(policy).name.strip()
    assert time.process_time() - begin < 5


@pytest.mark.parametrize(
    ("glob", "is_allowed"),
    [("**/*_*_*.jpg", True), ("*/*/*/*/*.jpg", True), ("*a*a*a*b", False), ("**a**b**c**", False)],
)
def test_paths_of_a_policy_are_matched_in_time(glob: str, is_allowed: bool) -> None:
    policy = f'version = 1\n[[require]]\npath = "{glob}"\nstate = "valid"\n'
    if not is_allowed:
        with pytest.raises(ad.UsageError, match="stars"):
            Policy.from_toml(policy)
        return
    begin = time.process_time()
    [wanted] = Policy.from_toml(policy).requirements
    assert not wanted.covers(f"{'x/' * 20}{'a' * 250}")
    assert time.process_time() - begin < 5


@pytest.mark.parametrize(
    "file", ["Front-Page/Größe.JPG", "front-page/gro\u0308\u00dfe.jpg", "FRONT-PAGE/GRÖßE.JPG"]
)
def test_no_spelling_of_a_name_escapes_a_requirement(file: str) -> None:
    policy = 'version = 1\n[[require]]\npath = "front-page/größe.jpg"\nstate = "trusted"\n'
    [wanted] = Policy.from_toml(policy).requirements
    assert wanted.covers(file)


@pytest.mark.parametrize(("count", "length"), [(60_000, 40), (2_000, 3_000)])
def test_what_an_actor_is_called_fills_no_output(count: int, length: int) -> None:
    def payload(fields: dict[str, Any]) -> None:
        fields["role"] = ["r" * length] * count

    size = count * (length + 4) + 9_000
    data = identities.identified(payload=payload, size=size)
    report = ad.verify(data, trust=TRUST, at=NOW)
    assert report.state is ad.State.TRUSTED
    for name in formats.FORMATS["verify"]:
        shown = formats.renderer("verify", name).result(Result("a.png", report), Run(NOW))
        assert len(shown) < 3_000_000, name
    assert len(tree.render(Result("a.png", report), Run(NOW))) < 100_000


def test_what_is_verified_of_an_actor_fills_no_output() -> None:
    verified = {
        "type": "cawg.social_media",
        "username": "A" * 100_000,
        "provider": {"name": "N" * 100_000},
        "verifiedAt": "2026-01-01T00:00:00Z",
    }
    sign = identities.credential(subject={"verifiedIdentities": [verified] * 20})
    report = ad.verify(identities.by_credential(sign, size=6_000_000), trust=TRUST, at=NOW)
    assert len(json.dumps(report.as_dict())) < 1_000_000


@pytest.mark.parametrize("text", ["aB" * 20_000, "a." * 20_000, "A-" * 20_000, "https://" * 5_000])
def test_a_line_at_a_terminal_is_searched_for_codes_once(text: str) -> None:
    begin = time.process_time()
    assert links.add(Text(f"{text}\x01")).plain == f"{text}\x01"
    assert time.process_time() - begin < 5


def test_a_code_at_a_terminal_leads_to_what_it_means() -> None:
    [link] = links.add(Text("(claimSignature.mismatch)")).spans
    assert (link.start, link.end) == (1, 24)
