"""A creator's record of a use of AI, beyond the fields of the specification.

The fields follow the Responsible Practices for Synthetic Media of the Partnership on AI: how people
are told directly, consent, techniques, purpose, review for harm. They are declarations; nothing
checks whether they are true.
"""

from __future__ import annotations

import base64
import dataclasses
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from aidisclose.errors import UsageError, suggestion
from aidisclose.manifest import softbinding
from aidisclose.manifest.softbinding import SoftBinding

T = TypeVar("T")

#: The kinds of a direct disclosure.
DirectType = Literal[
    "label", "context-note", "visible-watermark", "disclaimer", "audible", "single-frame"
]
#: What is said of consent, and what it covers.
ConsentStatus = Literal["obtained", "not-applicable", "artistic-exception", "none"]
ConsentScope = Literal["create", "distribute"]
#: What was done to who or what is shown.
DepictionTechnique = Literal[
    "represent-entity",
    "fake-persona",
    "misattributed-act",
    "nonexistent-event",
    "insert-or-remove",
    "wholly-synthetic-scene",
]
ContentPurpose = Literal[
    "entertainment", "art", "satire", "education", "research", "news", "ads", "other"
]
DeclarantRole = Literal["builder", "creator", "distributor-active", "distributor-passive"]
Material = Literal["yes", "no", "unknown"]
WatermarkEncoding = Literal["text", "hex", "base64"]

DIRECT: Final[tuple[str, ...]] = get_args(DirectType)
CONSENT: Final[tuple[str, ...]] = get_args(ConsentStatus)
TECHNIQUES: Final[tuple[str, ...]] = get_args(DepictionTechnique)
#: Techniques by which a real person may be harmed: they call for a statement about consent.
_OF_PERSONS: Final = frozenset({"represent-entity", "misattributed-act"})
PURPOSES: Final[tuple[str, ...]] = get_args(ContentPurpose)
ROLES: Final[tuple[str, ...]] = get_args(DeclarantRole)
MATERIAL: Final[tuple[str, ...]] = get_args(Material)


def one_of(field: str, value: str | None, choices: tuple[str, ...]) -> None:
    """Check that a value is absent or one of the choices.

    Raises:
        UsageError: It is another one; the message names the field.
    """
    if value is not None and value not in choices:
        hint = suggestion(value, choices)
        raise UsageError(f"unknown {field} {value!r} (choose from {', '.join(choices)}){hint}")


def https(field: str, value: str | None) -> None:
    """Check that a value is absent or looks like a web address.

    Raises:
        UsageError: It does not; the message names the field.
    """
    is_url = value is None or (
        value.startswith(("https://", "http://"))
        and len(value) > len("https://")
        and value.isprintable()
        and " " not in value
    )
    if not is_url:
        raise UsageError(f"{field} is a web address (https://…), not {value!r}")


_SHA256: Final = re.compile(r"[0-9a-f]{64}")


def _is_region(region: tuple[float, ...]) -> bool:
    """Whether these are an edge, another, a width and a height within a picture."""
    if len(region) != 4 or not all(0 <= each <= 1 for each in region):
        return False
    left, top, width, height = region
    slack = 1e-6  # they are rounded
    return width > 0 and height > 0 and left + width <= 1 + slack and top + height <= 1 + slack


