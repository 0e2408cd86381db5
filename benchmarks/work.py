"""One piece of work in a process of its own: `work.py ours|reference WORK [ARGUMENT …]`.

The reference is c2pa-rs through c2pa-python, set up to do no more than is asked: no thumbnails, no
second reading after signing, no network. Neither side imports or prepares what its work does not
need.
"""

from __future__ import annotations

import io
import json
import mimetypes
import sys
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
DEFINITION = {
    "claim_generator_info": [{"name": "benchmark", "version": "1"}],
    "assertions": [
        {
            "label": "c2pa.actions.v2",
            "data": {
                "actions": [{"action": "c2pa.created", "digitalSourceType": TYPE}],
                "allActionsIncluded": True,
            },
        }
    ],
}
#: Of `check`; rules about contradictions come with any.
PROFILES = ("eu-ai-act", "iptc", "pai")


def _type(path: Path) -> str:
    known = {".wav": "audio/wav", ".mp4": "video/mp4", ".avi": "video/avi"}
    return known.get(path.suffix) or mimetypes.guess_type(path.name)[0] or ""


class Ours:
    """aidisclose."""

    def __init__(self, credentials: Path) -> None:
        import aidisclose

        self.api = aidisclose
        self.credentials = credentials

    @cached_property
    def signer(self) -> Any:
        """The signer."""
        chain, key = ((self.credentials / name).read_bytes() for name in ("chain.pem", "key.pem"))
        return self.api.Signer.from_pem(chain=chain, key=key)

    @cached_property
    def trust(self) -> Any:
        """The signer's root."""
        return self.api.TrustConfig.from_pem((self.credentials / "root.pem").read_bytes())

    @cached_property
    def disclosure(self) -> Any:
        """What is declared."""
        return self.api.Disclosure(ai="generated")

    def sign(self, source: Path, output: Path) -> None:
        """From file to file."""
        self.api.sign(
            source, output, disclosure=self.disclosure, signer=self.signer, overwrite=True
        )

    def verify(self, source: Path) -> None:
        """A file, which must be trusted."""
        self.api.verify(source, trust=self.trust).require(self.api.State.TRUSTED)

    def sign_bytes(self, data: bytes) -> bytes:
        """In memory."""
        out = io.BytesIO()
        self.api.sign(data, out, disclosure=self.disclosure, signer=self.signer)
        return out.getvalue()

    def verify_bytes(self, data: bytes) -> None:
        """In memory."""
        self.api.verify(data, trust=self.trust).require(self.api.State.TRUSTED)

    def check_bytes(self, data: bytes) -> None:
        """In memory, against three profiles."""
        if not self.api.check(data, PROFILES, trust=self.trust):
            raise SystemExit("nothing was found")


class Reference:
    """c2pa-rs."""

    def __init__(self, credentials: Path) -> None:
        import c2pa

        self.api: Any = c2pa
        self.credentials = credentials

    @cached_property
    def signer(self) -> Any:
        """The signer."""
        chain, key = ((self.credentials / name).read_bytes() for name in ("chain.pem", "key.pem"))
        info = self.api.C2paSignerInfo(alg=b"es256", sign_cert=chain, private_key=key, ta_url=None)
        return self.api.Signer.from_info(info)

    @cached_property
    def context(self) -> Any:
        """The settings, with the signer's root."""
        root = (self.credentials / "root.pem").read_bytes()
        return self.api.Context.from_dict(
            {
                "version": 1,
                "trust": {"user_anchors": root.decode()},
                "builder": {"thumbnail": {"enabled": False}},
                "verify": {"verify_after_sign": False, "remote_manifest_fetch": False},
            }
        )

    def sign(self, source: Path, output: Path) -> None:
        """From file to file."""
        builder = self.api.Builder(json.dumps(DEFINITION), context=self.context)
        with source.open("rb") as read, output.open("w+b") as write:
            builder.sign(self.signer, _type(source), read, write)

    def verify(self, source: Path) -> None:
        """A file, which must be trusted."""
        with source.open("rb") as read:
            self._check(self.api.Reader(_type(source), read, context=self.context))

    def sign_bytes(self, data: bytes) -> bytes:
        """In memory."""
        builder = self.api.Builder(json.dumps(DEFINITION), context=self.context)
        out = io.BytesIO()
        builder.sign(self.signer, "image/jpeg", io.BytesIO(data), out)
        return out.getvalue()

    def verify_bytes(self, data: bytes) -> None:
        """In memory."""
        self._check(self.api.Reader("image/jpeg", io.BytesIO(data), context=self.context))

    def _check(self, reader: Any) -> None:
        state = json.loads(reader.json())["validation_state"]
        if state != "Trusted":
            raise SystemExit(f"the reference says {state}")


def _median(work: Callable[[], object], *, seconds: float = 1.5) -> float:
    import statistics

    work()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _at_once(work: Callable[..., object], *files: list[Path]) -> None:
    """Do the work on all files, in two threads."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, *files))


def main(who: str, work: str, credentials: str, *arguments: str) -> None:
    """Do the work; what is measured inside the process is printed in seconds."""
    side = Ours(Path(credentials)) if who == "ours" else Reference(Path(credentials))
    paths = [Path(argument) for argument in arguments]
    if work == "sign":
        side.sign(*paths)
    elif work == "verify":
        side.verify(*paths)
    elif work == "sign-warm":
        data = paths[0].read_bytes()
        print(_median(lambda: side.sign_bytes(data)))
    elif work == "verify-warm":
        data = side.sign_bytes(paths[0].read_bytes())
        print(_median(lambda: side.verify_bytes(data)))
    elif work == "check-warm":
        ours = Ours(Path(credentials))
        data = ours.sign_bytes(paths[0].read_bytes())
        print(_median(lambda: ours.check_bytes(data)))
    elif work == "sign-all":
        files = sorted(paths[0].glob("*.jpg"))
        _at_once(side.sign, files, [paths[1] / file.name for file in files])
    elif work == "verify-all":
        _at_once(side.verify, sorted(paths[0].glob("*.jpg")))
    else:
        raise SystemExit(f"unknown work {work!r}")


if __name__ == "__main__":
    main(*sys.argv[1:])
