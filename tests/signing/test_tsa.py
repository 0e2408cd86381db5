"""Time stamps while signing: from a real authority, and from authorities that fail in every way."""

from __future__ import annotations

import functools
import io
import json
import math
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import c2pa
import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from PIL import Image

from aidisclose import limits
from aidisclose.codec import der
from aidisclose.errors import SigningError, Unreachable, UsageError
from aidisclose.manifest.disclosure import Disclosure
from aidisclose.signing import tsa
from aidisclose.signing.asset import SignedAsset
from aidisclose.signing.credentials import Credentials
from aidisclose.signing.flow import sign
from aidisclose.signing.tsa import Authority, stamp
from aidisclose.trust.config import TrustConfig
from aidisclose.trust.timestamp import encode_request
from aidisclose.validate.report import Report
from aidisclose.validate.state import State
from aidisclose.validate.verify import verify
from tests.issuing import Issued
from tests.servers import Behaviour, Reply, Request, closed_port, serve
from tests.trust import pki, tokens
from tests.trust.pki import Entity

REPLY = "application/timestamp-reply"
NOW = datetime.now(UTC)

CONFIG = """
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {chain}
certs = {chain}
signer_key = {key}
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


@pytest.fixture(autouse=True)
def failures(monkeypatch: pytest.MonkeyPatch) -> dict[str, tsa._Failures]:
    """What is remembered of authorities: nothing of those of other tests."""
    remembered: dict[str, tsa._Failures] = {}
    monkeypatch.setattr(tsa, "_failures", remembered)
    return remembered


def openssl_tsa(credentials: Path, folder: Path) -> Behaviour:
    """A real authority: `openssl ts`."""
    (folder / "serial").write_text("01")
    config = CONFIG.format(
        folder=folder, chain=credentials / "tsa-chain.pem", key=credentials / "tsa-key.pem"
    )
    (folder / "tsa.cnf").write_text(config)

    def behave(request: Request) -> Reply:
        assert request.headers["Content-Type"] == "application/timestamp-query"
        (folder / "request").write_bytes(request.body)
        command = ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "request"]
        done = subprocess.run([*command, "-out", "reply"], cwd=folder, capture_output=True)
        assert done.returncode == 0, done.stderr
        return Reply((folder / "reply").read_bytes(), REPLY)

    return behave


def answer(
    request: bytes, entity: Entity, *, at: datetime | None = None, padding: bytes = b""
) -> bytes:
    """A response to a request, by any entity, at any time."""
    reader = der.read(request)
    reader.integer()
    imprint = reader.take(der.SEQUENCE).encoded
    nonce = reader.take(der.INTEGER).encoded
    moment = (at or datetime.now(UTC)).strftime("%Y%m%d%H%M%SZ").encode()
    content = der.encode(
        der.SEQUENCE,
        der.encode_integer(1),
        der.encode_oid("1.2.3.4"),
        imprint,
        der.encode_integer(7),
        der.encode(der.GENERALIZED_TIME, moment),
        nonce,
    )
    chain = [each for each in (entity, entity.issuer) if each is not None]
    certificates = [*(each.der for each in chain), *([padding] if padding else [])]
    signer = tokens.signer_info(entity, tokens.attributes(content, entity))
    return tokens.response(tokens.signed_data(content, [signer], certificates))


def authority(
    *,
    purposes: tuple[x509.ObjectIdentifier, ...] = (ExtendedKeyUsageOID.TIME_STAMPING,),
    not_before: datetime = NOW - timedelta(days=100),
    not_after: datetime = NOW + timedelta(days=100),
) -> Entity:
    extension = x509.ExtendedKeyUsage(list(purposes))
    return pki.issue(
        "TSA",
        pki.root(),
        number=3,
        extensions={x509.ExtendedKeyUsage: (extension, True)},
        not_before=not_before,
        not_after=not_after,
    )


def by(entity: Entity) -> Behaviour:
    return lambda request: Reply(answer(request.body, entity), REPLY)


def other_digest(request: Request) -> Reply:
    nonce = der.read(request.body)
    nonce.integer()
    nonce.take()
    changed = encode_request(b"something else", nonce=nonce.integer())
    return Reply(answer(changed, authority()), REPLY)


def replay(_: Request) -> Reply:
    return Reply(answer(encode_request(b"message", nonce=1), authority()), REPLY)


REFUSAL = der.encode(
    der.SEQUENCE,
    der.encode(
        der.SEQUENCE,
        der.encode_integer(2),
        der.encode(der.SEQUENCE, der.encode(0x0C, b"too many\nrequests")),
    ),
)
HOLD = der.encode(der.OCTET_STRING, bytes(limits.TIMESTAMP_ROOM))
HOUR = timedelta(hours=1)

#: What an authority does wrong → how, and the line about it.
FAULTS: dict[str, tuple[Behaviour, str]] = {
    "slow": (lambda _: Reply(delay=5), r"no answer within 0\.5 s"),
    "a web page": (
        lambda _: Reply(b"<html>Welcome</html>", "text/html"),
        r"it answers with a web page: is the address right\?",
    ),
    "an error": (lambda _: Reply(status=503), r"it answers with an error \(HTTP 503\)"),
    "nothing": (lambda _: Reply(b"", REPLY), "it gives no time stamp: SEQUENCE is missing"),
    "text": (lambda _: Reply(b"busy", "text/plain"), "it gives no time stamp: SEQUENCE expected"),
    "a refusal": (
        lambda _: Reply(REFUSAL, REPLY),
        r".* the authority refused the time stamp \(status 2: 'too many\\nrequests'\)",
    ),
    "too much": (
        lambda _: Reply(bytes(limits.TIMESTAMP_SIZE + 1), REPLY),
        "its answer has more than 1048576 bytes",
    ),
    "another digest": (
        other_digest,
        "its time stamp is not usable: the time stamp is about something else",
    ),
    "a replay": (replay, "its time stamp answers another request"),
    "an expired certificate": (
        by(authority(not_after=NOW - HOUR)),
        r"its time stamp is not usable: 'TSA' expired on 20",
    ),
    "a certificate for mail": (
        by(authority(purposes=(ExtendedKeyUsageOID.EMAIL_PROTECTION,))),
        ".* the authority's certificate: timeStamping as the only purpose is required, found email",
    ),
    "a token that does not fit": (
        lambda request: Reply(answer(request.body, authority(), padding=HOLD), REPLY),
        r"its time stamp has \d+ bytes, where \d+ are reserved",
    ),
    "another signature": (
        lambda request: Reply(answer(request.body, authority())[:-1] + b"\0", REPLY),
        "its time stamp is not usable: the signature of the time stamp is wrong",
    ),
}

ANCHORS = (pki.root().anchor,)


def ask(url: str, **options: float) -> Authority:
    return Authority(url=url, timeout=options.get("timeout", 0.5))


@pytest.mark.parametrize("timeout", [0, -1, math.nan, math.inf, 1e9])
def test_a_time_that_nobody_can_wait_is_refused(timeout: float) -> None:
    with pytest.raises(UsageError, match=re.escape(f"invalid timeout {timeout!r} of")):
        ask("http://localhost/", timeout=timeout)


@pytest.mark.parametrize("fault", FAULTS)
def test_what_an_authority_does_wrong_is_one_line_and_the_next_is_asked(fault: str) -> None:
    behave, line = FAULTS[fault]
    with serve(behave) as bad, serve(by(authority())) as good:
        found = stamp(b"message", [ask(bad.url), ask(good.url)], anchors=ANCHORS)
    assert found.stamp is not None
    (problem,) = found.problems
    assert re.fullmatch(f"time stamp authority {bad.url}: {line}.*", problem)
    assert "\n" not in problem


def test_an_authority_that_is_down() -> None:
    url = closed_port()
    found = stamp(b"message", [ask(url)], anchors=ANCHORS)
    assert found.stamp is None
    (problem,) = found.problems
    assert problem.startswith(f"time stamp authority {url}: it refuses connections")


def test_a_stranger_counts_only_if_nobody_else_does() -> None:
    with serve(by(authority())) as stranger, serve(by(authority())) as known:
        trusted = stamp(b"m", [ask(stranger.url), ask(known.url)], anchors=ANCHORS)
        assert trusted.problems == ()
        elsewhere = (pki.root("p384").anchor,)
        found = stamp(b"m", [ask(stranger.url)], anchors=elsewhere)
        assert found.stamp is not None
        assert found.problems == (
            f"time stamp authority {stranger.url}: not trusted: no anchor for 'Root p256 0'",
        )
        with pytest.raises(SigningError, match=r"is required, .* none: .* not trusted"):
            stamp(b"m", [ask(stranger.url)], anchors=elsewhere, required=True)
        assert stamp(b"m", [ask(stranger.url)], required=True).problems == ()


def test_without_anchors_an_expired_certificate_is_noticed_all_the_same() -> None:
    with serve(by(authority(not_after=NOW - HOUR))) as server:
        found = stamp(b"m", [ask(server.url)])
    assert found.stamp is None
    assert "its certificate is valid" in found.problems[0]


def test_secrets_in_an_address_are_never_shown() -> None:
    url = closed_port().replace("http://", "http://me:secret@") + "?key=secret"
    authority = ask(url)
    (problem,) = stamp(b"m", [authority]).problems
    assert "secret" not in problem + repr(authority) + str(authority)


def test_an_authority_is_asked_for_the_hash_of_the_message_alone() -> None:
    request = der.read(encode_request(b"message", nonce=0))
    assert request.integer() == 1
    imprint = request.enter()
    imprint.take(der.SEQUENCE)
    assert len(imprint.octets()) == 32
    assert request.integer() == 0
    assert request.boolean() is True  # the certificates are wanted
    request.finish()


@functools.cache
def picture() -> bytes:
    output = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(output, "JPEG")
    return output.getvalue()


def trust(credentials: Credentials) -> TrustConfig:
    root = (credentials.folder / "root.pem").read_bytes()
    return TrustConfig.from_pem(root, tsa=root)


def signed(
    credentials: Credentials,
    *authorities: Authority,
    required: bool = False,
    reserve: int = limits.TIMESTAMP_ROOM,
) -> tuple[SignedAsset, Report, bytes]:
    output = io.BytesIO()
    asset = sign(
        picture(),
        output,
        signer=credentials.signer(),
        disclosure=Disclosure(ai="generated"),
        trust=trust(credentials),
        authorities=authorities,
        require_timestamp=required,
        reserve=reserve,
    )
    return asset, verify(output.getvalue(), trust=trust(credentials)), output.getvalue()


def reference(data: bytes, credentials: Credentials) -> tuple[str, dict[str, set[str]]]:
    root = (credentials.folder / "root.pem").read_text()
    context = c2pa.Context.from_dict({"version": 1, "trust": {"user_anchors": root}})
    report = json.loads(c2pa.Reader("image/jpeg", io.BytesIO(data), context=context).json())
    found = report["validation_results"]["activeManifest"]
    return report["validation_state"], {
        kind: {item["code"] for item in found[kind]} for kind in found
    }


@pytest.mark.parametrize("alg", ["es256", "ps512"])
def test_a_stamped_file_is_trusted_here_and_by_the_reference(
    issued: Issued, tmp_path: Path, alg: str
) -> None:
    credentials = issued(alg)
    with serve(openssl_tsa(credentials.folder, tmp_path)) as server:
        before = datetime.now(UTC).replace(microsecond=0)
        asset, report, data = signed(credentials, Authority(url=server.url), required=True)
    assert asset.warnings == ()
    assert asset.timestamp is not None
    assert before <= asset.timestamp <= datetime.now(UTC)
    assert report.state is State.TRUSTED
    assert "timestamp" not in report.missing
    signature = report.signature
    assert signature is not None
    assert signature.timestamp is not None
    assert signature.timestamp.time == asset.timestamp
    state, codes = reference(data, credentials)
    assert state == "Trusted"
    assert codes["success"] >= {"timeStamp.validated", "timeStamp.trusted"}
    assert codes["failure"] == set()
    assert not [code for code in codes["informational"] if code.startswith("timeStamp")]


@pytest.mark.parametrize(("reserve", "is_stamped"), [(1_000, False), (20_000, True)])
def test_the_room_for_a_time_stamp_can_be_chosen(
    issued: Issued, tmp_path: Path, reserve: int, is_stamped: bool
) -> None:
    credentials = issued("es256")
    with serve(openssl_tsa(credentials.folder, tmp_path)) as server:
        asset, report, data = signed(credentials, Authority(url=server.url), reserve=reserve)
    assert (asset.timestamp is not None) == is_stamped
    assert bool(asset.warnings) != is_stamped
    assert reserve < len(asset.store) < reserve + 5_000
    assert report.state is State.TRUSTED
    assert reference(data, credentials)[0] == "Trusted"


@pytest.mark.parametrize("reserve", [0, 999, limits.TIMESTAMP_SIZE + 1])
def test_room_has_its_limits(issued: Issued, reserve: int) -> None:
    with pytest.raises(ValueError, match="out of range: 1,000 to"):
        signed(issued("es256"), reserve=reserve)


@pytest.mark.parametrize("fault", [name for name in FAULTS if name != "too much"])
def test_a_fault_is_a_warning_and_the_file_is_as_good_as_without(
    issued: Issued, fault: str
) -> None:
    credentials = issued("es256")
    with serve(FAULTS[fault][0]) as server:
        asset, report, data = signed(credentials, ask(server.url))
    assert len(asset.warnings) == 1
    assert asset.timestamp is None
    assert report.state is State.TRUSTED
    assert "timestamp" in report.missing
    assert reference(data, credentials)[0] == "Trusted"


def test_the_second_authority_stamps_if_the_first_does_not(issued: Issued, tmp_path: Path) -> None:
    credentials = issued("es256")
    with serve(openssl_tsa(credentials.folder, tmp_path)) as server:
        asset, report, data = signed(
            credentials, ask(closed_port()), ask(server.url, timeout=10), required=True
        )
    assert "refuses connections" in asset.warnings[0]
    assert asset.timestamp is not None
    assert "timestamp" not in report.missing
    assert "timeStamp.trusted" in reference(data, credentials)[1]["success"]


def test_a_required_time_stamp_that_does_not_come_leaves_no_output(
    issued: Issued, tmp_path: Path
) -> None:
    output = tmp_path / "out.jpg"
    options: Any = {
        "signer": issued("es256").signer(),
        "disclosure": Disclosure(ai="generated"),
        "require_timestamp": True,
    }
    with pytest.raises(SigningError, match="a time stamp is required, and there is none: time st"):
        sign(picture(), output, authorities=[ask(closed_port())], **options)
    assert list(tmp_path.iterdir()) == []
    output.write_bytes(b"before")
    with pytest.raises(SigningError, match="a time stamp is required"):
        sign(picture(), output, authorities=[ask(closed_port())], overwrite=True, **options)
    assert output.read_bytes() == b"before"
    with pytest.raises(ValueError, match="no authority is named"):
        sign(picture(), output, **options)


def test_an_expired_signer_stays_trusted_by_its_time_stamp(issued: Issued, tmp_path: Path) -> None:
    credentials = issued("es256")
    with serve(openssl_tsa(credentials.folder, tmp_path)) as server:
        _, _, stamped = signed(credentials, Authority(url=server.url))
        _, _, plain = signed(credentials)
    later = datetime.now(UTC) + timedelta(days=500)
    assert verify(stamped, trust=trust(credentials), at=later).state is State.TRUSTED
    assert verify(plain, trust=trust(credentials), at=later).state is State.INVALID


def test_authorities_are_asked_once_a_file_and_in_time(issued: Issued) -> None:
    with serve(lambda _: Reply(delay=5)) as server:
        start = time.monotonic()
        signed(issued("es256"), *[ask(server.url, timeout=0.1)] * 3)
        assert len(server.requests) == 3
        assert time.monotonic() - start < 4


# --- a batch of files ---------------------------------------------------------------------------


def test_a_batch_waits_once_for_an_authority_that_is_slow() -> None:
    with serve(lambda _: Reply(delay=5)) as first, serve(by(authority())) as second:
        authorities = [ask(first.url, timeout=0.3), ask(second.url, timeout=5)]
        found = [stamp(b"message", authorities) for _ in range(4)]
        assert (len(first.requests), len(second.requests)) == (1, 4)
    assert all(item.stamp for item in found)
    assert "no answer within 0.3 s" in found[0].problems[0]
    assert ["not asked, since" in item.problems[0] for item in found[1:]] == [True] * 3


def test_threads_share_what_is_known_of_an_authority() -> None:
    with serve(lambda _: Reply(delay=5)) as first, serve(by(authority())) as second:
        authorities = [ask(first.url, timeout=0.3), ask(second.url, timeout=5)]
        stamp(b"message", authorities)
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda _: stamp(b"message", authorities), range(12)))
        assert len(first.requests) == 1
    assert all(item.stamp for item in found)


def test_the_only_authority_is_left_alone_too() -> None:
    with serve(lambda _: Reply(delay=5)) as server:
        found = [stamp(b"message", [ask(server.url, timeout=0.3)]) for _ in range(3)]
        assert len(server.requests) == 1
    assert [item.stamp for item in found] == [None] * 3
    assert all(item.problems for item in found)


def test_what_is_required_is_asked_for_all_the_same() -> None:
    """After the others, since it may answer again, and not with every file of a batch."""
    with serve(lambda _: Reply(delay=5)) as first, serve(by(authority())) as second:
        authorities = [ask(first.url, timeout=0.3), ask(second.url, timeout=5)]
        for _ in range(2):
            assert stamp(b"message", authorities, required=True).stamp
        assert len(first.requests) == 1
        for _ in range(2):
            with pytest.raises(SigningError, match="no answer within"):
                stamp(b"message", authorities[:1], required=True)
        assert len(first.requests) == 3
        for _ in range(3):
            with pytest.raises(SigningError, match="not asked, since it failed just now"):
                stamp(b"message", authorities[:1], required=True)
        assert len(first.requests) == 3


def test_after_a_while_an_authority_is_asked_again(failures: dict[str, tsa._Failures]) -> None:
    with serve(by(authority())) as server:
        address = ask(server.url, timeout=5)
        failures[server.url] = tsa._Failures(3, time.monotonic() - 30)
        assert stamp(b"message", [address]).stamp is None
        failures[server.url] = tsa._Failures(9, time.monotonic() - 61)
        assert stamp(b"message", [address]).stamp
        assert failures == {}


@pytest.mark.parametrize(("required", "most"), [(False, 3), (True, 9)])
def test_an_authority_that_answers_with_errors_is_asked_a_few_times(
    required: bool, most: int
) -> None:
    with serve(lambda _: Reply(b"", REPLY, status=503)) as server:
        for _ in range(most + 3):
            if required:
                with pytest.raises(SigningError) as caught:
                    stamp(b"message", [ask(server.url, timeout=5)], required=True)
                assert isinstance(caught.value.__cause__, Unreachable)
            else:
                assert stamp(b"message", [ask(server.url, timeout=5)]).stamp is None
        assert len(server.requests) == most
