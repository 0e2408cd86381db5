"""The thumbnail of a claim: a small copy of the picture, which viewers of credentials show."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Final

from aidisclose.durable import picture
from aidisclose.errors import LimitExceeded, Malformed, UnsupportedFormat
from aidisclose.io.source import Source
from aidisclose.manifest.draft import file_assertion
from aidisclose.signing.manifest_content import ManifestContent

_LABEL: Final = "c2pa.thumbnail.claim"
#: Pixels of the longer side; c2pa-rs makes them as large.
_SIDE: Final = 1024
_QUALITY: Final = 80


def add(content: ManifestContent, source: Source) -> ManifestContent:
    """The content with a small copy of the picture, or with a warning that there is none.

    The copy is a JPEG of the picture as it is seen: upright, on white. It has no metadata: a
    position in the source would be published with it. A definition's own thumbnail stays.
    """
    if any(each.label == _LABEL for each in content.assertions):
        return _without(content, "the manifest definition has its own")
    try:
        image = picture.read(source)
    except UnsupportedFormat:
        return _without(content, "it is not a picture that can be decoded")
    except LimitExceeded:
        return _without(content, "the picture is too large")
    except Malformed as error:
        return _without(content, str(error))
    image.thumbnail((_SIDE, _SIDE))
    image.info.clear()
    output = io.BytesIO()
    image.save(output, "JPEG", quality=_QUALITY, optimize=True)
    made = file_assertion(_LABEL, output.getvalue(), media_type="image/jpeg")
    return replace(content, assertions=(*content.assertions, made))


def _without(content: ManifestContent, reason: str) -> ManifestContent:
    return replace(content, warnings=(*content.warnings, f"no thumbnail: {reason}"))
