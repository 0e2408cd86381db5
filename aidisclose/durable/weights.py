"""Weights of TrustMark that the user has registered: where they are, and their hashes.

They are named in the user's own folder only: a file of the working folder never decides which model
is run. What was registered is what is run: other bytes under the same path are refused.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Final

from aidisclose import limits
from aidisclose.errors import UsageError
from aidisclose.io.home import home
from aidisclose.io.output import write_file
from aidisclose.io.place import real
from aidisclose.io.source import open_source
from aidisclose.named import NamedTuple

#: Algorithms whose weights can be registered.
TRUSTMARK: Final = ("com.adobe.trustmark.C", "com.adobe.trustmark.P", "com.adobe.trustmark.Q")
#: Hashes of what Adobe published on 2026-09-28, by the name of the file.
PUBLISHED: Final = {
    "19b3d1b25836130ffd78775a8f61539f993375d1823ef0e59ba5b8dffb4f892d": "encoder_Q.onnx",
    "ee3268f057c9dabef680e169302f5973d0589feea86189ed229a896cc3aa88df": "decoder_Q.onnx",
}


class OnnxModel(NamedTuple):
    """A model in a file.

    Attributes:
        path: The path of the file.
        sha256: Its hash when it was registered, in hexadecimal digits.
    """

    path: Path
    sha256: str

    def read(self) -> bytes:
        """The model.

        Raises:
            UsageError: It is not there, or not what was registered.
        """
        try:
            data = _read(self.path)
        except OSError as error:
            raise UsageError(f"{self.path}: the weights cannot be read: {error}") from None
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise UsageError(
                f"{self.path}: these are not the weights that were registered; if they are meant "
                "to be others, register them again: aidisclose watermark add"
            )
        return data

    @property
    def is_published(self) -> bool:
        """Whether Adobe published it."""
        return self.sha256 in PUBLISHED


class Weights(NamedTuple):
    """The models of one algorithm.

    Attributes:
        decoder: Finds watermarks.
        encoder: Embeds them; None if that is not wanted.
    """

    decoder: OnnxModel
    encoder: OnnxModel | None = None

    @property
    def models(self) -> dict[str, OnnxModel]:
        """The models by what they do."""
        others = {} if self.encoder is None else {"encoder": self.encoder}
        return {**others, "decoder": self.decoder}


def registered() -> dict[str, Weights]:
    """The weights by algorithm.

    Raises:
        UsageError: The list cannot be read.
    """
    path = _file()
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    try:
        listed = json.loads(text)
        return {
            str(alg): Weights(**{str(part): _model(each) for part, each in models.items()})
            for alg, models in listed.items()
        }
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise UsageError(f"{path}: not a list of weights") from None


def _model(found: dict[str, str]) -> OnnxModel:
    return OnnxModel(Path(found["path"]), str(found["sha256"]))


def register(alg: str, decoder: Path, encoder: Path | None = None) -> Weights:
    """Register models as they are now, in place of those of the same algorithm.

    Raises:
        UsageError: The algorithm is not one of `TRUSTMARK`, or a file is too large.
        OSError: A file cannot be read, or the list not be written.
    """
    if alg not in TRUSTMARK:
        raise UsageError(f"unknown algorithm {alg!r} (choose from {', '.join(TRUSTMARK)})")
    found = Weights(_pinned(decoder), None if encoder is None else _pinned(encoder))
    _write(registered() | {alg: found})
    return found


def forget(alg: str) -> bool:
    """Take an algorithm off the list, and leave its files; False if it is not there.

    Raises:
        UsageError: The list cannot be read.
        OSError: It cannot be written.
    """
    found = registered()
    if alg not in found:
        return False
    del found[alg]
    _write(found)
    return True


def _pinned(path: Path) -> OnnxModel:
    return OnnxModel(real(path), hashlib.sha256(_read(path)).hexdigest())


def _read(path: Path) -> bytes:
    with open_source(path) as opened:
        if opened.size > limits.WATERMARK_WEIGHTS:
            raise UsageError(f"{path}: {opened.size:,} bytes are too many for weights")
        return opened.read_at(0, opened.size)


def _write(found: dict[str, Weights]) -> None:
    listed = {
        alg: {
            part: {"path": str(each.path), "sha256": each.sha256}
            for part, each in weights.models.items()
        }
        for alg, weights in found.items()
    }
    path = _file()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path, json.dumps(listed, indent=2).encode() + b"\n", overwrite=True)


def _file() -> Path:
    return home() / "watermarks.json"
