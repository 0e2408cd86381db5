"""Commands on a cluster, and results in files."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

import aidisclose as ad
from aidisclose.cli.key import CredentialOptions, open_signer
from tests.cli.running import Run
from tests.issuing import Issued
from tests.render import media
from tests.trust import pki


@pytest.fixture
def many(work: Path, issued: Issued) -> list[str]:
    """Names of signed and other pictures, more than are in one batch."""
    signed = media.sign(media.picture(), issued("es256"), ad.Disclosure(ai="generated"))
    (work / "many").mkdir()
    for number in range(120):
        data = signed if number % 3 else media.picture()
        (work / "many" / f"{number:03}.png").write_bytes(data)
    return [f"many/{number:03}.png" for number in range(120)]


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("command", [("verify",), ("check", "--policy", "eu-ai-act")])
def test_cluster_finds_what_this_process_finds(
    aidisclose: Run, work: Path, address: str, many: list[str], command: tuple[str, ...]
) -> None:
    at = ("--at", "2026-11-26T00:00:00Z")
    here = aidisclose(*command, "many", *at, "--jobs", "1", "--results", "here.jsonl")
    there = aidisclose(*command, "many", *at, "--cluster", address, "--results", "there.jsonl")
    assert (here.code, here.out) == (there.code, there.out)
    assert [item["file"] for item in lines(work / "there.jsonl")] == many
    assert (work / "here.jsonl").read_bytes() == (work / "there.jsonl").read_bytes()


def test_results_are_continued(aidisclose: Run, work: Path, many: list[str]) -> None:
    aidisclose("verify", "many", "--results", "all.jsonl")
    whole = (work / "all.jsonl").read_bytes()
    end = whole.index(b"\n", len(whole) // 2) + 1
    (work / "part.jsonl").write_bytes(whole[: end + 40])  # a killed run leaves half a line
    done = aidisclose("verify", "many", "--results", "part.jsonl", "--resume")
    assert "has the results of" in done.err
    assert [item["file"] for item in lines(work / "part.jsonl")] == many
    assert (work / "part.jsonl").read_bytes() == whole


@pytest.mark.parametrize("results", ["r.jsonl", "r.parquet"])
def test_what_was_passed_over_counts(aidisclose: Run, work: Path, results: str) -> None:
    """A gate that failed did pass when it was run once more."""
    (work / "unsigned.png").write_bytes(media.picture())
    for more in ((), ("--resume",)):
        assert aidisclose("verify", "unsigned.png", "--results", results, *more).code == 1
    done = aidisclose("verify", "unsigned.png", "--results", results, "--resume", "--quiet")
    assert done.code == 1


@pytest.mark.parametrize("results", ["r.jsonl", "r.parquet"])
def test_what_was_found_for_another_question_does_not_pass(
    aidisclose: Run, work: Path, results: str
) -> None:
    aidisclose("sign", "picture.png", "--ai", "generated", "-o", "signed.png")
    judged = ("check", "signed.png", "--policy", "cn-gb45438", "--input", "ai=yes")
    for first, second in (
        (("verify", "signed.png"), judged),
        (("verify", "signed.png"), ("verify", "signed.png", "--no-default-trust")),
        ((*judged[:-1], "ai=no"), judged),
        (judged, (*judged, "--strict")),
    ):
        aidisclose(*first, "--results", results)
        done = aidisclose(*second, "--results", results, "--resume")
        assert done.code == 2
        assert "a result of another command or of other options" in done.err
        again = aidisclose(*first, "picture.png", "--results", results, "--resume", "--jobs", 2)
        assert "has the results of 1 files already" in again.err
        path = work / results
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def test_what_files_were_judged_by_is_compared_by_its_content(aidisclose: Run, work: Path) -> None:
    """A policy, a baseline or a root has the same name after it was changed."""
    aidisclose("sign", "picture.png", "--ai", "generated", "-o", "signed.png")
    policy, results = work / "p.toml", work / "r.jsonl"
    policy.write_text('version = 1\n[[require]]\nstate = "valid"\n')
    call = ("check", "signed.png", "--policy", "p.toml", "--results", results)
    assert aidisclose(*call, "--summary", "page.md").code == 0
    assert aidisclose(*call, "--resume").code == 0, "a page is beside the question"
    policy.write_text('version = 1\n[[require]]\nstate = "trusted"\n')
    done = aidisclose(*call, "--resume")
    assert (done.code, "of other options" in done.err) == (2, True)
    results.unlink()

    root, other = work / "root.pem", work / "other.pem"
    root.write_bytes(pki.root().pem)
    other.write_bytes(pki.root(number=1).pem)
    trusting = ("verify", "signed.png", "--no-default-trust", "--trust", "root.pem")
    aidisclose(*trusting, "--results", results)
    assert "already" in aidisclose(*trusting, "--results", results, "--resume").err
    other.replace(root)
    done = aidisclose(*trusting, "--results", results, "--resume")
    assert (done.code, "of other options" in done.err) == (2, True)


def test_results_of_unknown_codes_do_not_pass(aidisclose: Run, work: Path) -> None:
    (work / "r.jsonl").write_text('{"file": "unsigned.png", "state": "trusted"}\n')
    assert aidisclose("verify", "unsigned.png", "--results", "r.jsonl", "--resume").code == 3
    (work / "r.jsonl").write_text('{"file": "unsigned.png", "code": 99}\n')
    done = aidisclose("verify", "unsigned.png", "--results", "r.jsonl", "--resume")
    assert (done.code, "not a result of aidisclose" in done.err) == (2, True)


@pytest.mark.parametrize("option", ["--statistics", "--summary=s.md", "--receipt=r.jsonl"])
def test_no_output_is_about_what_was_left(aidisclose: Run, option: str) -> None:
    call = ("check", "picture.png", "--policy", "eu-ai-act", "--results", "r.jsonl", "--resume")
    done = aidisclose(*call, option)
    assert done.code == 2
    assert "--resume passes over files that have results: leave out" in done.err


def test_results_that_exist_are_not_overwritten(aidisclose: Run, work: Path) -> None:
    (work / "mine.jsonl").write_text("notes")
    done = aidisclose("verify", "picture.png", "--results", "mine.jsonl")
    assert done.code == 2
    assert "--resume continues it" in done.err
    assert (work / "mine.jsonl").read_text() == "notes"


@pytest.mark.parametrize(
    "text", ["notes\nmore\n", "notes", '{"name": 1}\n', '{"file": 1}\nnotes', "[" * 9_999 + "\n"]
)
def test_file_of_somebody_else_is_not_continued(aidisclose: Run, work: Path, text: str) -> None:
    (work / "mine.jsonl").write_text(text)
    done = aidisclose("verify", "picture.png", "--results", "mine.jsonl", "--resume")
    assert done.code == 2
    assert "not a result of aidisclose" in done.err
    assert (work / "mine.jsonl").read_text() == text


def test_pipe_is_not_continued(aidisclose: Run, work: Path) -> None:
    os.mkfifo(work / "mine.jsonl")
    done = aidisclose("verify", "picture.png", "--results", "mine.jsonl", "--resume")
    assert done.code == 2
    assert "not a regular file" in done.err


@pytest.mark.parametrize("name", ["part-000000.parquet", "part-000001.parquet"])
def test_parquet_of_somebody_else_is_not_continued(aidisclose: Run, work: Path, name: str) -> None:
    folder = work / "mine.parquet"
    folder.mkdir()
    if name == "part-000000.parquet":
        (folder / name).write_text("notes")
    else:
        parquet.write_table(pa.table({"other": [1]}), folder / name)
    before = (folder / name).read_bytes()
    done = aidisclose("verify", "picture.png", "--results", "mine.parquet", "--resume")
    assert done.code == 2
    assert f"{name}: not a result of aidisclose" in done.err
    assert (folder / name).read_bytes() == before


@pytest.mark.parametrize(
    "columns",
    [{"file": [["a"]], "code": [0]}, {"file": ["a"], "code": ["0"]}, {"file": ["a"], "code": [99]}],
)
def test_parquet_with_other_values_is_not_continued(
    aidisclose: Run, work: Path, columns: dict[str, list[object]]
) -> None:
    (work / "mine.parquet").mkdir()
    parquet.write_table(pa.table(columns), work / "mine.parquet" / "part-000000.parquet")
    done = aidisclose("verify", "picture.png", "--results", "mine.parquet", "--resume")
    assert (done.code, "not a result of aidisclose" in done.err) == (2, True)


def test_more_rows_than_a_part_has_are_not_read(aidisclose: Run, work: Path) -> None:
    (work / "mine.parquet").mkdir()
    rows = pa.array(["a"] * 20_001).dictionary_encode()
    table = pa.table({"file": rows, "code": [0] * 20_001, "run": rows})
    parquet.write_table(table, work / "mine.parquet" / "part-000000.parquet")
    done = aidisclose("verify", "picture.png", "--results", "mine.parquet", "--resume")
    assert (done.code, "not a result of aidisclose" in done.err) == (2, True)


def test_a_part_that_is_a_pipe_is_not_read(aidisclose: Run, work: Path) -> None:
    (work / "mine.parquet").mkdir()
    os.mkfifo(work / "mine.parquet" / "part-000000.parquet")
    done = aidisclose("verify", "picture.png", "--results", "mine.parquet", "--resume")
    assert (done.code, "not a result of aidisclose" in done.err) == (2, True)


def test_other_files_in_the_folder_are_left_alone(aidisclose: Run, work: Path) -> None:
    (work / "r.parquet").mkdir()
    (work / "r.parquet" / "part-x.parquet").write_text("notes")
    done = aidisclose("verify", "picture.png", "--results", "r.parquet", "--resume")
    assert done.code in (0, 1), done.err
    assert (work / "r.parquet" / "part-x.parquet").read_text() == "notes"


def test_parquet_has_the_same_results_and_is_continued(
    aidisclose: Run, work: Path, many: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aidisclose.cli.results._ROWS", 50)
    assert aidisclose("verify", *many[:70], "--results", "r.parquet").code == 1
    aidisclose("verify", "many", "--results", "r.parquet", "--resume")
    rows = parquet.read_table(work / "r.parquet").to_pylist()
    assert [row["file"] for row in rows] == many
    assert [row["outcome"] for row in rows[:3]] == ["none", "trusted", "trusted"]
    assert rows[1]["ai"] == "generated"
    assert json.loads(rows[1]["document"])["file"] == many[1]


def test_cluster_signs(aidisclose: Run, work: Path, address: str, many: list[str]) -> None:
    done = aidisclose(
        *("sign", *many[:60], "--ai", "generated", "--output-dir", "out", "--cluster", address)
    )
    assert done.code == 0, done.err
    states = {
        ad.verify(path, trust=ad.TrustConfig.none()).state for path in (work / "out").iterdir()
    }
    assert len(list((work / "out").iterdir())) == 60
    assert states == {ad.State.VALID}


def test_cluster_replaces_no_output(aidisclose: Run, work: Path, address: str) -> None:
    (work / "picture.signed.png").write_bytes(b"other")
    done = aidisclose("sign", "picture.png", "--ai", "generated", "--cluster", address)
    assert done.code == 4
    assert "--force replaces it" in done.err
    assert (work / "picture.signed.png").read_bytes() == b"other"


def test_private_key_and_password_do_not_travel(
    issued: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = issued("es256").folder
    monkeypatch.setenv("AIDISCLOSE_KEY_PASSWORD", "secret password")
    options = CredentialOptions(
        cert=folder / "chain.pem", key=folder / "key.pem", signer=None, alg=None
    )
    identity = options.elsewhere()
    sent = pickle.dumps(identity)
    assert b"PRIVATE KEY" not in sent
    assert b"secret password" not in sent
    monkeypatch.delenv("AIDISCLOSE_KEY_PASSWORD")
    assert open_signer(pickle.loads(sent)).alg == "es256"


def test_standard_input_is_not_on_the_cluster(aidisclose: Run, address: str) -> None:
    done = aidisclose("verify", "-", "--cluster", address)
    assert done.code == 2
    assert "cannot read standard input" in done.err


def test_resuming_needs_a_file(aidisclose: Run) -> None:
    done = aidisclose("verify", "picture.png", "--resume")
    assert done.code == 2
    assert "--results" in done.err


@pytest.mark.parametrize("address", ["tcp://", "tls://a:b", "tcp://me:secret@127.0.0.1:9"])
def test_address_that_is_none_is_refused(aidisclose: Run, address: str) -> None:
    done = aidisclose("verify", "picture.png", "--cluster", address)
    assert (done.code, "invalid cluster" in done.err) == (2, True)


def test_address_that_needs_certificates_says_so(aidisclose: Run) -> None:
    done = aidisclose("verify", "picture.png", "--cluster", "tls://127.0.0.1:9")
    assert (done.code, "no certificates for tls://127.0.0.1:9" in done.err) == (2, True)


def test_links_in_a_circle_are_an_error_of_the_file(aidisclose: Run, work: Path) -> None:
    (work / "many").mkdir()
    (work / "many" / "round.png").symlink_to("round.png")
    (work / "many" / "good.png").write_bytes(media.picture())
    done = aidisclose("sign", "many", "--ai", "generated", "--output-dir", "out")
    assert done.code == 4
    assert (work / "out" / "good.png").exists() or list((work / "out").iterdir())
