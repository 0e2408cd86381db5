"""Every rule about live streams (C2PA 2.5 §15.5, §15.8, §16.7.3.2) at its limit, word for word."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import cbor2
import pytest

import aidisclose as ad
from aidisclose import limits
from aidisclose.containers import bmff
from aidisclose.containers.isobox import C2PA
from aidisclose.errors import LimitExceeded, UsageError
from aidisclose.validate import live
from tests.bindings.build import asset, flip
from tests.bindings.test_fragments import hash_of
from tests.containers.samples_bmff import box, full
from tests.manifest import build
from tests.manifest.build import TRUST, Assertion, Recipe, Seal, cbor
from tests.trust import pki
from tests.validate.stream import (
    INIT,
    NOW,
    SCHEME,
    Session,
    carrying,
    emsg,
    init,
    keys,
    manifest,
    media,
    segment,
)

KEY: Final = Session()
OTHER: Final = Session(key=pki.issue("Second", number=221), kid=b"key_002", first=4)
_SCHEME_RULE: Final = {"xpath": "/emsg", "data": [{"offset": 12, "value": SCHEME}]}
#: A signer whom nobody trusts, and its certificate.
STRANGER: Final = pki.issue("Stranger", number=310)
_URL: Final = f"self#jumbf=/c2pa/{build.label(1)}/c2pa.assertions/"

Files = Callable[[], tuple[bytes, ...]]


def last(*files: bytes, at: datetime = NOW) -> ad.LiveSegment:
    return ad.verify_stream(files, trust=TRUST, at=at).segments[-1]


def delivering(*assertions: Assertion, number: int = 1, seal: Seal | None = None) -> bytes:
    """An initialization segment with these assertions."""
    recipe = Recipe(number=number, assertions=(build.actions(), *assertions))
    return manifest(INIT, build.variant(recipe, **({"seal": seal} if seal else {})))


def entries(*found: object) -> Assertion:
    return cbor("c2pa.session-keys", {"keys": list(found)})


def entry(**changes: object) -> bytes:
    """An initialization segment with a session key of which some fields are others."""
    return delivering(entries(KEY.entry | changes))


def _key() -> dict[int, object]:
    found = KEY.entry["key"]
    assert isinstance(found, dict)
    return found


def hashed(**changes: Any) -> dict[str, Any]:
    """A BMFF hash of the first segment with some fields replaced."""
    every = {"alg": "sha256", "exclusions": [_SCHEME_RULE], "hash": hash_of(media(1))} | changes
    return {name: value for name, value in every.items() if value is not None}


def excluding(*rules: object, **changes: object) -> tuple[bytes, ...]:
    return init(KEY), segment(1, KEY, bmffHash=hashed(exclusions=list(rules), **changes))


def emsg_with(**changes: object) -> dict[str, object]:
    return {"xpath": "/emsg", "data": [{"offset": 12, "value": SCHEME} | changes]}


def produced(moment: datetime) -> bytes:
    """A box with a time of production, from 1900 on."""
    seconds = int(moment.timestamp()) + 2_208_988_800
    return full("prft", 1, 0, bytes(4), seconds.to_bytes(4), b"\xff" * 4, bytes(8))


def at_time(moment: datetime, number: int = 1) -> bytes:
    """A segment that was produced then."""
    return segment(number, KEY, data=produced(moment) + media(number))


START: Final = datetime(2026, 6, 1, 11, tzinfo=UTC)
END: Final = START + timedelta(seconds=7_200)
SECOND: Final = timedelta(seconds=1)
EXPIRY: Final = pki.signer().certificate.not_after
LASTING: Final = Session(period=10**8)

SOUND: Final[dict[str, Files]] = {
    "produced when its key begins": lambda: (init(KEY), at_time(START)),
    "produced when its key ends": lambda: (init(KEY), at_time(END)),
    "claimed when its key begins": lambda: (
        init(KEY),
        segment(1, KEY, time=int(START.timestamp())),
    ),
    "claimed when its key ends": lambda: (init(KEY), segment(1, KEY, time=int(END.timestamp()))),
    "when the certificate of its key expires": lambda: (
        init(LASTING),
        segment(1, LASTING, time=int(EXPIRY.timestamp())),
    ),
    "the first number of its key": lambda: (init(OTHER), segment(4, OTHER)),
    "number zero": lambda: (init(Session(first=0)), segment(0, Session(first=0))),
    "a key that is bound in an encoding": lambda: (
        entry(signerBinding=cbor2.dumps(KEY.entry["signerBinding"])),
        segment(1, KEY),
    ),
    "as many keys as there may be": lambda: (
        init(*(Session(kid=bytes([each])) for each in range(1, limits.SESSION_KEYS + 1))),
        segment(1, Session(kid=b"\1")),
    ),
    "a new key for the last segment on": lambda: (
        init(KEY),
        segment(4, KEY),
        init(OTHER, number=9),
        segment(5, OTHER, label=build.label(9)),
    ),
    "an old key delivered again": lambda: (init(KEY), segment(8, KEY), init(KEY)),
    "the scheme as text": lambda: excluding(emsg_with(value=SCHEME.decode())),
    "the scheme at the offset of the specification": lambda: excluding(emsg_with(offset=0)),
    "the scheme as the second of two": lambda: excluding(
        {"xpath": "/emsg", "data": [{"offset": 4, "value": b"x"}, *_SCHEME_RULE["data"]]}
    ),
    "another message before": lambda: (
        init(KEY),
        media(1) + emsg(b"?") + segment(1, KEY)[len(media(1)) :],
    ),
    "another message behind": lambda: (init(KEY), segment(1, KEY) + emsg(b"?")),
    "as many messages as there may be": lambda: (
        init(KEY),
        segment(1, KEY) + emsg(b"?") * (limits.SEGMENT_INFOS - 1),
    ),
    "a message for later": lambda: (
        init(KEY),
        segment(1, KEY)
        + full("emsg", 0, 0, SCHEME, b"\0fseg\0", bytes(4), b"\0\0\0\1", bytes(8), b"?"),
    ),
    "both a manifest and segment information": lambda: (init(KEY), both(1)),
}


def both(number: int, *, said: int | None = None) -> bytes:
    """A segment with a manifest about it and a message that one of its keys signed."""
    fields = {
        "sequenceNumber": number if said is None else said,
        "streamId": "stream",
        "continuityMethod": "c2pa.manifestId",
        "previousManifestId": build.label(number - 1),
    }
    assertions = (build.actions(), keys(KEY), cbor("c2pa.livevideo.segment", fields))
    data = manifest(media(number), Recipe(number=number, assertions=assertions))
    return segment(number, KEY, data=data, label=build.label(number))


@pytest.mark.parametrize("name", SOUND)
def test_what_is_just_within_a_rule(name: str) -> None:
    found = ad.verify_stream(SOUND[name](), trust=TRUST, at=NOW)
    assert [each.failures for each in found.segments] == [()] * len(found.segments)
    assert found.state is ad.State.TRUSTED
    assert found.signers == (
        ("Signer",) if any(not each.is_init for each in found.segments) else ()
    )


INIT_CODE, INFO = "livevideo.init.invalid", "livevideo.segment.invalid"
KEYS, MANIFEST = "livevideo.sessionkey.invalid", "livevideo.manifest.invalid"
ASSERTION, METHOD = "livevideo.assertion.invalid", "livevideo.continuityMethod.invalid"
_PERIOD = "a session key without minSequenceNumber or validityPeriod"
_INVALID_TIME = "a session key with an invalid time or period"
_UNKNOWN = "no valid session key with the kid of its segment information is known"
_NO_NUMBER = "segment information without sequenceNumber or manifestId"
_OTHERS = "bmffHash leaves out emsg boxes of others"
_NOT_ONE = f"keys is not a list of 1 to {limits.SESSION_KEYS} entries"
_NO_STREAM = "no sequenceNumber or streamId"

BROKEN: Final[dict[str, tuple[Files, str, str]]] = {
    "media in an initialization": (
        lambda: (init(KEY, data=INIT + box("mdat", b"x" * 20)),),
        INIT_CODE,
        "an initialization segment with media in it (mdat)",
    ),
    "no list of keys": (
        lambda: (delivering(cbor("c2pa.session-keys", {"keys": {}})),),
        KEYS,
        _NOT_ONE,
    ),
    "no keys": (lambda: (delivering(entries()),), KEYS, _NOT_ONE),
    "a key more than there may be": (
        lambda: (init(*(Session(kid=bytes([each])) for each in range(1, 66))),),
        KEYS,
        _NOT_ONE,
    ),
    "two assertions of keys": (
        lambda: (delivering(keys(KEY), cbor("c2pa.session-keys__1", {"keys": [OTHER.entry]})),),
        KEYS,
        "more than one session keys assertion",
    ),
    "a key that is no map": (
        lambda: (delivering(entries(7)),),
        KEYS,
        "a session key is not a map",
    ),
    "no key in an entry": (lambda: (entry(key=7),), KEYS, "a session key without kid"),
    "a text as kid": (
        lambda: (entry(key=_key() | {2: "key_001"}),),
        KEYS,
        "a session key without kid",
    ),
    "an empty kid": (
        lambda: (entry(key=_key() | {2: b""}),),
        KEYS,
        "a session key without kid",
    ),
    "an unknown kind of key": (
        lambda: (entry(key={1: 9, 2: b"kid"}),),
        KEYS,
        "unknown kind of key",
    ),
    "no first number": (lambda: (entry(minSequenceNumber=None),), KEYS, _PERIOD),
    "a first number below zero": (lambda: (entry(minSequenceNumber=-1),), KEYS, _PERIOD),
    "true as a first number": (lambda: (entry(minSequenceNumber=True),), KEYS, _PERIOD),
    "no period": (lambda: (entry(validityPeriod=None),), KEYS, _PERIOD),
    "a period below zero": (lambda: (entry(validityPeriod=-1),), KEYS, _PERIOD),
    "a period beyond all times": (lambda: (entry(validityPeriod=10**15),), KEYS, _INVALID_TIME),
    "no time": (lambda: (entry(createdAt=None),), KEYS, _INVALID_TIME),
    "a time without zone": (
        lambda: (entry(createdAt="2026-06-01T11:00:00"),),
        KEYS,
        "createdAt of a session key has no time zone",
    ),
    "a binding of something else": (
        lambda: (entry(signerBinding=cbor2.CBORTag(18, [b"", {}, b"else", b""])),),
        KEYS,
        "signerBinding is about something else than the signer's certificate",
    ),
    "a binding without algorithm": (
        lambda: (entry(signerBinding=cbor2.CBORTag(18, [b"", {}, None, bytes(64)])),),
        KEYS,
        "signerBinding of a session key: an unknown algorithm, or nothing that is signed",
    ),
    "a binding to another certificate": (
        lambda: (init(Session(bound=b"another")),),
        KEYS,
        "signerBinding of a session key: the signature does not hold",
    ),
    "two keys of one kid": (lambda: (init(KEY, KEY),), KEYS, "two session keys with one kid"),
    "a new key for segments that were sent": (
        lambda: (init(KEY), segment(5, KEY), init(OTHER, number=9)),
        KEYS,
        "a new session key for segments from 4, but 5 was sent",
    ),
    "another key under a known kid": (
        lambda: (
            init(KEY),
            segment(5, KEY),
            init(Session(key=pki.issue("Else", number=224)), number=9),
        ),
        KEYS,
        "a new session key for segments from 1, but 5 was sent",
    ),
    "nothing signed": (
        lambda: (init(KEY), media(1)),
        INFO,
        "neither a manifest about a segment nor signed segment information",
    ),
    "a manifest that nobody mentions": (
        lambda: (segment(1, KEY),),
        INFO,
        f"it belongs to the manifest {build.label(1)}, which is not the active one",
    ),
    "a name of a manifest without end": (
        lambda: (init(KEY), segment(1, KEY, label="x" * 101)),
        INFO,
        f"it belongs to the manifest {'x' * 100}, which is not the active one",
    ),
    "a kid that nobody delivered": (
        lambda: (init(KEY), segment(1, Session(kid=b"other"))),
        INFO,
        _UNKNOWN,
    ),
    "a forged signature": (
        lambda: (init(KEY), segment(1, Session(key=pki.issue("Else", number=224)))),
        INFO,
        "segment information: the signature does not hold",
    ),
    "a number twice": (
        lambda: (init(KEY), segment(2, KEY), segment(2, KEY)),
        INFO,
        "segment 2 comes after 2",
    ),
    "a number before the key's": (
        lambda: (init(OTHER), segment(3, OTHER)),
        INFO,
        "segment 3 is signed with a key for those from 4",
    ),
    "no number": (
        lambda: (init(KEY), segment(1, KEY, sequenceNumber=None)),
        INFO,
        _NO_NUMBER,
    ),
    "a number below zero": (
        lambda: (init(KEY), segment(1, KEY, sequenceNumber=-1)),
        INFO,
        _NO_NUMBER,
    ),
    "true as a number": (
        lambda: (init(KEY), segment(1, KEY, sequenceNumber=True)),
        INFO,
        _NO_NUMBER,
    ),
    "no manifest": (lambda: (init(KEY), segment(1, KEY, manifestId=7)), INFO, _NO_NUMBER),
    "produced before its key": (
        lambda: (init(KEY), at_time(START - SECOND)),
        INFO,
        "its session key was not valid on 2026-06-01 10:59:59",
    ),
    "produced after its key": (
        lambda: (init(KEY), at_time(END + SECOND)),
        INFO,
        "its session key was not valid on 2026-06-01 13:00:01",
    ),
    "claimed after its key": (
        lambda: (init(KEY), segment(1, KEY, time=int(END.timestamp()) + 1)),
        INFO,
        "its session key was not valid on 2026-06-01 13:00:01",
    ),
    "claimed in time, produced too late": (
        lambda: (
            init(KEY),
            segment(1, KEY, data=produced(END + SECOND) + media(1), time=int(NOW.timestamp())),
        ),
        INFO,
        "its session key was not valid on 2026-06-01 13:00:01",
    ),
    "claimed beyond all times": (
        lambda: (init(KEY), segment(1, KEY, time=10**18)),
        INFO,
        "the claimed time of signing is out of range",
    ),
    "after the certificate of its key": (
        lambda: (init(LASTING), segment(1, LASTING, time=int(EXPIRY.timestamp()) + 1)),
        KEYS,
        f"its certificate was valid until {EXPIRY:%Y-%m-%d %H:%M:%S}",
    ),
    "no hash": (
        lambda: (init(KEY), segment(1, KEY, bmffHash=7)),
        INFO,
        "no bmffHash, or one with a Merkle tree",
    ),
    "a hash with a tree": (
        lambda: (init(KEY), segment(1, KEY, bmffHash=hashed(merkle=[]))),
        INFO,
        "no bmffHash, or one with a Merkle tree",
    ),
    "a hash without exclusions": (
        lambda: (init(KEY), segment(1, KEY, bmffHash=hashed(exclusions=None))),
        INFO,
        "bmffHash without exclusions",
    ),
    "its own message in the hash": (
        lambda: excluding({"xpath": "/uuid"}),
        INFO,
        "bmffHash does not leave out the segment information",
    ),
    "an exclusion that is no map": (
        lambda: excluding(7),
        INFO,
        "bmffHash does not leave out the segment information",
    ),
    "messages of others": (lambda: excluding({"xpath": "/emsg"}), INFO, _OTHERS),
    "messages of others, by number": (lambda: excluding({"xpath": "/emsg[1]"}), INFO, _OTHERS),
    "messages with another scheme": (lambda: excluding(emsg_with(value=b"urn")), INFO, _OTHERS),
    "messages with it elsewhere": (lambda: excluding(emsg_with(offset=4)), INFO, _OTHERS),
    "data that is no list": (
        lambda: excluding({"xpath": "/emsg", "data": 7}),
        INFO,
        _OTHERS,
    ),
    "data that is no map": (
        lambda: excluding({"xpath": "/emsg", "data": [7]}),
        INFO,
        _OTHERS,
    ),
    "a part left out": (
        lambda: excluding(_SCHEME_RULE, {"xpath": "/mdat"}, hash=hash_of(media(1)[:-58])),
        INFO,
        "bmffHash leaves out a part of the segment",
    ),
    "a changed segment": (
        lambda: (init(KEY), segment(1, KEY, bmffHash=hashed(hash=bytes(32)))),
        INFO,
        "the segment is not what was signed: the content is not the one that was signed",
    ),
    "a message too many": (
        lambda: (init(KEY), segment(1, KEY) + emsg(b"?") * limits.SEGMENT_INFOS),
        INFO,
        "it cannot be read: more than 16 emsg boxes of C2PA in a segment",
    ),
    "a message that is too long": (
        lambda: (init(KEY), media(1) + emsg(bytes(limits.SEGMENT_INFO_SIZE))),
        INFO,
        "it cannot be read: an emsg box of more than 65536 bytes",
    ),
    "a message of version 1": (
        lambda: (init(KEY), media(1) + b"".join(_version_1(segment(1, KEY)[len(media(1)) :]))),
        INFO,
        "neither a manifest about a segment nor signed segment information",
    ),
    "a sequence of two numbers": (
        lambda: (init(KEY), both(2, said=3)),
        INFO,
        "the numbers of its manifest and of its segment information differ",
    ),
    "no file of media": (
        lambda: (b"nothing",),
        INFO,
        "it cannot be read: not a media format that aidisclose knows (see `aidisclose formats`)",
    ),
    "a picture": (
        lambda: (build.signed(Recipe()),),
        INFO,
        "it cannot be read: not an ISO media file",
    ),
    "a number that is not greater": (
        lambda: (carrying(3), carrying(4, sequenceNumber=3)),
        ASSERTION,
        "segment 3 comes after 3",
    ),
    "another stream": (
        lambda: (carrying(3), carrying(4, streamId="b")),
        ASSERTION,
        "it is of another stream",
    ),
    "no stream": (lambda: (carrying(1, streamId=None),), ASSERTION, _NO_STREAM),
    "an empty stream": (lambda: (carrying(1, streamId=""),), ASSERTION, _NO_STREAM),
    "a number as stream": (lambda: (carrying(1, streamId=7),), ASSERTION, _NO_STREAM),
    "no number in a manifest": (lambda: (carrying(1, sequenceNumber=None),), ASSERTION, _NO_STREAM),
    "a number below zero in a manifest": (
        lambda: (carrying(1, sequenceNumber=-1),),
        ASSERTION,
        _NO_STREAM,
    ),
    "no method": (lambda: (carrying(1, continuityMethod=None),), METHOD, "no continuityMethod"),
    "an unknown method": (
        lambda: (carrying(1, continuityMethod="org.example"),),
        METHOD,
        "unknown 'org.example'",
    ),
    "no manifest before": (
        lambda: (carrying(1, previousManifestId=7),),
        METHOD,
        "no previousManifestId",
    ),
    "another manifest before": (
        lambda: (carrying(3), carrying(4, previousManifestId="x" * 101)),
        INFO,
        f"it continues {'x' * 100}, not the segment before",
    ),
}


def _version_1(message: bytes) -> tuple[bytes, ...]:
    return message[:8], b"\1", message[9:]


@pytest.mark.parametrize("name", BROKEN)
def test_what_breaks_a_rule(name: str) -> None:
    files, code, reason = BROKEN[name]
    found = last(*files())
    assert [(each.code, each.explanation) for each in found.failures] == [(code, reason)]
    assert (found.state, found.sequence) == (ad.State.INVALID, None)
    (failure,) = found.failures
    about = {KEYS: "c2pa.session-keys", ASSERTION: "c2pa.livevideo.segment"}
    about |= {METHOD: about[ASSERTION]} | (
        {INFO: about[ASSERTION]} if "continues" in reason else {}
    )
    assert failure.url.rpartition("/")[2] == about.get(code, "")


def test_what_is_said_of_each_segment() -> None:
    files = (init(KEY), segment(1, KEY), segment(2, KEY), media(9), segment(7, KEY), carrying(12))
    found = ad.verify_stream(files, trust=TRUST, at=NOW)
    rows = [
        (each.is_init, each.state.name, each.sequence, each.manifest) for each in found.segments
    ]
    assert rows == [
        (True, "TRUSTED", None, build.label(1)),
        (False, "TRUSTED", 1, build.label(1)),
        (False, "TRUSTED", 2, build.label(1)),
        (False, "INVALID", None, None),
        (False, "TRUSTED", 7, build.label(1)),
        (False, "TRUSTED", 12, build.label(12)),
    ]
    assert found.gaps == ((3, 6), (8, 11))
    assert found.state is ad.State.INVALID
    assert [each.report is not None for each in found.segments] == [True, *[False] * 4, True]
    assert found.segments[0].name == ""


def test_an_empty_stream_has_no_state() -> None:
    found = ad.verify_stream([], trust=TRUST, at=NOW)
    assert (found.segments, found.state, found.gaps) == ((), ad.State.NONE, ())
    assert found.signers == ()


def test_segments_have_the_names_of_their_files(tmp_path: Path) -> None:
    (tmp_path / "init.mp4").write_bytes(init(KEY))
    (tmp_path / "text.m4s").write_bytes(b"nothing")
    (tmp_path / "1.m4s").write_bytes(segment(1, KEY))
    files: list[str | Path] = [tmp_path / each for each in ("init.mp4", "text.m4s")]
    files.append(str(tmp_path / "1.m4s"))
    found = ad.verify_stream(files, trust=TRUST, at=NOW)
    assert [each.name for each in found.segments] == ["init.mp4", "text.m4s", "1.m4s"]
    assert [each.is_init for each in found.segments] == [True, False, False]


def test_times_have_zones() -> None:
    with pytest.raises(UsageError, match=r"^at needs a time zone$"):
        ad.verify_stream([], trust=TRUST, at=datetime(2026, 6, 1))


def test_streams_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LIVE_SEGMENTS", 2)
    ad.verify_stream([b"x"] * 2, trust=TRUST, at=NOW)
    with pytest.raises(LimitExceeded, match=r"^more than 2 segments$"):
        ad.verify_stream([b"x"] * 3, trust=TRUST, at=NOW)


def test_an_initialization_without_manifest_vouches_for_nothing() -> None:
    """It may be repeated so (C2PA 2.5 §15.3.3)."""
    found = ad.verify_stream(
        (init(KEY), segment(1, KEY), INIT, segment(2, KEY)), trust=TRUST, at=NOW
    )
    states = [each.state.name for each in found.segments]
    assert states == ["TRUSTED", "TRUSTED", "NONE", "TRUSTED"]
    assert found.segments[2].failures == ()
    assert found.segments[2].is_init


def test_signers_are_named_in_the_order_in_which_they_came() -> None:
    """Those of initialization segments too; the state of each is its own."""
    theirs = Session(key=pki.issue("Session", number=301), kid=b"theirs", bound=STRANGER.der)
    seal = Seal(signer=STRANGER, chain=(STRANGER,))
    start = delivering(keys(theirs), number=7, seal=seal)
    files = (start, init(KEY), segment(1, KEY), segment(5, theirs, label=build.label(7)))
    found = ad.verify_stream(files, trust=TRUST, at=NOW)
    assert [each.state.name for each in found.segments] == ["VALID", "TRUSTED", "TRUSTED", "VALID"]
    assert found.signers == ("Stranger", "Signer")
    assert found.state is ad.State.VALID
    assert found.gaps == ()
    # Players decode what follows by the one that came last.
    assert ad.verify_stream(files[:3], trust=TRUST, at=NOW).signers == ("Stranger", "Signer")


def test_an_initialization_segment_of_another_signer_is_said() -> None:
    """Nothing ties segments with manifests of their own to it, and players decode them by it."""
    other = pki.issue("Another", pki.intermediate(), number=303)
    theirs = delivering(number=7, seal=Seal(signer=other, chain=(other, pki.intermediate())))
    found = ad.verify_stream((theirs, carrying(2), carrying(3)), trust=TRUST, at=NOW)
    assert found.state is ad.State.TRUSTED
    assert found.signers == ("Another", "Signer")


def test_a_stream_without_media_has_no_state() -> None:
    assert ad.verify_stream((init(KEY),), trust=TRUST, at=NOW).state is ad.State.NONE
    changed = flip(init(KEY), len(init(KEY)) - 1)
    assert ad.verify_stream((changed,), trust=TRUST, at=NOW).state is ad.State.INVALID


def test_of_two_signers_of_one_label_the_better_trusted_is_tried_first() -> None:
    """A label is chosen by whoever signs."""
    theirs = Session(key=pki.issue("Session", number=301), kid=KEY.kid, bound=STRANGER.der)
    seal = Seal(signer=STRANGER, chain=(STRANGER,))
    start = delivering(keys(theirs), seal=seal)
    for files in ((start, init(KEY)), (init(KEY), start)):
        for session, state in ((KEY, ad.State.TRUSTED), (theirs, ad.State.VALID)):
            assert last(*files, segment(1, session)).state is state
    both_keys = (init(KEY), delivering(keys(Session(bound=STRANGER.der)), seal=seal))
    for files in (both_keys, both_keys[::-1]):
        assert last(*files, segment(1, KEY)).state is ad.State.TRUSTED


def test_old_keys_of_one_kid_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """The latest are kept: a signer may use the same name in many streams."""
    monkeypatch.setattr(limits, "SEGMENT_KEYS", 2)
    sessions = [Session(key=pki.issue(f"Key {each}", number=330 + each)) for each in range(3)]
    starts = [init(each, number=number) for number, each in enumerate(sessions, 1)]
    sound = [last(*starts, segment(1, each, label=build.label(3))) for each in sessions]
    assert [each.state.name for each in sound] == ["INVALID", "TRUSTED", "TRUSTED"]
    # A key that is delivered again is not another one.
    again = [*starts[1:], starts[1], starts[2], segment(1, sessions[1], label=build.label(3))]
    assert last(*again).state is ad.State.TRUSTED


def test_one_reason_for_messages_of_which_none_holds() -> None:
    stranger = Session(key=pki.issue("Else", number=224))
    forged = segment(1, stranger)
    data = forged + segment(1, Session(kid=b"other"))[len(media(1)) :]
    found = last(init(KEY), data)
    assert [each.explanation for each in found.failures] == [
        "segment information: the signature does not hold"
    ]


def test_a_manifest_that_leaves_media_out() -> None:
    """Of a segment there is one answer for all: what is left out is a failure."""
    sound = carrying(1)
    whole = {"xpath": "/mdat"}
    data = media(1)
    said = {
        "sequenceNumber": 1,
        "streamId": "stream",
        "continuityMethod": "c2pa.manifestId",
        "previousManifestId": build.label(0),
    }
    recipe = Recipe(
        number=1,
        binding="c2pa.hash.bmff.v3",
        assertions=(build.actions(), cbor("c2pa.livevideo.segment", said)),
    )
    rules = [{"xpath": "/uuid", "data": [{"offset": 8, "value": C2PA}]}, _SCHEME_RULE, whole]
    end = int.from_bytes(data[:4])

    def put(value: bytes) -> bytes:
        fields: build.Fields = {"exclusions": rules, "alg": "sha256", "hash": value}
        return data[:end] + bmff.frame(build.store(recipe.build(fields))) + data[end:]

    blank = put(bytes(32))
    kept = [
        part
        for block in asset(blank).layout.blocks
        if block.name not in ("uuid", "mdat")
        for part in (block.start.to_bytes(8), blank[block.start : block.end])
    ]
    found = last(put(hashlib.sha256(b"".join(kept)).digest()))
    assert [(each.code, each.url, each.explanation) for each in found.failures] == [
        (INFO, "", "its manifest leaves out a part of it")
    ]
    assert last(sound).failures == ()


def test_the_manifest_of_a_segment_has_to_hold() -> None:
    sound = carrying(3)
    at = len(sound) - 5
    found = last(sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1 :])
    assert next(each.code for each in found.failures) == MANIFEST
    assert found.failures[0].explanation == (
        "its manifest is not valid (assertion.bmffHash.mismatch: "
        "the content is not the one that was signed)"
    )
    assert found.failures[0].url == ""


def test_no_sender_makes_a_receiver_remember_ever_more_keys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Keys of one name are told apart by the latest few; a stream may renew them for ever."""
    monkeypatch.setattr(limits, "SEGMENT_KEYS", 3)
    receiver = live._Receiver(TRUST, NOW)
    manifest = live._valid(receiver.receive(init(KEY)).report)
    [sender] = receiver._senders.values()
    [[found]] = sender.keys.values()
    assert manifest is not None
    keys = [found._replace(public=pki.key("p256", each).public_key()) for each in range(7)]
    sender.keys.clear()
    for number, key in enumerate(keys):
        sender.deliver(manifest, [key, key])
        [known] = sender.keys.values()
        assert known == keys[max(0, number - 2) : number + 1][::-1]
