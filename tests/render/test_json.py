"""Schema 1: every key is always there, in every state."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

import aidisclose as ad
from aidisclose.render import formats
from aidisclose.render.renderer import STATES, Result, Run
from aidisclose.validate.report import unusable
from tests.issuing import Issued
from tests.render import media, schema

RUN = Run(datetime(2026, 11, 23, 8, 30, 0, 999, tzinfo=UTC))
SCHEMA = schema.load("report.schema.json")


def document(*results: Result) -> dict[str, Any]:
    """All of the output, read back."""
    renderer = formats.renderer("verify", "json")
    counts = {state: sum(each.outcome == state for each in results) for state in STATES}
    parts = renderer.separator.join(renderer.result(each, RUN) for each in results)
    value: dict[str, Any] = json.loads(renderer.begin(RUN) + parts + renderer.end(counts, RUN))
    return value


@pytest.fixture(scope="module")
def results(issued: Issued) -> list[Result]:
    """One result of every state, and one with ingredients."""
    made = issued("es256")
    disclosure = ad.Disclosure(ai="generated", model="SDXL", model_version="1.0", model_id="pkg:x")
    once = media.sign(media.picture(), made, disclosure)
    twice = media.sign(once, made, ad.Disclosure(ai="edited"))
    return [
        Result("trusted.png", media.verify(twice, made)),
        Result("valid.png", media.verify(once)),
        Result("invalid.png", media.verify(media.flip(once), made)),
        Result("none.png", media.verify(media.picture())),
        Result("two.png", unusable("image/png", RUN.time, ["two stores"])),
        Result("missing.png", error="no such file"),
    ]


def test_every_state_follows_the_schema(results: list[Result]) -> None:
    found = document(*results)
    assert list(schema.offences(found, SCHEMA, SCHEMA)) == []
    assert {each["state"] for each in found["results"]} == set(STATES)
    assert found["summary"] == {
        "files": 6,
        "trusted": 1,
        "valid": 1,
        "invalid": 2,
        "none": 1,
        "unreadable": 1,
    }
    assert found["validation_time"] == "2026-11-23T08:30:00Z"


@pytest.mark.parametrize("key", SCHEMA["$defs"]["result"]["required"])
def test_the_schema_misses_a_missing_key(results: list[Result], key: str) -> None:
    found = document(results[0])
    del found["results"][0][key]
    assert list(schema.offences(found, SCHEMA, SCHEMA)) == [f"$.results[0]: no {key}"]


def test_no_results_are_a_document() -> None:
    assert list(schema.offences(document(), SCHEMA, SCHEMA)) == []


def test_what_is_said_about_a_trusted_file(results: list[Result]) -> None:
    (found,) = document(results[0])["results"]
    assert (found["state"], found["integrity"], found["manifests"]) == ("trusted", "intact", 2)
    assert found["active_manifest"].startswith("urn:c2pa:")
    assert found["trust"]["status"] == "trusted"
    assert found["trust"]["signer"]["organization"] == "aidisclose test credentials"
    assert found["trust"]["timestamp"] == {
        "time": None,
        "status": "none",
        "authority": None,
        "list": None,
        "test": False,
    }
    assert found["trust"]["test"] is True
    assert found["disclosure"]["ai"] == "generated"
    assert found["disclosure"]["carriers"] == ["c2pa", "xmp"]
    assert [each.rpartition("/")[2] for each in found["disclosure"]["digital_source_types"]] == [
        "compositeWithTrainedAlgorithmicMedia",
        "trainedAlgorithmicMedia",
    ]
    assert found["missing"] == ["timestamp", "ocsp"]


def test_an_unreadable_file_says_why(results: list[Result]) -> None:
    (found,) = document(results[-1])["results"]
    assert (found["state"], found["integrity"], found["media_type"], found["error"]) == (
        "unreadable",
        "unreadable",
        None,
        "no such file",
    )


def test_a_line_of_jsonl_is_an_element_of_json(results: list[Result]) -> None:
    renderer = formats.renderer("verify", "jsonl")
    lines = [renderer.result(each, RUN) for each in results]
    assert [json.loads(line) for line in lines] == document(*results)["results"]
    assert all(line.endswith("\n") and line.count("\n") == 1 for line in lines)
    assert renderer.begin(RUN) + renderer.separator + renderer.end({}, RUN) == ""


def test_hostile_text_is_data_and_nothing_else() -> None:
    name = "\x1b[2J\u202e\udcff\u2028"
    text = formats.renderer("verify", "jsonl").result(Result(name, error=name), RUN)
    assert text.rstrip("\n").isprintable()
    assert text.isascii()
    assert json.loads(text)["file"] == "\x1b[2J\u202e\\udcff\u2028"
