"""Live media: segments of a stream in files, one after another (C2PA 2.5 §15).

Both methods are checked. By the first, each segment carries a manifest with
`c2pa.livevideo.segment`. By the other, a manifest delivers session keys, and each segment carries a
`verifiable-segment-info` in an `emsg` box that one of them signed.

Not done: Enhanced RTMP, continuity methods of others, and manifests that a segment names with
`manifestUri`: nothing is fetched.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from aidisclose import arguments, limits
from aidisclose.bindings import BINDINGS
from aidisclose.bindings.binding import Asset, Fields
from aidisclose.codec import cbor, cose, cose_key
from aidisclose.codec.cose import Sign1
from aidisclose.containers import Layout, identify
from aidisclose.containers.container import BoxTree, BoxTreed, Fragmented
from aidisclose.containers.isobox import C2PA
from aidisclose.errors import (
    LimitExceeded,
    Malformed,
    MalformedFile,
    Unreadable,
    UnsupportedFormat,
)
from aidisclose.io.source import Range, Readable, Source, open_source
from aidisclose.manifest.store import Assertion
from aidisclose.named import NamedTuple
from aidisclose.trust.certificate import Certificate
from aidisclose.trust.config import TrustConfig
from aidisclose.validate.report import Report
from aidisclose.validate.state import State
from aidisclose.validate.status import Status, Statuses
from aidisclose.validate.verify import verify

_SCHEME: Final = b"urn:c2pa:verifiable-segment-info"
_VALUE: Final = b"fseg"
#: Where the scheme stands in an `emsg` box of version 0: behind its header, version and flags.
_SCHEME_OFFSET: Final = 12
#: Of an `emsg` box of version 0, behind its two texts: timescale, delta, duration, id.
_EMSG_NUMBERS: Final = 16
_BMFF_HASH: Final = "c2pa.hash.bmff.v3"
_SESSION_KEYS: Final = "c2pa.session-keys"
_SEGMENT: Final = "c2pa.livevideo.segment"
_MANIFEST_ID: Final = "c2pa.manifestId"
_EMSG: Final = "/emsg"
#: From 1900, where NTP counts from, to 1970.
_NTP_EPOCH: Final = 2_208_988_800


class SessionKey(NamedTuple):
    """A session key whose binding to the signer of its manifest holds.

    Attributes:
        signer: The certificate of the signer, in DER.
        kid: Its identifier among the keys of this signer.
        public: The key.
        first: The first sequence number that it may sign.
        start: The time at which it became valid.
        end: The time at which it stops being valid.
        state: State of the manifest that delivered it.
        expires: The time at which the certificate expires that protected its delivery.
        url: The assertion that delivered it.
    """

    signer: bytes
    kid: bytes
    public: PublicKeyTypes
    first: int
    start: datetime
    end: datetime
    state: State
    expires: datetime
    url: str


class SegmentInfo(NamedTuple):
    """The signed content of a `verifiable-segment-info`.

    Attributes:
        sequence: Number of the segment.
        manifest: Label of the manifest that is about the segment.
        fields: All of it.
    """

    sequence: int
    manifest: str
    fields: Fields


class _Vouched(NamedTuple):
    """The signed statement about a segment, its signer, and the state that it has by that."""

    info: SegmentInfo
    sender: _Sender
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSegment:
    """The result of checking one file of a stream.

    Attributes:
        name: Of the file, empty if it has none; may hold untrusted text.
        is_init: Whether it is an initialization segment.
        state: Invalid if a check failed; else the state of the manifest that vouches for it.
        sequence: Its number, None for an initialization segment or where none is proven.
        manifest: Label of the manifest that vouches for it.
        failures: The checks that it failed.
        report: On the manifest that it carries, None if it carries none.
    """

    name: str
    is_init: bool
    state: State
    sequence: int | None = None
    manifest: str | None = None
    failures: tuple[Status, ...] = ()
    report: Report | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveStream:
    """The result of checking the files of a stream.

    Attributes:
        segments: Each file in the order given.
        state: The lowest of any of them; none if there is no media segment and nothing failed.
        gaps: Numbers that are left out between one segment of a signer and its next: first and
            last. That segments are missing is not a failure (C2PA 2.5 §15.8).
        signers: The names of those who vouch for media segments, or for initialization segments,
            by which players decode them, in the order in which they came; untrusted text. More
            than one: the stream is put together of several.
        manifests: Labels of the manifests of initialization segments, and of those that segments
            with session keys name, in the order in which they came; untrusted text. More than one:
            a signer has begun anew, or somebody put streams of one signer together.
    """

    segments: tuple[LiveSegment, ...]
    state: State
    gaps: tuple[tuple[int, int], ...]
    signers: tuple[str, ...] = ()
    manifests: tuple[str, ...] = ()


def verify_stream(
    files: Iterable[Readable], *, trust: TrustConfig, at: datetime | None = None
) -> LiveStream:
    """Verify the files of a live stream: initialization segments and media segments in order.

    A file that breaks a rule is a result, not an error. The first file may be in the middle of the
    stream; without the manifest that delivers its session keys it is invalid.

    The time of a segment is that of its `prft` box and the one that its signature claims; where it
    has neither, now. All that are known must lie in the validity period of its session key. Who has
    the key can write any of them.

    Arguments:
        files: Initialization segments and media segments, each a file, as they were received.
        trust: The signers and authorities to trust.
        at: The time that counts as now, with time zone.

    Raises:
        LimitExceeded: There are more than `limits.LIVE_SEGMENTS`. A file that breaks another limit
            is an invalid segment, and those behind it are checked.
        OSError: A file cannot be read.
        UsageError: `at` has no time zone.
    """
    arguments.moment("at", at)
    now = at or datetime.now(UTC)
    receiver = _Receiver(trust, now)
    found: list[LiveSegment] = []
    for number, file in enumerate(files):
        if number == limits.LIVE_SEGMENTS:
            raise LimitExceeded(f"more than {limits.LIVE_SEGMENTS} segments")
        found.append(receiver.receive(file))
    state = min((each.state for each in found), default=State.NONE)
    if state >= State.VALID and all(each.is_init for each in found):
        state = State.NONE  # of what is shown, nothing was seen
    return LiveStream(
        segments=tuple(found),
        state=state,
        gaps=tuple(receiver.gaps),
        signers=receiver.signers,
        manifests=tuple(receiver.manifests),
    )


class _Valid(NamedTuple):
    """The facts of a valid manifest on which a stream rests."""

    label: str
    state: State
    signer: Certificate

    @property
    def sender(self) -> tuple[State, bytes]:
        """The name of its sender: a subject if trusted, so that certificates may be renewed.

        Else anybody can write any name into a certificate, so that it is the certificate itself.
        """
        is_trusted = self.state is State.TRUSTED
        return self.state, self.signer.subject if is_trusted else self.signer.der


#: The certificate of a signer, and the identifier of one of its session keys.
_KeyName = tuple[bytes, bytes]


@dataclass(slots=True)
class _Sender:
    """The part of a stream that one signer has sent. Only its own valid segments change it.

    Otherwise who can insert a segment into a stream could make all that follow it fail: one that
    does not hold, or one that does, with a manifest of somebody else.

    Attributes:
        name: Of the signer, for people.
        keys: The session keys that its manifests delivered, the latest first: manifests that it
            signed for other streams may use the same names.
        manifests: The certificate that signed each of its manifests, and its state, by label.
        sizes: Of samples, as its last initialization segment says.
        sequence: The number of the last segment.
        stream: The stream of the last manifest about a segment.
        previous: The label of that manifest.
        vouches: Whether a segment is its own.
    """

    name: str
    keys: dict[_KeyName, list[SessionKey]] = field(default_factory=dict)
    manifests: dict[str, tuple[bytes, State]] = field(default_factory=dict)
    sizes: Mapping[bytes, bytes] | None = None
    sequence: int | None = None
    stream: str | None = None
    previous: str | None = None
    vouches: bool = False

    def deliver(self, manifest: _Valid, keys: Iterable[SessionKey]) -> None:
        """Take over what a valid manifest delivers."""
        for key in keys:
            known = self.keys.setdefault((key.signer, key.kid), [])
            if not any(key.public == each.public for each in known):
                del known[limits.SEGMENT_KEYS - 1 :]
                known.insert(0, key)
        self.manifests[manifest.label] = (manifest.signer.der, manifest.state)


class _Receiver:
    """The memory of a receiver from one segment to the next, of each signer apart."""

    def __init__(self, trust: TrustConfig, now: datetime) -> None:
        self._trust = trust
        self._now = now
        self._senders: dict[tuple[State, bytes], _Sender] = {}
        #: Of samples, as the last initialization segment says that nobody vouches for.
        self._sizes: Mapping[bytes, bytes] = {}
        self.gaps: list[tuple[int, int]] = []
        #: Labels, as the keys of a dictionary: an ordered set.
        self.manifests: dict[str, None] = {}

    @property
    def signers(self) -> tuple[str, ...]:
        """The names of those who vouch for segments."""
        return tuple(each.name for each in self._senders.values() if each.vouches)

    def receive(self, file: Readable) -> LiveSegment:
        """Check the next file."""
        called = Path(file).name if isinstance(file, str | os.PathLike) else ""
        try:
            with open_source(file) as source:
                container = identify(source)
                if not isinstance(container, BoxTreed):
                    raise UnsupportedFormat("not an ISO media file")
                layout = container.scan(source)
                asset = Asset(source, layout, container)
                names = {block.name for block in layout.blocks}
                report = None
                if layout.stores or layout.problems:
                    report = verify(file, trust=self._trust, at=self._now)
                check = self._init if "moov" in names else self._media
                return check(called, asset, report)
        except (Unreadable, UnsupportedFormat) as error:
            status = Status("livevideo.segment.invalid", "", f"it cannot be read: {error}")
            return LiveSegment(name=called, is_init=False, state=State.INVALID, failures=(status,))

    def _sender(self, manifest: _Valid) -> _Sender:
        """The signer of a manifest; known to others only once it is kept."""
        return self._senders.get(manifest.sender) or _Sender(manifest.signer.common_name)

    def _take(self, sender: _Sender, manifest: _Valid, keys: Iterable[SessionKey]) -> None:
        """Keep what the manifest of a segment that holds delivers."""
        sender.deliver(manifest, keys)
        self._senders[manifest.sender] = sender

    def _init(self, called: str, asset: Asset, report: Report | None) -> LiveSegment:
        failures: list[Status] = []
        if any(block.name == "mdat" for block in asset.layout.blocks):
            message = "an initialization segment with media in it (mdat)"
            failures.append(Status("livevideo.init.invalid", "", message))
        manifest = _valid(report)
        keys = self._delivered(report, manifest, failures)
        _check_cover(report, asset, failures)
        state = report.state if report is not None else State.NONE
        sizes: Mapping[bytes, bytes] = {}
        if isinstance(asset.container, Fragmented):
            sizes = asset.container.sample_sizes(asset.source, asset.layout)
        if failures:
            state = State.INVALID
        elif manifest is not None:
            sender = self._sender(manifest)
            self._take(sender, manifest, keys)
            sender.sizes, sender.vouches = sizes, True
            self.manifests[manifest.label] = None
        else:
            # It may be repeated without its manifest (§15.3.3); nothing vouches for it then.
            state, self._sizes = State.NONE, sizes
        return LiveSegment(
            name=called,
            is_init=True,
            state=state,
            manifest=manifest.label if manifest else None,
            failures=tuple(failures),
            report=report,
        )

    def _media(self, called: str, asset: Asset, report: Report | None) -> LiveSegment:
        failures: list[Status] = []
        manifest = _valid(report)
        sender = self._sender(manifest) if manifest else None
        keys = self._delivered(report, manifest, failures)
        _check_cover(report, asset, failures)
        label = manifest.label if manifest else None
        state = report.state if report is not None else State.NONE
        said = _only(report, _SEGMENT) if sender is not None else None
        if said is not None and sender is not None:
            failures += _check_continuity(said, sender)
        messages = list(_messages(asset))
        info: SegmentInfo | None = None
        if messages:
            tried = [self._check_info(each, asset, manifest, keys) for each in messages]
            # One that holds is enough: no hash covers these boxes, so that anybody can add one that
            # does not.
            good = [each for each in tried if not isinstance(each, Status)]
            if not good:
                failures += [each for each in tried if isinstance(each, Status)][:1]
            else:
                info, sender, state = good[0]
        elif said is None:
            message = "neither a manifest about a segment nor signed segment information"
            failures.append(Status("livevideo.segment.invalid", "", message))
        sizes = self._sizes if sender is None or sender.sizes is None else sender.sizes
        _check_samples(asset, sizes, failures)
        sequence = info.sequence if info else _natural(said, "sequenceNumber")
        if info and said and sequence != _natural(said, "sequenceNumber"):
            message = "the numbers of its manifest and of its segment information differ"
            failures.append(Status("livevideo.segment.invalid", "", message))
        if failures or sender is None:
            state, sequence = State.INVALID, None
        else:
            if manifest is not None:
                self._take(sender, manifest, keys)
            self._keep(sender, sequence, said, label)
            if info is not None and said is None:  # else each names the one before it
                self.manifests[info.manifest] = None
        return LiveSegment(
            name=called,
            is_init=False,
            state=state,
            sequence=sequence,
            manifest=label or (info.manifest if info else None),
            failures=tuple(failures),
            report=report,
        )

    def _keep(
        self, sender: _Sender, sequence: int | None, said: Assertion | None, label: str | None
    ) -> None:
        if sender.sequence is not None and sequence is not None and sequence > sender.sequence + 1:
            self.gaps.append((sender.sequence + 1, sequence - 1))
        sender.sequence, sender.vouches = sequence, True
        if said is not None:
            sender.previous, sender.stream = label, str(said.fields.get("streamId"))

    def _delivered(
        self, report: Report | None, manifest: _Valid | None, failures: list[Status]
    ) -> list[SessionKey]:
        """The session keys of a manifest; what is wrong with it is appended to `failures`."""
        if report is None:
            return []
        if manifest is None:
            reason = report.failures[0] if report.failures else None
            why = f"{reason.code}: {reason.explanation}" if reason else report.state.value
            message = f"its manifest is not valid ({why})"
            failures.append(Status("livevideo.manifest.invalid", "", message))
            return []
        held = _all(report, _SESSION_KEYS)
        if not held:
            return []
        url, keys = held[0].url, list[SessionKey]()
        try:
            if len(held) > 1:
                raise Malformed("more than one session keys assertion")
            entries = held[0].fields.get("keys")
            if not isinstance(entries, list) or not 0 < len(entries) <= limits.SESSION_KEYS:
                raise Malformed(f"keys is not a list of 1 to {limits.SESSION_KEYS} entries")
            for entry in entries:
                keys.append(key := _session_key(entry, manifest, url))
                if sum(key.kid == other.kid for other in keys) > 1:
                    raise Malformed("two session keys with one kid")
                _check_new(key, self._sender(manifest))
        except Malformed as error:
            failures.append(Status("livevideo.sessionkey.invalid", url, error.reason))
        return keys

    def _check_info(
        self, message: bytes, asset: Asset, manifest: _Valid | None, new: Sequence[SessionKey]
    ) -> _Vouched | Status:
        """§15.8.3: what is signed about a segment and who vouches for it, or why it does not hold.

        Only a key of the signer of the manifest that it names counts. One of another signer,
        however much trusted, must not speak for that manifest (§16.7.3.2).
        """
        try:
            sign1 = cose.parse(message)
            info = _decode(sign1.payload or b"")
            key, sender, state = self._vouching(sign1, info, manifest, new)
            if sender.sequence is not None and info.sequence <= sender.sequence:
                raise Malformed(f"segment {info.sequence} comes after {sender.sequence}")
            if info.sequence < key.first:
                early = f"segment {info.sequence} is signed with a key for those from"
                raise Malformed(f"{early} {key.first}")
            moments = _times(sign1, asset) or (self._now,)
            for moment in moments:
                if not key.start <= moment <= key.end:
                    raise Malformed(f"its session key was not valid on {moment:%Y-%m-%d %H:%M:%S}")
            if max(moments) > key.expires:
                reason = f"its certificate was valid until {key.expires:%Y-%m-%d %H:%M:%S}"
                return Status("livevideo.sessionkey.invalid", key.url, reason)
            _check_hash(info, asset)
        except Malformed as error:
            return Status("livevideo.segment.invalid", "", error.reason)
        return _Vouched(info, sender, min(state, key.state))

    def _vouching(
        self, sign1: Sign1, info: SegmentInfo, manifest: _Valid | None, new: Sequence[SessionKey]
    ) -> tuple[SessionKey, _Sender, State]:
        """The key that signed about a segment, its sender, and the state of the manifest named.

        A label is chosen by whoever signs, so that two senders may use one; the better trusted is
        tried first.

        Raises:
            Malformed: There is no such manifest, no such key, or the signature does not hold.
        """
        kid = _kid(sign1)
        found: list[tuple[_Sender, bytes, State]] = []
        if manifest is not None:
            if manifest.label == info.manifest:
                found = [(self._sender(manifest), manifest.signer.der, manifest.state)]
        else:
            for sender in self._senders.values():
                if info.manifest in sender.manifests:
                    found.append((sender, *sender.manifests[info.manifest]))
        if not found:
            named = f"it belongs to the manifest {info.manifest:.100}"
            raise Malformed(f"{named}, which is not the active one")
        found.sort(key=lambda each: each[2], reverse=True)
        tried = [
            (key, sender, state)
            for sender, certificate, state in found
            for key in (*new, *sender.keys.get((certificate, kid), ()))
            if key.signer == certificate and key.kid == kid
        ][: limits.SEGMENT_KEYS]
        if not tried:
            raise Malformed("no valid session key with the kid of its segment information is known")
        for number, each in enumerate(tried, 1):
            try:
                _check_signature(sign1, sign1.payload, each[0].public)
            except Malformed:
                if number == len(tried):
                    raise
            else:
                break
        return each


def _check_new(key: SessionKey, sender: _Sender) -> None:
    """A new key signs nothing that was sent before it (§16.7.3.2)."""
    if sender.sequence is None or key.first >= sender.sequence:
        return
    known = sender.keys.get((key.signer, key.kid), ())
    if not any(key.public == each.public for each in known):
        raise Malformed(
            f"a new session key for segments from {key.first}, but {sender.sequence} was sent"
        )


def _check_continuity(said: Assertion, sender: _Sender) -> Statuses:
    """§15.8.2: the live media segment assertion against the segment before."""
    fields, url = said.fields, said.url
    sequence, stream = _natural(said, "sequenceNumber"), fields.get("streamId")
    if sequence is None or not isinstance(stream, str) or not stream:
        message = "no sequenceNumber or streamId"
        yield Status("livevideo.assertion.invalid", url, message)
        return
    if sender.sequence is not None and sequence <= sender.sequence:
        message = f"segment {sequence} comes after {sender.sequence}"
        yield Status("livevideo.assertion.invalid", url, message)
    if sender.stream is not None and stream != sender.stream:
        yield Status("livevideo.assertion.invalid", url, "it is of another stream")
    method, previous = fields.get("continuityMethod"), fields.get("previousManifestId")
    if method != _MANIFEST_ID:
        message = "no continuityMethod" if method is None else f"unknown {method!r:.100}"
        yield Status("livevideo.continuityMethod.invalid", url, message)
    elif not isinstance(previous, str):
        message = "no previousManifestId"
        yield Status("livevideo.continuityMethod.invalid", url, message)
    elif sender.previous is not None and previous != sender.previous:
        message = f"it continues {previous:.100}, not the segment before"
        yield Status("livevideo.segment.invalid", url, message)


def _valid(report: Report | None) -> _Valid | None:
    """The active manifest if it is valid: then it has a signer."""
    signer = report.signature.signer if report is not None and report.signature else None
    if report is None or report.store is None or report.state < State.VALID or signer is None:
        return None
    return _Valid(report.store.active.label, report.state, signer)


def _check_cover(report: Report | None, asset: Asset, failures: list[Status]) -> None:
    """Whether the hash of a manifest covers its file, all but C2PA `emsg` boxes.

    A signer can leave out media (§A.5.3), and elsewhere that is called partial. Of a segment there
    is one answer for all, so that what is left out is a failure.
    """
    content = report.covered if report is not None and report.state >= State.VALID else None
    if content is None:
        return
    ours = set(_messages_of_c2pa(asset))
    if content.elsewhere or any(part not in ours for part in content.outside):
        message = content.elsewhere or "its manifest leaves out a part of it"
        failures.append(Status("livevideo.segment.invalid", "", message))


def _check_samples(asset: Asset, sizes: Mapping[bytes, bytes], failures: list[Status]) -> None:
    """Whether players of a segment read nothing that can be changed: what hashes leave out.

    Anybody can add such a box at its end, so that nothing past the end is read either. Sizes that
    only an initialization segment says are known if there was one.
    """
    if not isinstance(asset.container, Fragmented):
        return
    unsigned = (*_messages_of_c2pa(asset), *_left_out(asset))
    container, source, layout = asset.container, asset.source, asset.layout
    try:
        stray = next(container.sample_strays(source, layout, sizes, unsigned=unsigned), None)
    except MalformedFile as error:
        failures.append(Status("livevideo.segment.invalid", "", error.reason))
        return
    if stray is not None:
        message = f"players read from offset {stray.place.start}, where nothing is signed"
        failures.append(Status("livevideo.segment.invalid", "", message))


def _all(report: Report, name: str) -> tuple[Assertion, ...]:
    """Assertions of the active manifest that its verified signature covers."""
    return report.believed.named(name) if report.believed else ()


def _only(report: Report | None, name: str) -> Assertion | None:
    found = _all(report, name) if report is not None else ()
    return found[0] if found else None


def _natural(said: Assertion | None, name: str) -> int | None:
    value = said.fields.get(name) if said else None
    # `isinstance` would take the `true` of CBOR for 1.
    return value if type(value) is int and value >= 0 else None


def _session_key(entry: object, manifest: _Valid, url: str) -> SessionKey:
    """A key with a binding that proves that whoever has it belongs to the signer (§16.7.3.2)."""
    if not isinstance(entry, dict):
        raise Malformed("a session key is not a map")
    held = entry.get("key")
    kid = held.get(cose_key.KID) if isinstance(held, dict) else None
    if not isinstance(kid, bytes) or not kid:
        raise Malformed("a session key without kid")
    public = cose_key.public_key(held)
    first, period = entry.get("minSequenceNumber"), entry.get("validityPeriod")
    if type(first) is not int or first < 0 or type(period) is not int or period < 0:
        raise Malformed("a session key without minSequenceNumber or validityPeriod")
    try:
        start = datetime.fromisoformat(str(entry.get("createdAt")))
        end = start + timedelta(seconds=period)
    except (ValueError, OverflowError):
        raise Malformed("a session key with an invalid time or period") from None
    # Compared with times that have one, it would be a TypeError much later.
    if start.tzinfo is None:
        raise Malformed("createdAt of a session key has no time zone")
    certificate = manifest.signer.der
    bound = entry.get("signerBinding")
    sign1 = cose.parse(bound if isinstance(bound, bytes) else cbor.encode(bound))
    # Detached; the example of the specification has an empty payload, others repeat what is signed.
    if sign1.payload not in (None, b"", certificate):
        raise Malformed("signerBinding is about something else than the signer's certificate")
    _check_signature(sign1, certificate, public, what="signerBinding of a session key")
    expires = manifest.signer.not_after
    return SessionKey(certificate, kid, public, first, start, end, manifest.state, expires, url)


def _check_signature(
    sign1: Sign1, payload: bytes | None, key: PublicKeyTypes, *, what: str = "segment information"
) -> None:
    algorithm = sign1.algorithm
    if algorithm is None or payload is None:
        raise Malformed(f"{what}: an unknown algorithm, or nothing that is signed")
    message = cose.sig_structure(sign1.protected, payload)
    if not cose.verify(algorithm, key, sign1.signature, message):
        raise Malformed(f"{what}: the signature does not hold")


def _kid(sign1: Sign1) -> bytes:
    # Label 4 is the key identifier (RFC 9052 §3.1). It only chooses a key: the signature proves it.
    kid = sign1.unprotected.get(4)
    return kid if isinstance(kid, bytes) else b""


def _decode(payload: bytes) -> SegmentInfo:
    fields = cbor.decode_map(payload)
    sequence, manifest = fields.get("sequenceNumber"), fields.get("manifestId")
    if type(sequence) is not int or sequence < 0 or not isinstance(manifest, str):
        raise Malformed("segment information without sequenceNumber or manifestId")
    return SegmentInfo(sequence, manifest, fields)


def _check_hash(info: SegmentInfo, asset: Asset) -> None:
    """Whether the segment is what was signed, all but its C2PA `emsg` boxes."""
    fields = info.fields.get("bmffHash")
    if not isinstance(fields, dict) or "merkle" in fields:
        raise Malformed("no bmffHash, or one with a Merkle tree")
    listed = fields.get("exclusions")
    if not isinstance(listed, list):
        raise Malformed("bmffHash without exclusions")
    rules = [_rule(item) for item in listed]
    if not any(isinstance(rule, dict) and rule.get("xpath") == _EMSG for rule in rules):
        raise Malformed("bmffHash does not leave out the segment information")
    outcome = BINDINGS[_BMFF_HASH].check(asset, {**fields, "exclusions": rules}, None)
    if outcome.failure is not None:
        raise Malformed(f"the segment is not what was signed: {outcome.failure}")
    ours = set(_messages_of_c2pa(asset))
    if any(part not in ours for part in outcome.outside):
        raise Malformed("bmffHash leaves out a part of the segment")


def _rule(item: object) -> object:
    """An exclusion; that of `emsg` boxes must be about those of C2PA alone.

    §15.5.1 puts the scheme at offset 0, where every box has its size. What is meant, and what
    c2pa-rs writes, is the place where the scheme stands.
    """
    if not isinstance(item, dict) or not str(item.get("xpath", "")).startswith(_EMSG):
        return item
    data = item.get("data")
    for each in data if isinstance(data, list) else ():
        if isinstance(each, dict) and each.get("offset") in (0, _SCHEME_OFFSET):
            value = each.get("value")
            if value in (_SCHEME, _SCHEME.decode()):
                whole = {"offset": _SCHEME_OFFSET, "value": _SCHEME + b"\0"}
                return {"xpath": _EMSG, "data": [whole]}
    raise Malformed("bmffHash leaves out emsg boxes of others")


def _tree(asset: Asset) -> BoxTree:
    if not isinstance(asset.container, BoxTreed):
        raise UnsupportedFormat("not an ISO media file")
    return asset.container.tree(asset.source, asset.layout)


def _left_out(asset: Asset) -> Iterator[Range]:
    """The boxes of C2PA, which a hash leaves out as it does messages."""
    for block in asset.layout.blocks:
        if block.name == "uuid" and asset.source.read_at(block.start + 8, 16) == C2PA:
            yield Range(block.start, block.length)


def _messages_of_c2pa(asset: Asset) -> Iterator[Range]:
    """The `emsg` boxes with the scheme of C2PA."""
    size, left = len(_SCHEME) + 1, limits.SEGMENT_INFOS
    for box in _tree(asset).find(_EMSG):
        if asset.source.read_at(box.start + _SCHEME_OFFSET, size) == _SCHEME + b"\0":
            left -= 1
            if left < 0:
                message = f"more than {limits.SEGMENT_INFOS} emsg boxes of C2PA in a segment"
                raise LimitExceeded(message)
            # It would go on to the end of what follows: players that append segments would lose
            # them (ISO/IEC 14496-12 §4.2).
            if asset.source.read_at(box.start, 4) == bytes(4):
                raise Malformed("an emsg box of C2PA without a length")
            yield Range(box.start, box.length)


def _messages(asset: Asset) -> Iterator[bytes]:
    """The `verifiable-segment-info` of each `emsg` box as §15.5.2 wants it."""
    for box in _messages_of_c2pa(asset):
        if box.length > limits.SEGMENT_INFO_SIZE:
            raise Malformed(f"an emsg box of more than {limits.SEGMENT_INFO_SIZE} bytes")
        content = asset.source.read_at(box.start + 8, box.length - 8)
        head = bytes(1) + content[1:4] + _SCHEME + b"\0" + _VALUE + b"\0"
        numbers = content[len(head) : len(head) + _EMSG_NUMBERS]
        if content.startswith(head) and numbers[4:8] == bytes(4):
            yield content[len(head) + _EMSG_NUMBERS :]


def _times(sign1: Sign1, asset: Asset) -> tuple[datetime, ...]:
    """The times of a segment: those of its `prft` boxes, and the one that its signer claims."""
    found = list(_produced(asset.source, asset.layout, _tree(asset)))
    claimed = sign1.claimed_time
    try:
        if claimed is not None:
            found.append(datetime.fromtimestamp(claimed, UTC))
    except (ValueError, OverflowError, OSError):
        raise Malformed("the claimed time of signing is out of range") from None
    return tuple(found)


def _produced(source: Source, layout: Layout, tree: BoxTree) -> Iterator[datetime]:
    """Times of production (ISO/IEC 14496-12 §8.16.5): version, flags, track, NTP time."""
    for box in layout.blocks:
        if box.name == "prft":
            # The fraction of a second that follows decides nothing here.
            seconds = source.read_at(tree.content(box).start + 8, 4)
            yield datetime.fromtimestamp(int.from_bytes(seconds) - _NTP_EPOCH, UTC)
