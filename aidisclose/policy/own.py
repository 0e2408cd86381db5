"""A user's own policy: a TOML file that picks rules, changes severities and adds requirements.

Described in docs/policy.md. What is wrong in one is told with its line and key.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final, TypeVar

from aidisclose import limits
from aidisclose.errors import UsageError, suggestion
from aidisclose.io import toml
from aidisclose.manifest import source_type
from aidisclose.policy import inputs
from aidisclose.policy.profiles import PROFILES, RULES
from aidisclose.policy.requirement import (
    CARRIERS,
    IDENTITIES,
    IDS,
    INTEGRITIES,
    TIMESTAMPS,
    Requirement,
    stars,
)
from aidisclose.policy.rule import Severity
from aidisclose.validate.state import State

T = TypeVar("T")

VERSION: Final = 1
_HEADER: Final = re.compile(r"\s*+(\[\[?+)([^\]]++)\]")
_KEY: Final = re.compile(r"""\s*("[^"]*"|'[^']*'|[A-Za-z0-9_-]+)\s*=""")
_STATES: Final = (State.VALID.value, State.TRUSTED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A user's own policy.

    Attributes:
        name: Its name in findings.
        profiles: Built-in profiles that belong to it.
        select: Ids, or how they begin, of the only rules that are judged; all if empty.
        ignore: The same of rules that are not.
        severities: Of rules, where they differ from their own.
        inputs: Premises that hold for all files.
        as_of: The day whose law counts.
        requirements: Further requirements, by path.
        sha256: In hexadecimal, of the text that it was read from; empty if it was not read.
    """

    name: str
    profiles: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    as_of: date | None = None
    requirements: tuple[Requirement, ...] = ()
    sha256: str = ""

    @classmethod
    def from_toml(cls, content: bytes | str, *, name: str = "policy") -> Policy:
        """See `parse`."""
        return parse(content, name=name)


def parse(content: bytes | str, *, name: str = "policy") -> Policy:
    """The policy in a TOML file.

    Arguments:
        content: Of the file.
        name: Its name, unless the file itself has one.

    Raises:
        UsageError: It is not TOML, or something in it cannot be used; the message begins with the
            line and the key.
    """
    # Half a character is refused as TOML, with its line, and not as a text that cannot be encoded.
    data = content if isinstance(content, bytes) else content.encode(errors="surrogatepass")
    table = toml.parse(data)
    reader = _Reader(_lines(data.decode()))
    found = reader.policy(table, name)
    return replace(found, sha256=hashlib.sha256(data).hexdigest())


def _lines(text: str) -> dict[str, int]:
    """The line of each key, as `inputs.ai` and `require[0].state`."""
    found: dict[str, int] = {}
    counts: dict[str, int] = {}
    prefix = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            prefix = header[2].strip()
            if header[1] == "[[":
                index = counts[prefix] = counts.get(prefix, -1) + 1
                prefix = f"{prefix}[{index}]"
            found.setdefault(prefix, number)
        elif key := _KEY.match(line):
            name = key[1].strip("\"'")
            found.setdefault(f"{prefix}.{name}" if prefix else name, number)
    return found


class _Reader:
    """Takes values out of tables, and says where one is that cannot be used."""

    def __init__(self, lines: Mapping[str, int]) -> None:
        self._lines = lines

    def policy(self, table: dict[str, Any], name: str) -> Policy:
        known = ("version", "name", "profiles", "select", "ignore", "as-of", "severity", "inputs")
        self._refuse(table, (*known, "require"), "")
        if table.get("version") != VERSION:
            self._fail("version", f"must be {VERSION}")
        requirements = self._list(table, "require", dict, "")
        policy = Policy(
            name=self._value(table, "name", str, "") or name,
            profiles=self._profiles(table),
            select=self._patterns(table, "select"),
            ignore=self._patterns(table, "ignore"),
            severities=self._severities(self._value(table, "severity", dict, "") or {}),
            inputs=self._inputs(self._value(table, "inputs", dict, "") or {}),
            as_of=self._value(table, "as-of", date, ""),
            requirements=tuple(
                self._requirement(item, f"require[{index}]")
                for index, item in enumerate(requirements)
            ),
        )
        if not (policy.profiles or policy.requirements):
            self._fail("profiles", "names no profile, and nothing is required")
        return policy

    def _requirement(self, table: dict[str, Any], prefix: str) -> Requirement:
        known = ("path", "state", "signers", "issuers", "source-types", "models", "timestamp")
        self._refuse(
            table,
            (*known, "integrity", "carriers", "identity", "actors", "roles", "recovered"),
            prefix,
        )
        found = Requirement(
            path=self._value(table, "path", str, prefix),
            state=self._choice(table, "state", _STATES, prefix),
            integrity=self._choice(table, "integrity", INTEGRITIES, prefix),
            signers=self._texts(table, "signers", prefix),
            issuers=self._texts(table, "issuers", prefix),
            source_types=self._source_types(table, prefix),
            models=self._texts(table, "models", prefix),
            timestamp=self._choice(table, "timestamp", TIMESTAMPS, prefix),
            carriers=self._texts(table, "carriers", prefix, CARRIERS),
            identity=self._choice(table, "identity", IDENTITIES, prefix),
            actors=self._texts(table, "actors", prefix),
            roles=self._texts(table, "roles", prefix),
            recovered=self._choice(table, "recovered", _STATES, prefix),
        )
        if found.path is not None and stars(found.path) > limits.POLICY_STARS:
            message = f"has more than {limits.POLICY_STARS} stars between two slashes"
            self._fail(_join(prefix, "path"), message)
        if not (table.keys() - {"path"}):
            self._fail(prefix, "requires nothing")
        return found

    def _source_types(self, table: dict[str, Any], prefix: str) -> tuple[str, ...]:
        texts = self._texts(table, "source-types", prefix)
        for each in texts:
            if source_type.find(each) is None:
                self._fail(_join(prefix, "source-types"), f"{each!r} is not a digital source type")
        return tuple(found.term for found in map(source_type.find, texts) if found)

    def _profiles(self, table: dict[str, Any]) -> tuple[str, ...]:
        names = self._texts(table, "profiles", "")
        for each in names:
            profile, _, version = each.partition("@")
            editions = PROFILES[profile].editions if profile in PROFILES else ()
            if profile not in PROFILES:
                hint = suggestion(each, PROFILES) or f"; choose from {', '.join(PROFILES)}"
                self._fail("profiles", f"unknown profile {each!r}{hint}")
            if version and version not in [edition.version for edition in editions]:
                self._fail("profiles", f"{profile} has no version {version!r}")
        return names

    def _patterns(self, table: dict[str, Any], key: str) -> tuple[str, ...]:
        patterns = self._texts(table, key, "")
        for each in patterns:
            if not any(id_.startswith(each.rstrip("*").upper()) for id_ in (*RULES, *IDS)):
                self._fail(key, f"no rule is or begins with {each!r}")
        return patterns

    def _severities(self, table: dict[str, Any]) -> dict[str, Severity]:
        levels = tuple(level.value for level in Severity)
        for id_ in table:
            if id_ not in RULES and id_ not in IDS:
                self._fail(f"severity.{id_}", "no rule has this id")
        return {id_: Severity(self._choice(table, id_, levels, "severity") or "") for id_ in table}

    def _inputs(self, table: dict[str, Any]) -> dict[str, str]:
        stated: dict[str, str] = {}
        for name, value in table.items():
            if isinstance(value, bool):
                # TOML has its own words for both.
                value = "yes" if value else "no"
            stated[name] = value.isoformat() if isinstance(value, date) else str(value)
            try:
                inputs.check({name: stated[name]})
            except ValueError as error:
                self._fail(f"inputs.{name}", str(error))
        return stated

    def _texts(
        self, table: dict[str, Any], key: str, prefix: str, choices: tuple[str, ...] = ()
    ) -> tuple[str, ...]:
        found = self._list(table, key, str, prefix)
        for each in found:
            if choices and each not in choices:
                self._fail(_join(prefix, key), f"{each!r} is not one of {', '.join(choices)}")
        if key in table and not found:
            self._fail(_join(prefix, key), "is empty")
        return tuple(found)

    def _list(self, table: dict[str, Any], key: str, kind: type[T], prefix: str) -> list[T]:
        found = table.get(key, [])
        if not (isinstance(found, list) and all(isinstance(item, kind) for item in found)):
            self._fail(_join(prefix, key), f"must be a list of {_KINDS[kind]}s")
        return list(found)

    def _choice(
        self, table: dict[str, Any], key: str, choices: tuple[str, ...], prefix: str
    ) -> str | None:
        found = self._value(table, key, str, prefix)
        if found is not None and found not in choices:
            self._fail(_join(prefix, key), f"{found!r} is not one of {', '.join(choices)}")
        return found

    def _value(self, table: dict[str, Any], key: str, kind: type[T], prefix: str) -> T | None:
        found = table.get(key)
        if found is not None and not isinstance(found, kind):
            self._fail(_join(prefix, key), f"must be a {_KINDS[kind]}")
        return found

    def _refuse(self, table: dict[str, Any], known: tuple[str, ...], prefix: str) -> None:
        for key in table:
            if key not in known:
                message = f"unknown key; there are {', '.join(known)}"
                self._fail(_join(prefix, key), message)

    def _fail(self, key: str, message: str) -> None:
        line = self._lines.get(key)
        where = f"line {line}: " if line else ""
        raise UsageError(f"{where}{key}: {message}")


_KINDS: Final[Mapping[Callable[..., object], str]] = {str: "string", dict: "table", date: "date"}


def _join(prefix: str, key: str) -> str:
    return f"{prefix}.{key}" if prefix else key
