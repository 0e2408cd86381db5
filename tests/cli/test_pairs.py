"""Pairs of options of every command: none is ignored beside the other without a word."""

from __future__ import annotations

import itertools
import json
import os
import random
import re
import shutil
import wave
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import click
import pytest

from aidisclose.cli.main import commands, main
from aidisclose.signing import credentials
from tests.cli.running import Done
from tests.cli.test_usage import leaves
from tests.durable.pictures import encoded, scene
from tests.issuing import Issued

#: Pairs that are tried here; all of them where this variable is set.
SAMPLE: Final = 500
EVERY: Final = "AIDISCLOSE_TEST_ALL_PAIRS"

#: What a command is given besides options.
SOURCES: Final[dict[str, tuple[str, ...]]] = {
    "sign": ("picture.png",),
    "label": ("picture.png",),
    "diff": ("signed.png", "picture.png"),
    "rule": ("EU-001",),
    "summarize": ("results.jsonl",),
    "repository check": (),
    "repository export": (),
    "repository import": ("archive.tar",),
    "repository list": (),
    "repository remove": ("urn:c2pa:nobody",),
    "watermark add": ("com.adobe.trustmark.Q",),
    "receipt verify": ("receipt.json",),
    "doctor": ("one/chain.pem",),
    "credentials csr": (),
    "credentials new": (),
    "law list": (),
    "serve": (),
    "trust add": ("one/root.pem",),
    "trust export": ("lists.json",),
    "trust import": ("snapshot.json",),
    "trust list": (),
    "trust project": ("proj",),
    "trust remove": ("one",),
    "watermark list": (),
    "formats": (),
}
#: Values by option, of one command first; a flag has none.
VALUES: Final[dict[str, str]] = {
    "--files-from": "list.txt",
    "--exclude": "*.gif",
    "--output": "out.txt",
    "sign --output": "out.png",
    "label --output": "out.png",
    "--output-dir": "out",
    "--wording": "de",
    "--text": "Made by AI",
    "--lang": "en",
    "--position": "top",
    "--size": "5",
    "--audio": "notice.wav",
    "--aigc-producer": "House",
    "--aigc-id": "1",
    "--ai": "generated",
    "--model": "Model",
    "--model-version": "1",
    "--model-id": "pkg:generic/model",
    "--model-type": "c2pa.types.model",
    "--provider": "Provider",
    "--prompt": "a house",
    "--prompt-writer": "Ann",
    "--seed": "7",
    "--training": "prohibited",
    "--training-constraint": "ask",
    "--disclosure": "disclosure.toml",
    "--oversight": "prompt_guided",
    "--source-type": "trainedAlgorithmicMedia",
    "--action": "c2pa.resized",
    "--manifest": "definition.json",
    "verify --manifest": "store.c2pa",
    "trust explain --manifest": "store.c2pa",
    "--metadata": "metadata.json",
    "--redact": "c2pa.metadata",
    "--redact-reason": "c2pa.PII.present",
    "--parent": "parent.png",
    "--ingredient": "parent.png,inputTo",
    "--title": "Title",
    "--spec": "2.5",
    "--cert": "one/chain.pem",
    "--key": "one/key.pem",
    "--signer": "file:one/key.pem",
    "verify --signer": "Signer",
    "--receipt-signer": "file:one/key.pem",
    "--alg": "es256",
    "--identity-cert": "two/chain.pem",
    "--identity-key": "two/key.pem",
    "--identity-signer": "file:two/key.pem",
    "--identity-role": "creator",
    "--identity-references": "c2pa.actions.v2",
    "--tsa": "http://localhost:1/",
    "--tsa-timeout": "5",
    "--reserve": "9000",
    "--update-room": "100",
    "--remote": "https://example.com/store.c2pa",
    "--trust": "one/root.pem",
    "--tsa-trust": "one/root.pem",
    "--allowed": "one/chain.pem",
    "--identity-trust": "two/root.pem",
    "--identity-allowed": "two/chain.pem",
    "--identity-issuer": "did:web:example.com",
    "--did-document": "did.json",
    "--format": "json",
    "receipt verify --format": "html",
    "--jobs": "1",
    "--results": "results.db",
    "--at": "2026-11-01",
    "--require": "valid",
    "--issuer": "Intermediate",
    "--repository": "repository.db",
    "--receipt": "written.json",
    "--only": "valid",
    "--sort": "state",
    "--language": "de",
    "--depth": "1",
    "--extract": "thumbnails",
    "--store": "written.c2pa",
    "--certs": "certs.pem",
    "--policy": "pai",
    "--select": "PAI-001",
    "--ignore": "PAI-002",
    "--input": "deepfake=yes",
    "--as-of": "2026-10-01",
    "--baseline": "baseline.json",
    "--before": "before",
    "--summary": "summary.md",
    "--show": "pass",
    "--map": "a=b",
    "--top": "3",
    "--receipts": "receipts",
    "--most": "3",
    "--server": "http://localhost:1/",
    "--name": "Name",
    "--organization": "Organization",
    "--country": "DE",
    "--dir": "made",
    "--days": "3",
    "credentials new --ocsp": "http://localhost:1/",
    "--purpose": "1.3.6.1.5.5.7.3.4",
}
#: Options that need what is not at hand here: a network, a model, a repository of git, a font, a
#: label that a platform could complete. Each has tests of its own.
ELSEWHERE: Final = {
    *("--cluster", "--watermark", "--encoder", "--decoder", "--since", "--font", "--from"),
    *("--crl", "--status-list", "--time-stamp", "--certificate-status", "--require-timestamp"),
    *("--aigc-propagator", "--aigc-propagate-id", "--server", "--receipts", "--compress"),
    *("--encrypt", "--remove", "--list", "--from-metadata", "--require-determined", "--help"),
    *("--fragment", "--sha256"),
}
#: Commands that run until they are stopped, or fetch.
APART: Final = {"serve", "trust update", "trust remove", "watermark add", "completion"}
#: What a command, or an option of it, cannot do without: options, with a value where theirs in
#: `VALUES` does not do.
NEEDS: Final[dict[str, str]] = {
    "sign": "--ai",
    "check": "--policy",
    "publish": "--repository",
    "recover": "--repository",
    "repository check": "--repository",
    "repository export": "--repository --output",
    "repository import": "--repository",
    "repository list": "--repository",
    "repository remove": "--repository",
    "credentials csr": "--name --organization --country",
    "credentials new": "--dir",
    "--lang": "--text",
    "--model-version": "--model",
    "--model-id": "--model",
    "--model-type": "--model",
    "--prompt-writer": "--prompt",
    "--training-constraint": "--training constrained",
    "--aigc-producer": "--aigc-id",
    "--aigc-id": "--aigc-producer",
    "--outside-paths": "--manifest",
    "--metadata": "--update",
    "--redact": "--update",
    "--redact-reason": "--redact --update",
    "--published": "--update",
    "--update": "--published",
    "--cert": "--key",
    "--key": "--cert",
    "--signer": "--cert",
    "verify --cert": "--receipt --key",
    "verify --key": "--receipt --cert",
    "verify --signer": "",
    "verify --receipt-signer": "--receipt --cert",
    "check --cert": "--receipt --key",
    "check --key": "--receipt --cert",
    "check --signer": "--receipt --cert",
    "check --alg": "--receipt",
    "doctor --key": "",
    "credentials csr --key": "",
    "diff --input": "--policy",
    "diff --as-of": "--policy",
    "--identity-cert": "--identity-key",
    "--identity-key": "--identity-cert",
    "--identity-signer": "--identity-cert",
    "--identity-role": "--identity-key --identity-cert",
    "--identity-references": "--identity-key --identity-cert",
    "--tsa-timeout": "--tsa",
    "--reserve": "--tsa",
    "--resume": "--results",
    "verify --repository": "--recover",
    "check --repository": "--recover",
    "--update-baseline": "--baseline",
    "--language": "--format html",
}
#: Where one of these is named, the first is not needed.
INSTEAD: Final[dict[str, frozenset[str]]] = {
    "--ai": frozenset({"--manifest", "--update"}),
    "--key": frozenset({"--signer", "--receipt-signer"}),
    "--identity-key": frozenset({"--identity-signer"}),
}
#: What says all about AI itself, or nothing.
_DECLARED: Final = (
    *("--model", "--model-version", "--model-id", "--model-type", "--provider", "--prompt"),
    *("--prompt-writer", "--seed", "--training", "--training-constraint", "--disclosure"),
    *("--aigc-producer", "--aigc-id", "--oversight", "--source-type", "--action", "--ai"),
)
_UNFIT: Final = ("--parent", "--ingredient", "--remote", "--update-room", "--wrap", "--xmp")
#: Options that cannot be meant together, by command and one of them: each such line is refused, and
#: says the names of both.
CONTRADICTIONS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "sign": {
        "--manifest": (*_DECLARED, "--xmp"),
        "--update": (*_DECLARED, *_UNFIT, "--fingerprint", "--thumbnail"),
        "--sidecar": ("--in-place", "--xmp", "--aigc-producer", "--remote"),
        "--training": ("--training-constraint",),
        "--output": ("--output-dir", "--in-place"),
        "--output-dir": ("--in-place",),
        "--skip-existing": ("--force", "--in-place"),
        "--key": ("--signer",),
        "--identity-key": ("--identity-signer",),
        "--results": ("--format", "--dry-run"),
    },
    "verify": {
        "--results": ("--format", "--language", "--only", "--sort", "--output"),
        "--resume": ("--receipt", "--cert", "--key", "--receipt-signer"),
        "--language": ("--format",),
        "--key": ("--receipt-signer",),
    },
    "check": {
        "--results": ("--format", "--language"),
        "--language": ("--format",),
        "--key": ("--signer",),
        "--show": ("--format", "--language", "--results"),
        "--resume": (
            *("--receipt", "--summary", "--statistics", "--update-baseline"),
            *("--cert", "--key", "--signer", "--alg"),
        ),
    },
    "inspect": {"--language": ("--format",)},
    "diff": {"--language": ("--format",)},
    "label": {
        "--output": ("--output-dir",),
        "--force": ("--skip-existing",),
        "--text": ("--wording", "--modified"),
    },
    "trust add": {"--tsa": ("--allowed", "--identity"), "--allowed": ("--purpose",)},
    "doctor": {"--tsa": ("--ocsp",)},
}
#: Pairs whose sense depends on the file or on the definition; they have tests of their own.
OPEN: Final = {
    ("sign", "--update", "--sidecar"),
    ("sign", "--update", "--manifest"),
    ("sign", "--files-from", "--parent"),
    ("sign", "--files-from", "--sidecar"),
    ("label", "--files-from", "--audio"),
    ("label", "--output", "--audio"),
}