@dataclass(frozen=True, slots=True, kw_only=True)
class Direct:
    """One disclosure that viewers or listeners perceive.

    Attributes:
        type: One of `DIRECT`.
        text: The words of the disclosure.
        lang: Language of the text, as in BCP 47.
        placement: Its place, in words.
        size: Height of its letters, as a share of the picture's shorter side.
        region: Its left and top edge, width and height, as shares of the upright picture.
        sha256: Hash of the pixels there, or of the samples from `start` to `end`, as `aidisclose
            label` made them; signing and `check` compare it.
        start: The time at which it begins in the media, in seconds.
        end: The time at which it ends.
    """

    type: DirectType
    text: str | None = None
    lang: str | None = None
    placement: str | None = None
    size: float | None = None
    region: tuple[float, ...] = ()
    sha256: str | None = None
    start: float | None = None
    end: float | None = None

    def __post_init__(self) -> None:
        check_types(self)
        one_of("direct.type", self.type, DIRECT)
        for name in ("start", "end"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value >= 0):
                raise UsageError(f"direct.{name} is a time in seconds, not {value!r}")
        if self.size is not None and not 0 < self.size <= 1:
            raise UsageError(f"direct.size is a share from 0 to 1, not {self.size!r}")
        if self.region and not _is_region(self.region):
            raise UsageError(f"direct.region is four shares in the picture, not {self.region!r}")
        if self.sha256 is not None and not _SHA256.fullmatch(self.sha256):
            raise UsageError(f"direct.sha256 is 64 hexadecimal digits, not {self.sha256!r}")
        if self.end is not None and (self.start is None or self.end <= self.start):
            raise UsageError("direct.end needs a direct.start before it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Whether people who are depicted agreed. Names do not belong here.

    Attributes:
        status: One of `CONSENT`.
        subjects: The people, by number or role: `2 actors`.
        basis: The form of the consent: `contract`, `release form`.
        scope: The uses that it covers: `create`, `distribute`.
        reference: The place where it is filed.
    """

    status: ConsentStatus
    subjects: str | None = None
    basis: str | None = None
    scope: tuple[ConsentScope, ...] = ()
    reference: str | None = None

    def __post_init__(self) -> None:
        check_types(self)
        one_of("consent.status", self.status, CONSENT)
        for item in self.scope:
            one_of("consent.scope", item, get_args(ConsentScope))


@dataclass(frozen=True, slots=True, kw_only=True)
class HarmReview:
    """Whether somebody thought about the harm that the content may do.

    Attributes:
        done: Whether they did.
        by_role: The reviewer, by role and not by name.
        date: The day of the review: `2026-11-23`.
        harms: The harms that were considered.
    """

    done: bool
    by_role: str | None = None
    date: str | None = None
    harms: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_types(self)
        if self.date is not None:
            try:
                date.fromisoformat(self.date)
            except ValueError:
                raise UsageError(f"invalid date in harm_review.date: {self.date!r}") from None


def _from_base64(value: str) -> bytes:
    return base64.b64decode(value, validate=True)


#: How the value of a watermark is written where only text can stand.
_ENCODINGS: Final[dict[str, Callable[[str], bytes]]] = {
    "text": str.encode,
    "hex": bytes.fromhex,
    "base64": _from_base64,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Watermark:
    """An imperceptible watermark that is in the content, as the user says; we cannot see it.

    Attributes:
        alg: Its algorithm, from the C2PA list of soft bindings; needed if the manifest can be
            found by it.
        value: The value that it carries, as the algorithm defines it.
        encoding: The encoding of bytes in `value`: `text` (UTF-8), `hex` or `base64`.
    """

    alg: str | None = None
    value: str | None = None
    encoding: WatermarkEncoding = "text"

    def __post_init__(self) -> None:
        check_types(self)
        one_of("watermark.encoding", self.encoding, tuple(_ENCODINGS))
        if (self.alg is None) != (self.value is None):
            raise UsageError(
                "watermark.alg and watermark.value belong together: c2pa.watermarked.bound needs a "
                "soft binding with both (C2PA 2.4 §18.15)"
            )
        if self.alg is not None and "." not in self.alg:
            raise UsageError(
                f"watermark.alg is a name such as com.example.mark.1, not {self.alg!r}"
            )
        if softbinding.ALGORITHMS.get(self.alg or "") == softbinding.FINGERPRINT:
            raise UsageError(
                f"{self.alg} is a fingerprint, not a watermark: nothing is embedded by it; sign "
                "with --fingerprint"
            )
        if self.alg is not None:
            self.binding()

    def binding(self) -> SoftBinding:
        """The soft binding that finds the manifest by the watermark.

        Raises:
            UsageError: The watermark has no value, or not one of its encoding.
        """
        try:
            data = _ENCODINGS[self.encoding](self.value or "")
        except ValueError:
            raise UsageError(
                f"invalid watermark.value {self.value!r}: expected {self.encoding}"
            ) from None
        return SoftBinding(self.alg or "", data)

    @property
    def is_bound(self) -> bool:
        """Whether the manifest can be found by the watermark."""
        return self.alg is not None


def check_types(record: object) -> None:
    """Check that the fields of a record are of their types; lists become tuples.

    Which values a text may have is not checked.

    Raises:
        TypeError: One is not; the message names it.
    """
    cls: Any = type(record)
    for name, kind in _kinds(cls).items():
        value = getattr(record, name)
        wanted = get_args(kind) if get_origin(kind) in _UNIONS else (kind,)
        if isinstance(value, list) and any(get_origin(each) is tuple for each in wanted):
            value = tuple(value)
            object.__setattr__(record, name, value)
        if not any(_is_a(value, each) for each in wanted):
            words = " or ".join(map(_words, wanted))
            raise TypeError(f"{cls.__name__}: {name} is {words}, not {value!r:.80}")


@lru_cache(maxsize=16)
def _kinds(cls: Any) -> dict[str, Any]:
    return get_type_hints(cls)


def _is_a(value: object, kind: Any) -> bool:
    if get_origin(kind) is tuple:
        item = get_args(kind)[0]
        return isinstance(value, tuple) and all(_is_a(each, item) for each in value)
    if get_origin(kind) is Literal:
        return isinstance(value, str)
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, kind)


#: `Literal[…] | None` is another one than `str | None`.
_UNIONS: Final = (UnionType, Union)
_WORDS: Final[dict[object, str]] = {
    str: "a text",
    bool: "True or False",
    float: "a number",
    NoneType: "None",
}


def _words(kind: Any) -> str:
    if get_origin(kind) is tuple:
        return f"a tuple, each {_words(get_args(kind)[0])}"
    if get_origin(kind) is Literal:
        return f"one of {', '.join(map(repr, get_args(kind)))}"
    return _WORDS.get(kind, f"an aidisclose.{getattr(kind, '__name__', kind)}")


def check_consent(techniques: tuple[str, ...], consent: Consent | None) -> None:
    """Require consent for techniques that depict real people.

    Raises:
        UsageError: It does not (PAI practice 10).
    """
    for item in techniques:
        one_of("techniques", item, TECHNIQUES)
    shown = sorted(_OF_PERSONS & set(techniques))
    if shown and consent is None:
        raise UsageError(
            f"{shown[0]} needs consent to be declared (PAI practice 10): consent.status"
        )


def encode(value: object) -> object:
    """A record as dicts, without the fields that are not set."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = ((item.name, getattr(value, item.name)) for item in dataclasses.fields(value))
        return {name: encode(item) for name, item in fields if item not in (None, ())}
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    return value


def build(cls: type[T], fields: object, where: str = "") -> T:
    """A record of this class from plain maps and lists, as in TOML and JSON.

    Hyphens in names count as underscores.

    Raises:
        UsageError: A field is unknown, missing or of the wrong type, or a value is not permitted;
            the message names the field.
    """
    if not isinstance(fields, Mapping):
        raise UsageError(f"{where or 'the disclosure'} is a table of fields, not {fields!r}")
    known = {item.name: item for item in dataclasses.fields(cls)}  # type: ignore[arg-type]
    kinds = get_type_hints(cls)
    found: dict[str, Any] = {}
    for key, value in fields.items():
        name = str(key).replace("-", "_")
        path = f"{where}.{name}" if where else name
        if name not in known:
            raise UsageError(f"unknown field {path!r}{suggestion(name, known)}")
        found[name] = _reader(kinds[name])(value, path)
    for item in known.values():
        needed = item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING
        if needed and item.name not in found:
            raise UsageError(f"{where + '.' if where else ''}{item.name} is missing")
    return cls(**found)


def _text(value: object, path: str) -> str:
    if not (isinstance(value, str) and value):
        raise UsageError(f"{path} is a text, not {value!r}")
    return value


def _texts(value: object, path: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise UsageError(f"{path} is a list of texts, not {value!r}")
    return tuple(_text(item, path) for item in value)


def _flag(value: object, path: str) -> bool:
    if not isinstance(value, bool):
        raise UsageError(f"{path} is true or false, not {value!r}")
    return value


def _number(value: object, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UsageError(f"{path} is a number, not {value!r}")
    try:
        return float(value)
    except OverflowError:
        raise UsageError(f"{path} is a number that is too large") from None


def _numbers(value: object, path: str) -> tuple[float, ...]:
    if not isinstance(value, list | tuple):
        raise UsageError(f"{path} is a list of numbers, not {value!r}")
    return tuple(_number(item, path) for item in value)


def _nested(cls: type[Any]) -> Callable[[object, str], Any]:
    return lambda value, path: build(cls, value, path)


def _several(cls: type[Any]) -> Callable[[object, str], Any]:
    def reader(value: object, path: str) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise UsageError(f"{path} is a list of tables, not {value!r}")
        return tuple(build(cls, item, f"{path}[{index}]") for index, item in enumerate(value))

    return reader


_READERS: Final[dict[object, Callable[[object, str], Any]]] = {
    str: _text,
    bool: _flag,
    float: _number,
    tuple[str, ...]: _texts,
    tuple[float, ...]: _numbers,
}


def _reader(kind: object) -> Callable[[object, str], Any]:
    """The reader of a field of this type."""
    if get_origin(kind) in _UNIONS:
        [kind] = (item for item in get_args(kind) if item is not NoneType)
    if get_origin(kind) is Literal:
        return _text
    if get_origin(kind) is tuple and get_origin(get_args(kind)[0]) is Literal:
        return _texts
    if kind in _READERS:
        return _READERS[kind]
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _nested(kind)
    return _several(get_args(kind)[0])
