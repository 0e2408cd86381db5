"""docs/formats.md says what the containers do."""

from __future__ import annotations

from aidisclose.containers import CONTAINERS
from docs import formats


def test_the_page_is_up_to_date() -> None:
    assert formats.PAGE.read_text() == formats.render()


def test_every_place_is_one_of_a_format() -> None:
    assert formats.PLACES.keys() <= {each.name for each in CONTAINERS}
    iso = [each for each in CONTAINERS if each.name not in formats.PLACES]
    assert {each.binding for each in iso} == {"c2pa.hash.bmff.v3"}