def spelled(option: click.Option) -> str:
    """Its long name, the first of two that exclude one another."""
    return max(option.opts, key=len)


def options_of(command: click.Command) -> dict[str, bool]:
    """The options that can be tried here, and whether each is a flag."""
    return {
        spelled(each): each.is_flag
        for each in command.params
        if isinstance(each, click.Option) and not each.hidden and spelled(each) not in ELSEWHERE
    }


OPTIONS: Final = {
    name: options_of(command) for name, command in leaves(commands) if name not in APART
}


def line(command: str, *options: str) -> list[str]:
    """A command with these options, and with what it and they need."""
    flags, given = OPTIONS[command], {}

    def add(option: str, value: str | None = None) -> None:
        if option not in given:
            own = VALUES.get(f"{command} {option}", VALUES.get(option))
            given[option] = None if flags[option] else value or own

    def is_there(option: str) -> bool:
        # In `verify`, --signer is a name that is wanted.
        others = INSTEAD.get(option, frozenset()) - ({"--signer"} if command == "verify" else set())
        return option in given or bool(others & given.keys())

    for option in options:
        add(option)
    for each in (*options, ""):
        waiting = [NEEDS.get(f"{command} {each}".strip(), NEEDS.get(each, ""))]
        while waiting:
            for needed, value in re.findall(r"(--\S+)(?: ([^-]\S*))?", waiting.pop()):
                if needed in flags and not is_there(needed):
                    add(needed, value or None)
                    waiting.append(NEEDS.get(f"{command} {needed}", NEEDS.get(needed, "")))
    sources = SOURCES.get(command, ("signed.png",))
    if "--files-from" in given:
        sources = ()
    elif "--update" in given:
        sources = ("signed.png",)
    elif "--audio" in given:
        sources = ("notice.wav",)
    words = [word for pair in given.items() for word in pair if word is not None]
    return [*command.split(), *sources, *words]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, issued: Issued) -> Path:
    """A folder with all that the lines name, and a user's own folder in it."""
    folder = tmp_path_factory.mktemp("pairs")
    home = folder / "home"
    shutil.copytree(issued("es256").folder, home / "credentials" / "default")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIDISCLOSE_HOME", str(home))
        patch.chdir(folder)
        for name in ("one", "two"):
            credentials.create(folder / name, name="Signer" if name == "one" else "Actor")
        for number, name in enumerate(("picture.png", "parent.png")):
            Path(name).write_bytes(encoded(scene(number, (200, 150))))
        with wave.open("notice.wav", "wb") as sound:
            sound.setparams((1, 2, 8000, 0, "NONE", ""))
            sound.writeframes(bytes(8000))
        Path("list.txt").write_text("signed.png\n")
        Path("disclosure.toml").write_text('ai = "generated"\nmodel = "M"\n')
        Path("definition.json").write_text(json.dumps({"title": "T", "assertions": []}))
        Path("metadata.json").write_text(json.dumps(METADATA))
        Path("did.json").write_text(json.dumps({"id": "did:web:example.com"}))
        Path("proj").mkdir()
        Path("proj", "aidisclose.toml").write_text('[verify]\nsort = "name"\n')
        receipt = ("--receipt", "receipt.json", "--cert", "one/chain.pem", "--key", "one/key.pem")
        baseline = ("--baseline", "baseline.json", "--update-baseline")
        for arguments in (
            ("sign", "picture.png", "--ai", "generated", "-o", "signed.png"),
            ("inspect", "signed.png", "--store", "store.c2pa"),
            ("verify", "signed.png", "--results", "results.jsonl"),
            ("check", "signed.png", "--policy", "pai", *baseline),
            ("check", "signed.png", "--policy", "pai", *receipt),
            ("publish", "signed.png", "--repository", "repository.db"),
            ("publish", "signed.png"),
            ("repository", "export", "--repository", "repository.db", "-o", "archive.tar"),
            ("trust", "add", "one/root.pem", "--name", "one"),
            ("trust", "export", "snapshot.json"),
        ):
            assert main(arguments) == 0, arguments
        Path("before").mkdir()
        shutil.copy("signed.png", "before")
    return folder


