"""Real files, signed, verified, signed again, judged by the reference, compared before and after.

    python benchmarks/corpus.py FOLDER...       # your own archive; nothing in it is changed
    python benchmarks/corpus.py            # source packages and system folders (`make corpus`)

Every file that is known by its content is signed into a temporary folder. What decoders make of
the copies, and what ExifTool says of them, has to be what it was. Programs that are not installed
are left out. Faults are listed; the exit code is 1 if there are any.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import subprocess
import sys
import tarfile
import tempfile
import time
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from functools import partial
from itertools import islice
from pathlib import Path, PurePath
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import aidisclose as ad
from aidisclose.containers import identify
from aidisclose.containers.other import Other
from aidisclose.io.source import BytesSource, open_source
from benchmarks import programs

#: Source packages with media among their tests: Python's, and Debian's.
PYTHON = ("imageio", "mutagen", "pikepdf", "pillow", "pydub", "pypdf", "reportlab", "tifffile")
DEBIAN = (
    *("exiv2", "flac", "giflib", "imagemagick", "jpeg-xl", "libavif", "libexif", "libheif"),
    *("libimage-exiftool-perl", "libpng1.6", "librsvg", "libsndfile", "libwebp", "pillow"),
    *("poppler", "qpdf", "sox", "taglib", "tiff"),
)
#: Folders in which Debian's packages put media.
FOLDERS = ("/usr/share", "/usr/lib/python3", "/usr/lib/libreoffice")
#: So many files of one format in one folder show what there is to see: icons, above all.
ALIKE = 20
#: Larger files take too long for what they would show.
LARGEST = 20 << 20
#: After how many files progress is told.
PROGRESS = 50
GENERATED = ad.Disclosure(ai="generated", model="A model")
EDITED = ad.Disclosure(ai="edited")
#: Formats that the reference does not read.
UNKNOWN_TO_REFERENCE = ("Ogg", "ZIP")
#: What differs afterwards, by what the warning that was given says of it.
WARNED = {
    "pages": "pictures by Pillow",
    "plays": "sound or film by FFmpeg",
    "c2pa-rs": "reference",
    "ID3v1": "sound or film by FFmpeg",
    "not in ID3v2.4": "metadata by ExifTool",
    "Exif behind": "metadata by ExifTool",
}
#: Files of the packages that are not the same afterwards, and why that is as it should be.
EXPLAINED = {
    "issue_21.id3": "has a flag without its header, which FFmpeg and ExifTool stumble over; gone",
    "ape.mp3": "ExifTool finds the tag at the end only where there is one at the beginning",
    "id3v22-tda.mp3": "day and month are in the order of ID3v2.2, and ExifTool reads the other one",
}


class Outcome(StrEnum):
    """What came of a file."""

    GOOD = "good"
    WARNED = "differs as warned"
    EXPLAINED = "explained"
    REFUSED = "refused, signed beside"
    INVALID = "invalid before"
    OTHER = "sidecar"
    FAULT = "FAULT"


class Result(NamedTuple):
    """What came of one file: its format, what happened, and why."""

    name: str
    form: str
    outcome: Outcome
    reason: str = ""


class Item(NamedTuple):
    """A file: its name for people, and where it is."""

    name: str
    place: Path


def judge(path: Path, form: str, media_type: str) -> str:
    """What the reference finds wrong, besides that it does not know the signer."""
    import c2pa

    if form in UNKNOWN_TO_REFERENCE:
        return ""
    try:
        with path.open("rb") as file:
            reader = c2pa.Reader(media_type, file)
            found = json.loads(reader.json())
    except c2pa.C2paError as error:
        return f"reference: {error}"[:120]
    failures = found.get("validation_results", {}).get("activeManifest", {}).get("failure", [])
    codes = {each["code"] for each in failures} - {"signingCredential.untrusted"}
    return f"reference: {', '.join(sorted(codes))}" if codes else ""


def examine(chain: bytes, key: bytes, item: Item) -> Result:
    """One file, from beginning to end."""
    form = "unknown"
    signer = ad.Signer.from_pem(chain=chain, key=key)
    try:
        with open_source(item.place) as opened:
            container = identify(opened)
        form = container.name
        with tempfile.TemporaryDirectory() as folder:
            if isinstance(container, Other):
                return _beside(item, form, Path(folder), signer)
            known = container.extensions
            ending = item.place.suffix if item.place.suffix.lower() in known else known[0]
            return _signed(item, form, ending, Path(folder), signer)
    except ad.AidiscloseError as error:
        return _refused(item, form, str(error), signer)
    except Exception as error:
        return Result(item.name, form, Outcome.FAULT, f"{type(error).__name__}: {error}")


def _refused(item: Item, form: str, reason: str, signer: ad.Signer) -> Result:
    """A file into which nothing is written; any bytes can be signed beside."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            beside = _beside(item, form, Path(folder), signer)
    except Exception as error:
        return Result(item.name, form, Outcome.FAULT, f"{reason}; beside: {error}")
    if beside.outcome is Outcome.FAULT:
        return beside
    return Result(item.name, form, Outcome.REFUSED, reason)


