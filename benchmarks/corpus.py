"""Real files, signed, verified, signed again, judged by the reference, compared before and after.

    python benchmarks/corpus.py FOLDER...       # your own archive; nothing in it is changed
    python benchmarks/corpus.py            # what development dependencies bring (`make corpus`)

Every file that is known by its content is signed into a temporary folder. What decoders make of
the copy, and what ExifTool says of it, has to be what it was. Programs that are not installed are
left out. Faults are listed; the exit code is 1 if there are any.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import aidisclose as ad
from aidisclose.containers import identify
from aidisclose.io.source import open_source

#: Source packages with media among their tests.
PACKAGES = ("pillow", "mutagen", "pikepdf", "tifffile", "imageio", "pypdf", "reportlab", "pydicom")
#: Folders in which Debian's packages put media.
FOLDERS = ("/usr/share", "/usr/lib/python3", "/usr/lib/libreoffice")
#: Files of archives and folders that are larger take too long for what they would show.
LARGEST = 20 << 20
#: After how many files progress is told.
PROGRESS = 50
#: Seconds that a program may take for one file.
PATIENCE = 30
#: What ExifTool says of a copy that it must not say of the source, or says differently.
OWN = (
    *("File", "System", "ExifTool", "JUMBF", "XMP-iptcExt", "CBOR", "JSON", "C2PA"),
    *("XMP-x", "XMP-plus", "SVG-c2pa", "Composite", "Vorbis:Vendor"),
)
#: What signing is to change: the comment, places, and sizes.
CHANGED = ("AIGC", "Comment", "Offset", "UserDefinedText", "ID3Size", "Warning")
GENERATED = ad.Disclosure(ai="generated", model="A model")
#: Formats whose content FFmpeg decodes, and the reference reads.
SOUND = ("WAV", "MP3", "FLAC", "Ogg", "M4A", "MP4", "QuickTime", "AVI")
UNKNOWN_TO_REFERENCE = ("Ogg", "ZIP")


class Result(NamedTuple):
    """What came of one file: its format, what happened, and why."""

    name: str
    form: str
    outcome: str
    reason: str = ""


def pixels(path: Path) -> str:
    """A hash of the first frame that Pillow decodes; why there is none."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                image.load()
                return f"{image.mode} {image.size} {hashlib.sha256(image.tobytes()).hexdigest()}"
    except Exception as error:
        return type(error).__name__


def samples(path: Path) -> str:
    """The hash of what FFmpeg decodes."""
    return _said(
        "ffmpeg", "-v", "quiet", "-i", path, "-map", "0:a?", "-map", "0:v?", "-f", "md5", "-"
    )


def pages(path: Path) -> str:
    """The text that poppler finds."""
    return _said("pdftotext", path, "-")


def metadata(paths: list[Path]) -> list[dict[str, object]]:
    """What ExifTool says of each, but for what signing is to change; asked once, for it is slow."""
    text = _said("exiftool", "-j", "-G1", "-a", "-struct", *paths)
    if not text:
        return [{}]
    return [
        {
            # Old tags become ID3v2.4.
            re.sub("^ID3v2_[234]", "ID3v2", name): value
            for name, value in found.items()
            if not name.startswith(OWN) and not name.endswith(CHANGED) and name != "SourceFile"
        }
        for found in json.loads(text)
    ]


def _said(*command: str | Path) -> str:
    if not shutil.which(str(command[0])):
        return ""
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=PATIENCE, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        return "too slow"
    return done.stdout.decode("utf-8", "replace")


def comparisons(form: str) -> Iterator[tuple[str, Callable[[Path], str]]]:
    """What is compared in files of a format."""
    if form in SOUND:
        yield "decoded sound or film", samples
    elif form == "PDF":
        yield "text", pages
    elif form not in ("ZIP", "SVG"):
        yield "pixels", pixels


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


def examine(chain: bytes, key: bytes, item: tuple[str, str]) -> Result:
    """One file, from beginning to end."""
    name, place = item
    source = Path(place)
    try:
        with open_source(source) as opened:
            container = identify(opened)
    except (ad.AidiscloseError, OSError):
        return Result(name, "unknown", "left alone")
    form = container.name
    if not container.extensions or type(container).__name__ == "Other":
        return Result(name, form, "left alone")
    with tempfile.TemporaryDirectory() as folder:
        try:
            return _signed(
                name, source, form, Path(folder), ad.Signer.from_pem(chain=chain, key=key)
            )
        except ad.AidiscloseError as error:
            return Result(name, form, "refused", str(error))
        except Exception as error:
            return Result(name, form, "FAULT", f"{type(error).__name__}: {error}")