#: JSON-LD that an update adds.
METADATA: Final = {"@context": {"dc": "http://purl.org/dc/elements/1.1/"}, "dc:title": "x"}


class Trial:
    """Runs lines, each in a folder as it was."""

    def __init__(
        self,
        prepared: Path,
        folder: Path,
        patch: pytest.MonkeyPatch,
        capture: pytest.CaptureFixture[str],
    ) -> None:
        self._prepared = prepared
        self._folder = folder / "work"
        self._patch = patch
        self._capture = capture
        patch.setenv("AIDISCLOSE_HOME", str(self._folder / "home"))

    def run(self, arguments: list[str]) -> Done:
        self._patch.chdir(self._folder.parent)
        shutil.rmtree(self._folder, ignore_errors=True)
        shutil.copytree(self._prepared, self._folder)
        self._patch.chdir(self._folder)
        code = main(arguments)
        return Done(code, *self._capture.readouterr())


@pytest.fixture
def trial(
    prepared: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Trial:
    return Trial(prepared, tmp_path, monkeypatch, capsys)


def _assert_done(done: Done, arguments: list[str]) -> None:
    assert "Traceback" not in done.err, arguments
    assert done.code in (0, 1, 3), (arguments, done.err)


@pytest.mark.parametrize("command", OPTIONS)
def test_each_option_works_with_what_it_needs(command: str, trial: Trial) -> None:
    for option in OPTIONS[command]:
        arguments = line(command, option)
        _assert_done(trial.run(arguments), arguments)


REFUSED: Final = [
    (command, one, other)
    for command, options in CONTRADICTIONS.items()
    for one, others in options.items()
    for other in others
]


@pytest.mark.parametrize(("command", "one", "other"), REFUSED)
def test_a_contradiction_is_refused(command: str, one: str, other: str, trial: Trial) -> None:
    arguments = line(command, one, other)
    done = trial.run(arguments)
    assert done.code == 2, (arguments, done.err)
    said = done.err.splitlines()[-1]
    assert one in said, (arguments, said)
    assert other in said, (arguments, said)


def has(pairs: Iterable[tuple[str, str, str]], arguments: list[str]) -> bool:
    """Whether two options stand on a line that make one of these pairs."""
    text = " ".join(arguments)
    # What other options need stands there with the value that they need.
    there = set(re.sub(r"--format html|--training constrained", "", text).split())
    return any(
        text.startswith(f"{command} ") and {one, other} <= there for command, one, other in pairs
    )


PAIRS: Final = [
    (command, *pair)
    for command, options in OPTIONS.items()
    for pair in itertools.combinations(options, 2)
]
TRIED: Final = PAIRS if EVERY in os.environ else random.Random(20261128).sample(PAIRS, SAMPLE)


@pytest.mark.parametrize("part", range(10))
def test_all_other_pairs_go_together(part: int, trial: Trial) -> None:
    faults = []
    for command, one, other in TRIED[part::10]:
        arguments = line(command, one, other)
        done = trial.run(arguments)
        wanted = (2,) if has(REFUSED, arguments) else (0, 1, 3)
        is_open = has(OPEN, arguments) and done.code != 70
        if "Traceback" in done.err or not (is_open or done.code in wanted):
            faults.append((arguments, done.code, done.err))
    assert faults == []
