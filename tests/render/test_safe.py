"""Untrusted text: whatever it is, showing it only shows it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidisclose.render.json import encode
from aidisclose.render.safe import clean, encodable

ANY_TEXT = st.text(st.characters(exclude_categories=()))  # lone surrogates included


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("\x9b2J", "\\x9b2J"),
        ("one\ntwo\r\tthree", "one\\ntwo\\r\\tthree"),
        ("nul\0", "nul\\x00"),
        ("photo\u202egpj.exe", "photo\\u202egpj.exe"),
        ("\u2066isolated\u2069", "\\u2066isolated\\u2069"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("line\u2028paragraph\u2029", "line\\u2028paragraph\\u2029"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("not utf-8 \udcff", "not utf-8 \\udcff"),
    ],
)
def test_what_acts_on_a_terminal_is_escaped(hostile: str, shown: str) -> None:
    assert clean(hostile) == shown


@pytest.mark.parametrize("text", ["", "Zoë Müller 📷 写真", "[bold red]markup[/]", "a\\b"])
def test_what_only_prints_is_left_alone(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("::error::no", r"\x3a:error::no"),
        ("  ::stop-commands::x", r"  \x3a:stop-commands::x"),
        ("a ##[error]no", r"a \x23#[error]no"),
        ("##vso[task.setvariable variable=a]b", r"\x23#vso[task.setvariable variable=a]b"),
        ("a::b, ## c [d], : e", "a::b, ## c [d], : e"),
    ],
)
def test_what_a_log_takes_for_a_command_is_escaped(hostile: str, shown: str) -> None:
    assert clean(hostile) == shown


def test_long_text_is_cut_unless_told() -> None:
    assert clean("x" * 1000) == "x" * 199 + "…"
    assert clean("x" * 1000, None) == "x" * 1000


@given(ANY_TEXT)
def test_any_text_becomes_one_printable_line(text: str) -> None:
    shown = clean(text)
    assert shown.isprintable()
    shown.encode()


@given(ANY_TEXT)
def test_any_text_can_be_encoded(text: str) -> None:
    encodable(text).encode()


@given(
    st.recursive(
        ANY_TEXT | st.integers() | st.none(),
        lambda each: st.lists(each) | st.dictionaries(ANY_TEXT, each),
    )
)
def test_json_is_ascii_and_without_lone_surrogates(value: object) -> None:
    text = encode(value)
    assert text.isascii()
    assert text.isprintable()
    json.dumps(json.loads(text), ensure_ascii=False).encode()


def test_a_backslash_is_not_taken_for_a_surrogate() -> None:
    assert json.loads(encode("C:\\ud800 😀")) == "C:\\ud800 😀"
