"""Fragmented media on the command line: an initialization segment and the files after it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli import running
from tests.cli.running import Done, Run
from tests.containers.samples import VECTORS
from tests.render import schema
from tests.signing.test_fragments import INIT, fragment

SIGN = ("sign", "init.mp4", "--ai", "generated")
VERIFY = ("verify", "out/init.mp4")
ALL = ("--fragment", "out/seg*.m4s")


@pytest.fixture
def stream(work: Path) -> Path:
    """Twelve fragments, so that an order by characters is a wrong one."""
    (work / "init.mp4").write_bytes(INIT)
    for number in range(1, 13):
        (work / f"seg{number}.m4s").write_bytes(fragment(number))
    return work


@pytest.fixture
def signed(stream: Path, aidisclose: Run) -> Path:
    done = aidisclose(*SIGN, "--fragment", "seg*.m4s", "--output-dir", "out")
    assert (done.code, done.out[:31]) == (0, "signed  init.mp4 → out/init.mp4")
    return stream / "out"


def test_all_are_signed_and_verified(aidisclose: Run, signed: Path) -> None:
    assert len(list(signed.iterdir())) == 13
    done = aidisclose(*VERIFY, *ALL)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("trusted (test root)  out/init.mp4  intact")
    assert done.out.count("\n") == 1


def test_named_one_by_one(aidisclose: Run, stream: Path) -> None:
    """The order is the one in which they are named."""
    named = [f"--fragment=seg{number}.m4s" for number in (3, 1, 2)]
    assert aidisclose(*SIGN, *named, "--output-dir", "out").code == 0
    assert len(list((stream / "out").iterdir())) == 4
    order = [f"--fragment=out/seg{number}.m4s" for number in (3, 1, 2)]
    assert aidisclose(*VERIFY, *order).code == 0
    done = aidisclose(*VERIFY, *ALL)
    assert done.code == 1
    assert "fragment 2 (seg2.m4s) is not the one that was signed" not in done.out
    assert "fragment 3 (seg3.m4s) does not follow the one before it" in done.out


def test_a_name_with_brackets_is_no_pattern(aidisclose: Run, stream: Path) -> None:
    (stream / "seg1.m4s").rename(stream / "seg[1].m4s")
    assert aidisclose(*SIGN, "--fragment", "seg[1].m4s", "--output-dir", "out").code == 0
    assert (stream / "out" / "seg[1].m4s").exists()


def test_without_them_the_line_says_what_to_do(aidisclose: Run, signed: Path) -> None:
    done = aidisclose("verify", signed / "init.mp4")
    assert done.code == 1
    assert "cannot be checked alone: name its fragments with --fragment" in done.out


@pytest.mark.parametrize("update", [False, True])
def test_all_or_none_are_written(update: bool, aidisclose: Run, signed: Path, stream: Path) -> None:
    """What was signed before still verifies when the eleventh fragment cannot be read."""
    before = {path.name: path.read_bytes() for path in signed.iterdir()}
    folder = "out/" if update else ""
    if update:
        signed = signed.rename(stream / "again")
        shutil.copytree(signed, stream / "out")
    (stream / folder / "seg1.m4s").write_bytes(fragment(99))
    cut = stream / folder / "seg11.m4s"
    cut.write_bytes(cut.read_bytes()[:-1])
    line = (
        *("sign", f"{folder}init.mp4", "--fragment", f"{folder}seg*.m4s"),
        *(("--update", "--published") if update else ("--ai", "edited")),
    )
    assert aidisclose(*line, "--output-dir", signed.name, "--force").code != 0
    assert {path.name: path.read_bytes() for path in signed.iterdir()} == before
    assert aidisclose(*line, "--output-dir", "new").code != 0
    assert not list((stream / "new").iterdir())


def test_an_altered_one(aidisclose: Run, signed: Path) -> None:
    path = signed / "seg10.m4s"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    done = aidisclose(*VERIFY, *ALL)
    assert done.code == 1
    assert done.out.startswith("invalid")
    reason = "fragment 10 (seg10.m4s) is not the one that was signed"
    assert f"assertion.bmffHash.mismatch: {reason}" in done.out


def test_swapped_ones(aidisclose: Run, signed: Path) -> None:
    (signed / "seg2.m4s").rename(signed / "x")
    (signed / "seg3.m4s").rename(signed / "seg2.m4s")
    (signed / "x").rename(signed / "seg3.m4s")
    done = aidisclose(*VERIFY, *ALL)
    assert done.code == 1
    assert "fragment 2 (seg2.m4s) does not follow the one before it" in done.out


def test_a_missing_one_in_the_middle(aidisclose: Run, signed: Path) -> None:
    (signed / "seg5.m4s").unlink()
    done = aidisclose(*VERIFY, *ALL)
    assert done.code == 1
    assert "fragment 5 (seg6.m4s) does not follow the one before it" in done.out


@pytest.mark.parametrize("number", [1, 12])
def test_a_missing_one_at_an_end(aidisclose: Run, signed: Path, number: int) -> None:
    """What is there is as it was signed, and yet not all that was signed is there."""
    (signed / f"seg{number}.m4s").unlink()
    done = aidisclose(*VERIFY, *ALL, "--format", "json")
    assert done.code == 1
    assert "not all fragments that were signed were looked at" in done.err
    [result] = done.json["results"]
    assert (result["state"], result["integrity"]) == ("trusted", "intact")
    assert "fragments" in result["missing"]
    [match] = [each for each in result["statuses"]["success"] if ".bmffHash." in each["code"]]
    assert match["explanation"] == "without 1 of 12 fragments"
    assert "not all fragments" in aidisclose(*VERIFY, *ALL).out


def test_one_that_is_not_there(aidisclose: Run, signed: Path) -> None:
    assert signed.exists()
    done = aidisclose(*VERIFY, "--fragment", "out/seg99.m4s")
    assert (done.code, done.out) == (4, "")
    assert "no such file" in done.err


def test_json_has_its_usual_shape(aidisclose: Run, signed: Path) -> None:
    alone = aidisclose("verify", "picture.png", "--format", "json").json
    done = aidisclose("verify", signed / "init.mp4", *ALL, "--format", "json").json
    assert done.keys() == alone.keys()
    assert done["results"][0].keys() == alone["results"][0].keys()
    (signed / "seg12.m4s").unlink()
    part = aidisclose("verify", signed / "init.mp4", *ALL, "--format", "json").json
    lone = aidisclose("verify", "seg1.m4s", "--format", "json").json
    assert lone["results"][0]["missing"] == ["init_segment"]
    found = schema.load("report.schema.json")
    for each in (done, part, lone):
        assert list(schema.offences(each, found, found)) == []


def test_inspect_shows_them(aidisclose: Run, signed: Path) -> None:
    done = aidisclose("inspect", signed / "init.mp4", *ALL)
    assert (done.code, "assertion.bmffHash.match" in done.out) == (0, True)
    (signed / "seg12.m4s").unlink()
    assert "fragments      not all fragments" in aidisclose("inspect", *VERIFY[1:], *ALL).out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-o", "x.mp4"), "give --output-dir for all copies"),
        (("--in-place",), "give --output-dir for all copies"),
        ((), "give --output-dir for all copies"),
        (("--sidecar", "--output-dir", "out"), "without --sidecar"),
        (("--output-dir", ".", "--force"), "has the sources: give another --output-dir"),
        (("--output-dir", "out", "--fragment", "seg1.m4s"), "names seg1.m4s twice"),
        (("--output-dir", "out", "--fragment", "x/seg1.m4s"), "would both become out/seg1.m4s"),
        (("--output-dir", "out", "seg2.m4s"), "quote patterns: --fragment 'seg*.m4s'"),
        (("--output-dir", "out", "--fragment", "s?g*.mp4"), "--fragment s?g*.mp4: no such files"),
    ],
)
def test_what_makes_no_sense(
    aidisclose: Run, stream: Path, arguments: tuple[str, ...], message: str
) -> None:
    before = {path: path.read_bytes() for path in stream.iterdir()}
    done = aidisclose(*SIGN, "--fragment", "seg1.m4s", *arguments)
    assert done.code == 2
    assert message in done.err
    assert {path: path.read_bytes() for path in stream.iterdir() if path.is_file()} == before


def test_what_cannot_be_signed_is_named(aidisclose: Run, stream: Path) -> None:
    (stream / "seg2.m4s").write_bytes(INIT)
    done = aidisclose(*SIGN, "--fragment", "seg*.m4s", "--output-dir", "out")
    assert done.code == 4
    assert "fragment 2 (seg2.m4s): a file with 0 moof boxes" in done.err
    assert not (stream / "out" / "init.mp4").exists()


def test_outputs_are_not_replaced_unasked(aidisclose: Run, signed: Path) -> None:
    (signed / "init.mp4").unlink()
    again = (*SIGN, "--fragment", "seg*.m4s", "--output-dir", "out")
    done = aidisclose(*again)
    assert done.code == 2
    assert "out/seg1.m4s: it exists already; --force replaces it" in done.err
    assert not (signed / "init.mp4").exists()
    assert aidisclose(*again, "--force").code == 0
    assert aidisclose(*VERIFY, *ALL).code == 0


def test_a_fragment_alone(aidisclose: Run, signed: Path) -> None:
    done = aidisclose("verify", signed / "seg1.m4s")
    assert done.code == 1
    assert (
        "a fragment, which is verified together with its initialization segment; name that, "
        in done.out
    )
    done = aidisclose("sign", "seg1.m4s", "--ai", "generated")
    assert done.code == 4
    assert "sign its initialization segment" in done.err


def test_a_folder_is_searched_without_fragments(aidisclose: Run, signed: Path) -> None:
    assert len(list(signed.iterdir())) == 13
    done = aidisclose("verify", "out", "--format", "json")
    assert [result["file"] for result in done.json["results"]] == ["out/init.mp4"]
    assert done.code == 1


@pytest.mark.parametrize("form", ["dash", "hls"])
def test_real_streams(form: str, work: Path, home: Path) -> None:
    """Made by ffmpeg, signed and verified by the installed command, and still played by ffmpeg."""
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        pytest.skip("ffmpeg is not installed")
    source = ("-f", "lavfi", "-i", "testsrc=size=64x48:rate=5:duration=12", "-g", "5")
    ways = {
        "dash": (
            *("-f", "dash", "-seg_duration", "1", "-init_seg_name", "init.mp4"),
            *("-media_seg_name", "seg$Number$.m4s", "list.mpd"),
        ),
        "hls": (
            *("-f", "hls", "-hls_segment_type", "fmp4", "-hls_time", "1", "-hls_list_size", "0"),
            *("-hls_fmp4_init_filename", "init.mp4", "-hls_segment_filename", "seg%d.m4s"),
            "list.m3u8",
        ),
    }
    run = (ffmpeg, "-v", "error", *source, "-c:v", "mpeg4", *ways[form])
    subprocess.run(run, cwd=work, check=True, timeout=60)
    assert len(list(work.glob("seg*.m4s"))) == 12

    def command(*arguments: str) -> Done:
        return running.program(*arguments, home=home, cwd=work)

    done = command(*SIGN, "--fragment", "seg*.m4s", "--output-dir", "out")
    assert (done.code, done.out[:31]) == (0, "signed  init.mp4 → out/init.mp4"), done.err
    done = command(*VERIFY, *ALL)
    assert (done.code, done.out[:19]) == (0, "trusted (test root)"), done.out
    for path in work.glob("list.*"):
        shutil.copy(path, work / "out")
        played = subprocess.run(
            [ffmpeg, "-v", "error", "-i", path.name, "-f", "framemd5", "-"],
            cwd=work / "out",
            capture_output=True,
            check=True,
            timeout=60,
        )
        assert (played.stderr, played.stdout.count(b"\n0,")) == (b"", 60)
    altered = work / "out" / "seg2.m4s"
    altered.write_bytes(altered.read_bytes()[:-1] + b"!")
    done = command(*VERIFY, *ALL)
    assert done.code == 1
    assert "(seg2.m4s) is not the one that was signed" in done.out


@pytest.mark.skipif(not VECTORS.exists(), reason="no real files next to the checkout")
def test_a_fragment_of_somebody_else(aidisclose: Run, work: Path) -> None:
    """One of eleven, which is all there is of them."""
    for name in ("dashinit.mp4", "dash1.m4s"):
        shutil.copy(VECTORS / "signed" / name, work)
    done = aidisclose("verify", "dashinit.mp4", "--fragment", "dash1.m4s", "--format", "json")
    assert done.code == 1
    assert [result["state"] for result in done.json["results"]] == ["valid"]
    assert "without 10 of 11 fragments" in done.out
