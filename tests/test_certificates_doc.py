"""docs/certificates.md: its commands exist, and nothing that signs is left out."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from aidisclose.cli.main import commands
from aidisclose.signing import backends

DOCUMENT = (Path(__file__).resolve().parents[1] / "docs" / "certificates.md").read_text()
BACKENDS = Path(backends.__file__).parent


def lines() -> Iterator[str]:
    """Every command line of the document."""
    for block in re.findall(r"(?ms)^```(?:console|sh|yaml)\n(.*?)^```", DOCUMENT):
        for line in block.splitlines():
            if match := re.search(r"(?:^\$ |: |- |^ *|… )(aidisclose (?!credentials/).*)$", line):
                yield match[1]


def test_there_are_commands_to_check() -> None:
    assert len(list(lines())) > 30


@pytest.mark.parametrize("line", sorted(set(lines())))
def test_every_command_line_is_understood(line: str) -> None:
    words = shlex.split(re.sub(r"3<.*$", "", line))
    context = commands.make_context("aidisclose", words[1:], resilient_parsing=True)
    _, command, rest = commands.resolve_command(context, words[1:])
    assert command is not None
    if isinstance(command, click.Group):
        _, command, rest = command.resolve_command(context, rest)
    assert command is not None
    known = {option for each in command.params for option in each.opts}
    given = {word for word in rest if word.startswith("-")}
    assert given <= known


@pytest.mark.parametrize("scheme", backends.SCHEMES)
def test_every_scheme_has_an_example_for_both(scheme: str) -> None:
    for text in DOCUMENT.split("## In continuous integration"):
        assert f"{scheme}:" in text
    github, gitlab = DOCUMENT.split("### GitHub Actions")[1].split("### GitLab")
    assert f"{scheme}:" in gitlab
    assert f"{scheme}:" in github or scheme == "file"


def test_every_variable_that_a_signer_reads_is_named() -> None:
    source = "".join(path.read_text() for path in BACKENDS.glob("*.py"))
    found = set(re.findall(r'"((?:AZURE|GOOGLE|CLOUDSDK|PKCS11|AIDISCLOSE)_[A-Z_]+)"', source))
    # Where fakes of the services are is for tests.
    hosts = {name for name in found if "HOST" in name or "OVERRIDES" in name}
    assert found - hosts
    assert {name for name in found - hosts if name not in DOCUMENT} == set()


@pytest.mark.parametrize("anchor", sorted(set(re.findall(r"\]\(#([\w-]+)\)", DOCUMENT))))
def test_links_within_the_document_lead_somewhere(anchor: str) -> None:
    titles = re.findall(r"^#+ (.*)$", DOCUMENT, re.MULTILINE)
    slugs = {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}
    assert anchor in slugs
