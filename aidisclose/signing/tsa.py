"""Time stamps on request (RFC 3161 over HTTP): proof that a signature existed at a time.

What an authority answers is judged by the code that verifies files, so that nothing is embedded
that would be refused later. No client library is used: the request is 60 bytes of DER, and a
second parser for the answer could only disagree with ours.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from aidisclose import limits
from aidisclose.errors import Malformed, SigningError, Unreachable, UsageError
from aidisclose.frozen import dataclass, field
from aidisclose.io import http
from aidisclose.named import NamedTuple
from aidisclose.trust import timestamp
from aidisclose.trust.anchors import Anchor
from aidisclose.trust.budget import Budget
from aidisclose.trust.timestamp import Judgement, Timestamp

_REQUEST: Final = {"Content-Type": "application/timestamp-query"}
_WEB_PAGE: Final = "text/html"

#: Seconds for which an authority that cannot be reached is left alone: a batch of files would wait
#: for it at every one of them.
_REST: Final = 60.0
#: How much failures count: one out of reach costs all its time, an error hardly any.
_OUT_OF_REACH: Final = 3
_ERROR: Final = 1
#: From here on an authority rests: if a time stamp is required, it is asked last.
_RESTS: Final = 3
#: From here on it rests in any case: a batch of files would wait for it with each of them.
_GIVEN_UP: Final = 9
#: Seconds that an authority may be given: a day. Locks refuse much longer ones, and NaN.
_LONGEST_WAIT: Final = 86_400


class _Failures(NamedTuple):
    """The failures of an authority since it last answered.

    Attributes:
        weight: The sum of what its failures count.
        last: The time at which it last failed.
    """

    weight: int
    last: float


#: By address. Every use of it is one step, so that threads can share it.
_failures: dict[str, _Failures] = {}


@dataclass(frozen=True, kw_only=True)
class Authority:
    """A time stamp authority; `str()` shows no secrets that its address may have.

    Attributes:
        url: Its address, with http or https; a user name and password in it are sent.
        timeout: Seconds that it may take, above 0 and up to a day.

    Raises:
        UsageError: The address is not one of http or https, or the time is out of range.
    """

    url: str = field(repr=False)
    timeout: float = 10.0

    def __post_init__(self) -> None:
        if not http.is_address(self.url):
            # What stands before @ and behind ? may be secret.
            has_secret = "@" in self.url or "?" in self.url
            shown = http.public(self.url) if has_secret else self.url
            message = f"invalid address of a time stamp authority {shown!r}"
            raise UsageError(f"{message}: expected http:// or https://")
        if not 0 < self.timeout <= _LONGEST_WAIT:  # neither is NaN
            raise UsageError(
                f"invalid timeout {self.timeout!r} of a time stamp authority: expected seconds "
                f"above 0, up to {_LONGEST_WAIT:,}"
            )

    def __str__(self) -> str:
        return http.public(self.url)


class Stamp(NamedTuple):
    """A time stamp as it is embedded.

    Attributes:
        token: TimeStampToken, DER.
        time: The attested time.
    """

    token: bytes
    time: datetime


class Stamping(NamedTuple):
    """The result of asking several authorities.

    Attributes:
        stamp: The time stamp, None if no authority gave one.
        problems: The problems with the authorities that were asked, a line for each.
    """

    stamp: Stamp | None = None
    problems: tuple[str, ...] = ()


class _Answer(NamedTuple):
    stamp: Stamp
    distrust: str


class _Unusable(Exception):
    """An answer that must not be embedded."""


def stamp(
    message: bytes,
    authorities: Sequence[Authority],
    *,
    anchors: Sequence[Anchor] = (),
    room: int = limits.TIMESTAMP_ROOM,
    required: bool = False,
) -> Stamping:
    """A time stamp on `message` from the first of `authorities` that gives a good one.

    With anchors, an authority that none of them vouches for counts only if no other gives a time
    stamp, and not at all if one is required. Without anchors nobody can say whom to trust, and the
    time stamp is judged in every other way. An authority that could not be reached a moment ago, or
    answered with several errors, is not asked; if a time stamp is required it is asked last, until
    it has failed too often.

    Arguments:
        message: The bytes that are stamped.
        authorities: In the order in which they are asked.
        anchors: The anchors whose time stamps are trusted.
        room: Bytes that the token may have.
        required: Whether it is an error if there is none.

    Raises:
        SigningError: A time stamp is required, and there is none; its cause is `Unreachable` if no
            authority answers.
    """
    weights = {authority: _weight(authority) for authority in authorities}
    most = _GIVEN_UP if required else _RESTS
    # Said also when the stamp comes from the next one: a batch of a thousand files would otherwise
    # lack an authority without anybody noticing.
    problems = [
        f"time stamp authority {authority}: not asked, since it failed just now"
        for authority, weight in weights.items()
        if weight >= most
    ]
    asked = [authority for authority in authorities if weights[authority] < most]
    # The sort is stable, so that the user's order holds among those that rest, and among the
    # others.
    asked.sort(key=lambda authority: weights[authority] >= _RESTS)
    spare: Stamp | None = None
    is_answered = False
    for authority in asked:
        try:
            answer = _ask(authority, message, anchors, room)
        except (_Unusable, Unreachable) as error:
            is_answered |= isinstance(error, _Unusable)
            problems.append(f"time stamp authority {authority}: {error}")
            continue
        if not answer.distrust:
            return Stamping(answer.stamp, tuple(problems))
        problems.append(f"time stamp authority {authority}: not trusted: {answer.distrust}")
        # The first of them, as the user's order says whom they would rather have.
        spare = spare or answer.stamp
    if required:
        why = f"a time stamp is required, and there is none: {'; '.join(problems)}"
        cause = None if spare or is_answered else Unreachable("no authority answers")
        raise SigningError(why) from cause
    return Stamping(spare, tuple(problems))


def _weight(authority: Authority) -> int:
    found = _failures.get(authority.url)
    return found.weight if found and time.monotonic() - found.last < _REST else 0


def _fail(authority: Authority, weight: int) -> None:
    _failures[authority.url] = _Failures(_weight(authority) + weight, time.monotonic())


def _ask(authority: Authority, message: bytes, anchors: Sequence[Anchor], room: int) -> _Answer:
    # The answer has to repeat it, so that an old one cannot be played back (RFC 3161 §2.4.1).
    import secrets

    nonce = secrets.randbits(63)
    try:
        answer = http.ask(
            authority.url,
            body=timestamp.encode_request(message, nonce=nonce),
            headers=_REQUEST,
            timeout=authority.timeout,
            limit=limits.TIMESTAMP_SIZE,
        )
    except Unreachable:
        _fail(authority, _OUT_OF_REACH)
        raise
    if not answer.is_success:
        _fail(authority, _ERROR)
        kind = Unreachable if answer.is_passing else _Unusable
        raise kind(f"it answers with an error (HTTP {answer.status})")
    # An answer that is of no use (below) is none of its failures to be reached: it comes at once.
    _failures.pop(authority.url, None)
    # Captive portals and wrong paths answer 200 with HTML, of which a parser of DER would only say
    # that it is malformed.
    if answer.media_type == _WEB_PAGE:
        raise _Unusable("it answers with a web page: is the address right?")
    try:
        token = timestamp.read_response(answer.body)
    except Malformed as error:
        raise _Unusable(f"it gives no time stamp: {error}") from None
    # Checked as a validator will: a token over another hash, or signed by nobody, must not get into
    # a file that cannot be signed again.
    found = timestamp.verify_token(token, messages=[message], anchors=anchors, budget=Budget())
    # Also a token without any nonce: somebody on the way could have kept it. Addresses with http
    # are common here.
    if found.is_intact and found.nonce != nonce:
        raise _Unusable("its time stamp answers another request")
    if len(token) > room:
        raise _Unusable(
            f"its time stamp has {len(token)} bytes, where {room} are reserved: reserve more"
        )
    return _judge(token, found, has_anchors=bool(anchors))


def _judge(token: bytes, found: Timestamp, *, has_anchors: bool) -> _Answer:
    authority, time = found.authority, found.time
    if not found.is_intact or authority is None or time is None:
        raise _Unusable(f"its time stamp is not usable: {found.reason}")
    if found.outcome not in (Judgement.TRUSTED, Judgement.UNTRUSTED):
        raise _Unusable(f"its time stamp is not usable: {found.reason}")
    if not authority.is_valid_at(time):
        # Only a path to an anchor shows that above.
        period = f"{authority.not_before:%Y-%m-%d} to {authority.not_after:%Y-%m-%d}"
        raise _Unusable(f"its certificate is valid {period}, not on {time:%Y-%m-%d}")
    is_trusted = found.outcome is Judgement.TRUSTED or not has_anchors
    return _Answer(Stamp(token, time), "" if is_trusted else found.reason)
