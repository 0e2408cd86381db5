"""Parts of the service by themselves: answers of workers, what is left out, the log."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

import aidisclose as ad
from aidisclose import limits
from aidisclose.errors import Malformed
from aidisclose.service import answers
from aidisclose.service.answers import Fate, WorkerAnswer
from aidisclose.service.journal import Journal
from aidisclose.service.withheld import withhold
from tests.service.running import serving

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b"[" * 100_000,
        b'{"fate": "checked"}',
        json.dumps(WorkerAnswer(Fate.CHECKED)._asdict() | {"outcome": "other"}).encode(),
        json.dumps(WorkerAnswer(Fate.CHECKED)._asdict() | {"article": 5}).encode(),
        json.dumps(WorkerAnswer(Fate.CHECKED)._asdict() | {"document": []}).encode(),
        json.dumps(WorkerAnswer(Fate.CHECKED)._asdict() | {"more": 1}).encode(),
    ],
)
def test_what_a_worker_should_not_answer_is_refused(message: bytes) -> None:
    with pytest.raises(Malformed):
        answers.decode(message)


def test_an_answer_survives_the_way() -> None:
    answer = WorkerAnswer(Fate.CHECKED, "valid", "", {"a": 1}, {"b": 2}, "<p>")
    assert answers.decode(answer.encode()[answers.PREFIX :]) == answer


def test_what_is_left_out_changes_no_answer() -> None:
    names = ("state", "integrity", "trust", "disclosure", "missing", "covered", "media_type")
    files = ("generated.jpg", "edited.jpg", "unsigned.jpg", "altered-claim.jpg", "expired.png")
    for path in (FIXTURES / name for name in (*files, "two-stores.png", "generated.wav")):
        report = ad.verify(path, trust=ad.TrustConfig.none())
        shown = withhold(report)
        for name in names:
            assert getattr(shown, name) == getattr(report, name), (path, name)
        codes = [each.code for each in report.failures]
        assert [each.code for each in shown.failures] == codes
        assert not any(each.explanation for each in shown.failures)


def test_lines_of_the_log_are_short_and_whole() -> None:
    stream = io.StringIO()
    Journal(stream).write("lost", reason="x\n\u2028\x1b" * 1000, nothing=None, count=1)
    [line] = stream.getvalue().splitlines()
    found = json.loads(line)
    assert (found["event"], found["count"], "nothing" in found) == ("lost", 1, False)
    assert len(found["reason"]) == 200
    stream.close()
    Journal(stream).write("lost")  # nobody reads it


def test_workers_have_nothing_that_is_secret(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "hush")
    with serving(home) as service:
        assert b"hush" in Path(f"/proc/{service.process.pid}/environ").read_bytes()
        for each in service.workers():
            assert b"hush" not in Path(f"/proc/{each}/environ").read_bytes()
            opened = [str(fd.readlink()) for fd in Path(f"/proc/{each}/fd").iterdir()]
            assert len([name for name in opened if name != "/dev/null"]) == 1, opened
            limited = Path(f"/proc/{each}/limits").read_text()
            assert str(1024 * limits.MIB) in limited
