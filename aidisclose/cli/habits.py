"""Words and options of other programs, and what does the same here.

Loaded where a word is unknown. A habit is answered, never obeyed: a script has one meaning.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from aidisclose.errors import suggestion

#: By command, "" for the program itself: unknown words, and what does it.
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "": {
        **dict.fromkeys(("show", "info", "read", "view", "dump", "cat", "explain"), "inspect FILE"),
        **dict.fromkeys(("validate", "status", "test"), "verify FILE"),
        **dict.fromkeys(("lint", "judge", "gate", "audit"), "check FILE --policy NAME"),
        **dict.fromkeys(("init", "setup", "keygen", "new"), "credentials new"),
        **dict.fromkeys(("csr", "request"), "credentials csr"),
        **dict.fromkeys(("update", "upgrade", "sync"), "trust update"),
        **dict.fromkeys(("embed", "add", "attach", "create"), "sign FILE --ai KIND"),
        **dict.fromkeys(("extract", "thumbnails"), "inspect FILE --extract DIR"),
        **dict.fromkeys(("profiles", "rules", "policies"), "rule"),
        **dict.fromkeys(("cert", "certificate"), "doctor CERT"),
        **dict.fromkeys(("compare",), "diff BEFORE AFTER"),
        **dict.fromkeys(("server", "web"), "serve"),
        **dict.fromkeys(("search", "lookup", "find"), "recover FILE"),
        **dict.fromkeys(("stamp", "timestamp"), "sign FILE --update --time-stamp TARGET --tsa URL"),
        **dict.fromkeys(("man", "usage", "commands"), "help"),
        **dict.fromkeys(("completions", "complete"), "completion SHELL"),
    },
    "trust": {
        **dict.fromkeys(("show", "info"), "trust list` or `aidisclose trust explain FILE"),
        **dict.fromkeys(("ls", "status"), "trust list"),
        **dict.fromkeys(("why", "check", "verify", "test"), "trust explain FILE"),
        **dict.fromkeys(("install", "import-pem"), "trust add FILE"),
        **dict.fromkeys(("rm", "delete", "revoke"), "trust remove NAME"),
        **dict.fromkeys(("download", "refresh", "upgrade", "fetch", "sync"), "trust update"),
    },
    "credentials": {
        **dict.fromkeys(("create", "make", "add", "generate", "init"), "credentials new"),
        **dict.fromkeys(("show", "ls", "info"), "credentials list"),
        **dict.fromkeys(("request",), "credentials csr"),
        **dict.fromkeys(("check", "verify", "doctor"), "doctor CERT"),
    },
    "repository": {
        **dict.fromkeys(("ls", "show", "status"), "repository list"),
        **dict.fromkeys(("rm", "delete"), "repository remove LABEL"),
        **dict.fromkeys(("verify", "fsck"), "repository check"),
        **dict.fromkeys(("add", "put", "store"), "publish FILE"),
        **dict.fromkeys(("search", "find", "get"), "recover FILE"),
        **dict.fromkeys(("backup", "dump"), "repository export"),
        **dict.fromkeys(("restore",), "repository import FILE"),
    },
    "watermark": {
        **dict.fromkeys(("ls", "show"), "watermark list"),
        **dict.fromkeys(("rm", "delete"), "watermark remove ALG"),
        **dict.fromkeys(("embed",), "sign FILE --watermark ALG"),
        **dict.fromkeys(("detect", "find", "verify"), "verify FILE"),
    },
    "receipt": dict.fromkeys(("show", "check", "read", "validate"), "receipt verify RECEIPT"),
    "law": dict.fromkeys(("ls", "show"), "law list"),
    "stream": dict.fromkeys(("check", "validate"), "stream verify INIT SEGMENT…"),
}

#: Unknown options, and the option that does it, of commands that have it.
_OPTIONS: Final[Mapping[str, str]] = {
    **{f"--{name}": f"--format {name}" for name in ("json", "jsonl", "csv", "sarif", "junit")},
    **{f"--{name}": f"--format {name}" for name in ("html", "markdown", "github", "text")},
    **dict.fromkeys(("--output-format", "--fmt", "--as"), "--format FORM"),
    **dict.fromkeys(("--out", "--outfile", "--output-file", "--dest"), "--output FILE"),
    **dict.fromkeys(("--out-dir", "--outdir", "--dir", "-d"), "--output-dir DIR"),
    **dict.fromkeys(("-n", "--dryrun", "--simulate", "--what-if"), "--dry-run"),
    **dict.fromkeys(("-y", "--yes", "--overwrite", "--replace"), "--force"),
    **dict.fromkeys(("-i", "--inplace", "--overwrite-original"), "--in-place"),
    **dict.fromkeys(("-s", "--silent"), "--quiet"),
    **dict.fromkeys(("-p", "--threads", "--workers", "--parallel", "--processes"), "--jobs N"),
    **dict.fromkeys(("--skip", "--exclude-dir", "--excludes", "-x"), "--exclude GLOB"),
    **dict.fromkeys(("--anchors", "--ca", "--ca-file", "--root", "--trust-anchors"), "--trust PEM"),
    **dict.fromkeys(("--allowed-list", "--allow"), "--allowed PEM"),
    **dict.fromkeys(("--tsa-url", "--timestamp-url", "--ta", "--ta-url"), "--tsa URL"),
    **dict.fromkeys(("--certificate", "--chain", "-c"), "--cert PEM"),
    **dict.fromkeys(("--private-key", "-k"), "--key PEM"),
    **dict.fromkeys(("--profile", "--rules", "--ruleset"), "--policy NAME"),
    **dict.fromkeys(("--date", "--on"), "--as-of DATE"),
    **dict.fromkeys(("--time",), "--at TIME"),
    **dict.fromkeys(("--fetch", "--remote-manifest"), "--online"),
    **dict.fromkeys(("--filter",), "--only KIND"),
    **dict.fromkeys(("-l", "--list"), "--files-from LIST"),
    **dict.fromkeys(("--author", "--vendor"), "--provider NAME"),
}
#: Options of the program, which stand before the command.
_OURS: Final = ("--debug", "--isolated", "--color")
_VERSION: Final = ("--version", "-V", "-v")
_RECURSIVE: Final = ("-r", "-R", "--recursive", "--recurse")
_VERBOSE: Final = ("-v", "-vv", "--verbose", "--detailed", "--details")


def command(word: str, path: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown command: what does it, or the nearest; or nothing.

    Arguments:
        word: The word that was typed.
        path: The command that it was typed behind; empty for the program.
        known: The commands that there are.
    """
    if answer := _WORDS.get(path, {}).get(word.lower()):
        return f"; it is `aidisclose {answer}`"
    if near := suggestion(word, known):
        return near
    if not path and _is_file(word):
        return f", but a file: `aidisclose verify {word}` checks it"
    return ""


def option(name: str, path: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown option: what does it, or the nearest; or nothing.

    Arguments:
        name: The option that was typed, such as `--json`.
        path: The command that it was typed behind; empty for the program.
        known: The options that this command has.
    """
    options = set(known)
    answer = _OPTIONS.get(name, "")
    if answer.partition(" ")[0] in options:
        return f"; it is {answer}"
    if name in _VERSION and not path:
        return "; it is --version"
    if name in _RECURSIVE and "--exclude" in options:
        return "; folders are searched with all that is below them: leave it out"
    if name in _VERBOSE:
        shown = "`aidisclose inspect FILE` shows all that a file says"
        return "; it is --show all" if "--show" in options else f"; {shown}"
    if name in _OURS and path:
        return f"; it is `aidisclose {name} {path}`"
    if name in _VERSION:
        return "; it is `aidisclose version`"
    if answer and not path:
        return f"; options stand behind the command: `aidisclose COMMAND {answer}`"
    return suggestion(name, options)


def _is_file(word: str) -> bool:
    try:
        return Path(word).exists()
    except (OSError, ValueError):
        return False
