"""What a file shows of other files is named, one by name and more as more."""

from __future__ import annotations

import pytest

from aidisclose.bindings import shown
from tests.bindings.build import asset

SVG = b'<svg xmlns="http://www.w3.org/2000/svg">%b</svg>'
NAMED = "the file shows what is not in it: "


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_one_of_many_is_named(count: int) -> None:
    images = b"".join(b'<image href="https://example.com/%d.png"/>' % n for n in range(count))
    found = shown.external(asset(SVG % images))
    more = " and more" if count > 1 else ""
    assert found == (f"{NAMED}'https://example.com/0.png'{more}" if count else "")