def _beside(item: Item, form: str, folder: Path, signer: ad.Signer) -> Result:
    """A file of a format without a place for a store."""
    copy = folder / item.place.name
    copy.write_bytes(item.place.read_bytes())
    ad.sign(copy, sidecar=copy.with_suffix(".c2pa"), disclosure=GENERATED, signer=signer)
    state = ad.verify(copy, trust=ad.TrustConfig.none()).state
    good = state is ad.State.VALID
    return Result(
        item.name,
        form,
        Outcome.OTHER if good else Outcome.FAULT,
        "" if good else f"is {state.name.lower()} with its sidecar",
    )


def _signed(item: Item, form: str, ending: str, folder: Path, signer: ad.Signer) -> Result:
    trust = ad.TrustConfig.none()
    # Programs judge by the name, too.
    source, first, second = (folder / f"{number}{ending}" for number in range(3))
    source.symlink_to(item.place.resolve())
    if ad.verify(source, trust=trust).state is ad.State.INVALID:
        return Result(item.name, form, Outcome.INVALID)
    made = ad.sign(source, first, disclosure=GENERATED, signer=signer)
    again = ad.sign(first, second, disclosure=EDITED, signer=signer)
    told = " ".join((*made.warnings, *again.warnings))
    excused = {what: said for said, what in WARNED.items() if said in told}
    differences: list[str] = []
    for path in (first, second):
        report = ad.verify(path, trust=trust)
        if report.state is not ad.State.VALID:
            reason = f"is {report.state.name.lower()} afterwards"
            return Result(item.name, form, Outcome.FAULT, reason)
        found = judge(path, form, made.media_type)
        # Of a file that it can read, and that has no store, it says so.
        is_unread = "ManifestNotFound" not in found
        if found and is_unread and found == judge(source, form, made.media_type):
            return Result(item.name, form, Outcome.EXPLAINED, f"{found}: of the source as well")
        differences += [found] if found else []
    for what, look in programs.CONTENT.get(form, ()):
        answers = [look(path) for path in (source, first, second)]
        if len(set(answers)) > 1 and not any(programs.TOO_SLOW in each for each in answers):
            differences.append(what)
    said = programs.metadata(source, form)
    for path in (first, second):
        if names := programs.changed(said, programs.metadata(path, form)):
            differences.append(f"metadata by ExifTool: {', '.join(names)}")
    why = EXPLAINED.get(PurePath(item.name).name)
    if differences and why:
        return Result(item.name, form, Outcome.EXPLAINED, f"{differences[0]}: {why}")
    for difference in differences:
        if difference.partition(":")[0] not in excused:
            return Result(item.name, form, Outcome.FAULT, difference)
    outcome = Outcome.WARNED if differences else Outcome.GOOD
    return Result(item.name, form, outcome, told)


def collect(folders: list[Path], work: Path, *, alike: int | None = None) -> Iterator[Item]:
    """Different media files; those in archives are unpacked into `work`.

    Arguments:
        folders: Folders and files.
        work: A folder.
        alike: So many files of one format are enough in one folder; None for all.
    """
    seen: set[bytes] = set()
    count: Counter[tuple[PurePath, str]] = Counter()
    for folder in folders:
        for path in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
            if path.is_symlink() or not path.is_file():
                continue
            for name, content in _contents(path):
                digest = hashlib.sha256(content).digest()
                form = _format(content)
                if digest in seen or form is None:
                    continue
                seen.add(digest)
                group = PurePath(name).parent, form
                count[group] += 1
                if alike is not None and count[group] > alike:
                    continue
                if name == str(path):
                    yield Item(name, path)
                    continue
                target = work / f"{digest.hex()[:16]}{PurePath(name).suffix}"
                target.write_bytes(content)
                yield Item(name, target)


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """A file, or those in a package."""
    try:
        if path.name.endswith((".tar.gz", ".tar.bz2", ".tar.xz")):
            with tarfile.open(path, "r|*") as archive:
                for member in archive:
                    file = archive.extractfile(member) if 0 < member.size <= LARGEST else None
                    if file:
                        yield f"{path.name}/{member.name}", file.read()
        elif path.stat().st_size <= LARGEST:
            yield str(path), path.read_bytes()
            if path.suffix in (".zip", ".whl"):
                with zipfile.ZipFile(path) as package:
                    for info in package.infolist():
                        if 0 < info.file_size <= LARGEST:
                            yield f"{path}/{info.filename}", package.read(info)
    except (tarfile.TarError, zipfile.BadZipFile, OSError, RuntimeError, EOFError):
        pass


