"""The vocabulary of digital source types."""

from __future__ import annotations

import pytest

from aidisclose.manifest import source_type
from aidisclose.manifest.source_type import SOURCE_TYPES, Share

IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
C2PA = "http://c2pa.org/digitalsourcetype/"


def test_every_term_is_found_by_name_and_uri() -> None:
    for term, item in SOURCE_TYPES.items():
        assert item.term == term
        assert item.uri in (IPTC + term, C2PA + term)
        assert source_type.find(term) is item
        assert source_type.find(item.uri) is item


def test_terms_of_both_vocabularies() -> None:
    """Their number changes only with the vocabularies; who adds one looks at its share of AI."""
    own = {term for term, item in SOURCE_TYPES.items() if item.uri.startswith(C2PA)}
    assert own == {"empty", "trainedAlgorithmicData"}
    assert len(SOURCE_TYPES) == 22


@pytest.mark.parametrize(
    "text",
    [
        "https://cv.iptc.org/newscodes/digitalsourcetype/digitalArt",
        "http://cv.iptc.org/newscodes/digitalsourcetype/digitalArt/",
        " http://cv.iptc.org/newscodes/digitalsourcetype/digitalArt\n",
        "digsrctype:digitalArt",
        "digitalArt/",
    ],
)
def test_other_spellings(text: str) -> None:
    assert source_type.find(text) is SOURCE_TYPES["digitalArt"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "DigitalArt",
        "http://cv.iptc.org/newscodes/digitalsourcetype/",
        "http://cv.iptc.org/newscodes/digitalsourcetype/other",
        "http://c2pa.org/digitalsourcetype/digitalArt",
        "http://example.com/digitalArt",
        "ftp://cv.iptc.org/newscodes/digitalsourcetype/digitalArt",
    ],
)
def test_what_is_no_term(text: str) -> None:
    assert source_type.find(text) is None


def test_what_says_that_ai_made_it() -> None:
    by_share = {
        share: {term for term, item in SOURCE_TYPES.items() if item.share is share}
        for share in (Share.ALL, Share.PART)
    }
    assert by_share == {
        Share.ALL: {"trainedAlgorithmicMedia", "trainedAlgorithmicData"},
        Share.PART: {"compositeSynthetic", "compositeWithTrainedAlgorithmicMedia"},
    }


def test_retired_terms_name_others_that_are_not() -> None:
    for item in SOURCE_TYPES.values():
        if item.successor:
            assert SOURCE_TYPES[item.successor].successor is None