def _signed(name: str, source: Path, form: str, folder: Path, signer: ad.Signer) -> Result:
    first, second = (folder / f"{number}{source.suffix or '.bin'}" for number in (1, 2))
    trust = ad.TrustConfig.none()
    before = ad.verify(source, trust=trust)
    if before.state is ad.State.INVALID:
        return Result(name, form, "invalid before")
    made = ad.sign(source, first, disclosure=GENERATED, signer=signer)
    again = ad.sign(first, second, disclosure=ad.Disclosure(ai="edited"), signer=signer)
    told = " ".join((*made.warnings, *again.warnings))
    for path in (first, second):
        report = ad.verify(path, trust=trust)
        if report.state is not ad.State.VALID:
            return Result(name, form, "FAULT", f"is {report.state.name.lower()} afterwards")
        if (found := judge(path, form, made.media_type)) and not told:
            return Result(name, form, "FAULT", found)
    for what, look in comparisons(form):
        was = look(source)
        for path in (first, second):
            if look(path) != was and not told:
                return Result(name, form, "FAULT", f"{what} differs")
    original, *copies = metadata([source, first, second]) if form != "ZIP" else [{}]
    for said in copies:
        names = sorted(
            name for name in original.keys() | said.keys() if original.get(name) != said.get(name)
        )
        if names and not told:
            return Result(name, form, "FAULT", f"metadata differs: {', '.join(names)}")
    return Result(name, form, "good" if not told else "good, with a warning", told)


def collect(folders: list[Path], work: Path) -> Iterator[tuple[str, str]]:
    """Different files, by name and place; those in archives are unpacked into `work`."""
    seen: set[bytes] = set()
    for folder in folders:
        for path in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
            try:
                if path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST:
                    continue
                data = path.read_bytes()
            except OSError:
                continue
            for name, content in _contents(path, data):
                digest = hashlib.sha256(content).digest()
                if digest in seen or not _is_media(content):
                    continue
                seen.add(digest)
                target = path
                if content is not data:
                    target = work / f"{digest.hex()[:16]}{Path(name).suffix}"
                    target.write_bytes(content)
                yield name, str(target)


def _contents(path: Path, data: bytes) -> Iterator[tuple[str, bytes]]:
    """A file, or those in a source package."""
    try:
        if path.name.endswith((".tar.gz", ".tar.bz2", ".tar.xz")):
            with tarfile.open(fileobj=io.BytesIO(data)) as archive:
                for member in archive:
                    file = archive.extractfile(member) if 0 < member.size <= LARGEST else None
                    if file:
                        yield f"{path.name}:{member.name}", file.read()
        elif path.suffix in (".zip", ".whl"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                for info in archive.infolist():
                    if 0 < info.file_size <= LARGEST:
                        yield f"{path.name}:{info.filename}", archive.read(info)
    except (tarfile.TarError, zipfile.BadZipFile, OSError, RuntimeError, EOFError):
        pass
    yield str(path), data


def _is_media(data: bytes) -> bool:
    from aidisclose.io.source import BytesSource

    try:
        container = identify(BytesSource(data))
    except ad.AidiscloseError:
        return False
    return type(container).__name__ != "Other"


def download(target: Path) -> list[Path]:
    """Source packages of development dependencies, and folders with media of Debian's packages."""
    for package in PACKAGES:
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "download", "-q", "--no-deps"),
                *("--no-binary", package, "-d", target, package),
            ],
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    return [target, *map(Path, FOLDERS)]


def table(results: list[Result], seconds: float) -> None:
    outcomes = sorted({each.outcome for each in results})
    print(f"| format | files | {' | '.join(outcomes)} |")
    print("|---|---:|" + "---:|" * len(outcomes))
    for form in [*sorted({each.form for each in results}), "all"]:
        own = [each for each in results if form in (each.form, "all")]
        count = Counter(each.outcome for each in own)
        cells = (str(count[outcome] or "") for outcome in outcomes)
        print(f"| {form} | {len(own):,} | {' | '.join(cells)} |")
    print(f"\n{len(results):,} files in {seconds:.0f} s")
    reasons: dict[str, list[Result]] = {}
    for each in results:
        if each.outcome in ("FAULT", "refused"):
            reasons.setdefault(f"{each.outcome} {each.form}: {each.reason[:140]}", []).append(each)
    for reason, found in sorted(reasons.items()):
        print(f"\n{reason} ({len(found)})")
        for each in found[:3]:
            print(f"    {each.name}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--skip", type=int, default=0, help="files left out at the beginning")
    parser.add_argument("--count", type=int, help="files at most")
    options = parser.parse_args()
    from aidisclose.signing import credentials

    start = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        made = credentials.create(work / "credentials")
        chain, key = (
            (made.folder / name).read_bytes() for name in (credentials.CHAIN, credentials.KEY)
        )
        (work / "packages").mkdir()
        (work / "unpacked").mkdir()
        folders = options.folders or download(work / "packages")
        last = None if options.count is None else options.skip + options.count
        items = list(islice(collect(folders, work / "unpacked"), options.skip, last))
        with ProcessPoolExecutor(options.jobs) as pool:
            results = []
            for each in pool.map(partial(examine, chain, key), items):
                results.append(each)
                if len(results) % PROGRESS == 0:
                    seconds = time.monotonic() - start
                    print(f"{len(results):,} of {len(items):,}, {seconds:.0f} s", file=sys.stderr)
    table(results, time.monotonic() - start)
    return int(any(each.outcome == "FAULT" for each in results))


if __name__ == "__main__":
    sys.exit(main())