def _format(data: bytes) -> str | None:
    try:
        return identify(BytesSource(data)).name
    except ad.AidiscloseError:
        return None


def download(target: Path) -> list[Path]:
    """Source packages of Python and Debian, and folders with media of Debian's packages."""
    for package in PYTHON:
        tool = (sys.executable, "-m", "pip", "download", "-q", "--no-deps")
        _tell(*tool, "--no-binary", package, "-d", str(target), package)
    for package in DEBIAN:
        _tell(*_apt(target), "source", "--download-only", "--only-source", package, folder=target)
    return [target, *map(Path, FOLDERS)]


def _apt(target: Path) -> tuple[str, ...]:
    """`apt-get` with the sources of the packages that this machine has; its own stay as they are.

    On a machine without it the command fails, and there is nothing of Debian's.
    """
    settings = target / "apt"
    if not settings.exists():
        for folder in ("lists/partial", "cache/archives/partial"):
            (settings / folder).mkdir(parents=True)
        line = "deb-src $(REPO_URI) $(RELEASE) $(COMPONENT)"
        asked = ("apt-get", "indextargets", "--format", line, "Created-By: Packages")
        (settings / "sources.list").write_text(_tell(*asked))
    places = {
        "Dir::Etc::sourcelist": "sources.list",
        "Dir::Etc::sourceparts": "none",
        "Dir::State::lists": "lists",
        "Dir::Cache": "cache",
    }
    tool = ("apt-get", "-q", *(f"-o{name}={settings / place}" for name, place in places.items()))
    if not any((settings / "lists").glob("*Sources*")):
        _tell(*tool, "update")
    return tool


def _tell(*command: str, folder: Path | None = None) -> str:
    """What a program prints; nothing if it fails or is not there."""
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder)
    except OSError:
        return ""
    return done.stdout


def table(results: list[Result], seconds: float) -> Iterator[str]:
    """A table by format, and each reason with some of its files."""
    outcomes = [each for each in Outcome if any(each is result.outcome for result in results)]
    yield f"| format | files | {' | '.join(outcomes)} |"
    yield "|---|---:|" + "---:|" * len(outcomes)
    for form in [*sorted({each.form for each in results}), "all"]:
        own = [each for each in results if form in (each.form, "all")]
        count = Counter(each.outcome for each in own)
        cells = (f"{count[outcome]:,}" if count[outcome] else "" for outcome in outcomes)
        yield f"| {form} | {len(own):,} | {' | '.join(cells)} |"
    yield f"\n{len(results):,} files in {seconds:.0f} s"
    reasons: dict[str, list[Result]] = {}
    for each in results:
        if each.reason:
            reasons.setdefault(f"{each.outcome} {each.form}: {each.reason[:300]}", []).append(each)
    for reason, found in sorted(reasons.items()):
        yield f"\n{reason} ({len(found):,})"
        yield from (f"    {each.name}" for each in found[:3])


def main() -> int:
    """Run over what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--skip", type=int, default=0, help="files left out at the beginning")
    parser.add_argument("--count", type=int, help="files at most")
    parser.add_argument("--alike", type=int, help="files of one format in one folder at most")
    options = parser.parse_args()
    from aidisclose.signing import credentials

    start = time.monotonic()
    results: list[Result] = []
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        made = credentials.create(work / "credentials")
        chain, key = (
            (made.folder / name).read_bytes() for name in (credentials.CHAIN, credentials.KEY)
        )
        for name in ("packages", "unpacked"):
            (work / name).mkdir()
        folders = options.folders or download(work / "packages")
        alike = options.alike or (None if options.folders else ALIKE)
        last = None if options.count is None else options.skip + options.count
        items = islice(collect(folders, work / "unpacked", alike=alike), options.skip, last)
        with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
            for each in pool.imap(partial(examine, chain, key), items):
                results.append(each)
                if each.outcome is Outcome.FAULT:
                    print(f"{each.name}: {each.form}: {each.reason}", file=sys.stderr)
                if len(results) % PROGRESS == 0:
                    seconds = time.monotonic() - start
                    print(f"{len(results):,} files, {seconds:.0f} s", file=sys.stderr)
    print("\n".join(table(results, time.monotonic() - start)))
    return int(any(each.outcome is Outcome.FAULT for each in results))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(main())
