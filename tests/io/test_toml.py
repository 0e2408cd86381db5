"""TOML of strangers costs little, and what is wrong with it is said."""

from __future__ import annotations

import pytest

from aidisclose import limits
from aidisclose.errors import UsageError
from aidisclose.io import toml
from aidisclose.policy.own import Policy


def test_what_is_valid_is_read() -> None:
    assert toml.parse(b"a.b = 1\n[c]\nd = 'e'\n") == {"a": {"b": 1}, "c": {"d": "e"}}


@pytest.mark.parametrize("parts", [limits.KEY_PARTS, limits.KEY_PARTS + 1])
def test_keys_have_a_number_of_parts(parts: int) -> None:
    content = ".".join("a" * parts).encode() + b" = 1"
    if parts <= limits.KEY_PARTS:
        assert toml.parse(content)["a"]
    else:
        with pytest.raises(UsageError, match="a key of more than 32 parts"):
            toml.parse(content)


@pytest.mark.parametrize("more", [0, 1])
def test_files_have_a_size(more: int) -> None:
    content = b"#" * (limits.SETTINGS_SIZE + more)
    if not more:
        assert toml.parse(content) == {}
    else:
        with pytest.raises(UsageError, match="larger than the 256 KiB"):
            toml.parse(content)


BAD = [
    (b"a = ", "not valid TOML: "),
    (b"\xff", "not valid TOML: "),
    (b"a = " + b"1" * 5_000, "not valid TOML: "),
    (b"a = " + b"[" * 20_000, "not valid TOML: nested too deeply"),
    (b"a = " + b"{a=" * 20_000, "not valid TOML: nested too deeply"),
    (b"[" + b"a." * 40_000 + b"a]", "a key of more than 32 parts"),
    (b"a." * 40_000 + b"a = 1", "a key of more than 32 parts"),
    (b"'a' . " * 40_000 + b"a = 1", "a key of more than 32 parts"),
    (b"#" * 300_000, "larger than the 256 KiB"),
]


@pytest.mark.parametrize(("content", "reason"), BAD)
def test_a_policy_that_cannot_be_read_is_a_mistake_of_its_user(content: bytes, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        Policy.from_toml(content)


def test_a_policy_in_text_that_is_not_unicode_is_a_mistake_as_well() -> None:
    with pytest.raises(UsageError, match="not valid TOML"):
        Policy.from_toml("a = '\udc80'")
