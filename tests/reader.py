"""The folder of somebody who reads the documentation: every file that its commands name."""

from __future__ import annotations

import json
import shutil
import sys
import wave
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from PIL import Image, PngImagePlugin

from aidisclose.carriers import xmp
from aidisclose.containers import Edits, identify
from aidisclose.io.source import BytesSource
from tests.issuing import Issued
from tests.render import media
from tests.signing.test_fragments import INIT, fragment
from tests.trust import pki

ROOT: Final = Path(__file__).resolve().parents[1]
FLIP: Final = """
import pathlib, sys
data = bytearray(pathlib.Path(sys.argv[1]).read_bytes())
data[-200] ^= 1
pathlib.Path(sys.argv[2]).write_bytes(data)
"""
#: Programs that the pages take for granted.
PROGRAMS: Final = {
    "aidisclose": f'exec "{sys.executable}" -m aidisclose "$@"',
    "python": f'exec "{sys.executable}" "$@"',
    "vault": 'exec cat "$WORK/key.pem"',
    "signer": 'if [ "$3" = --signer-info ]; then exec cat "$WORK/info.json"; fi\n'
    'exec openssl dgst -sha256 -sign "$WORK/key.pem"',
    "flip": f'exec "{sys.executable}" -c \'{FLIP}\' "$@"',
}
#: What the web interface of Stable Diffusion, and ComfyUI, write into a PNG.
TEXTS: Final = {
    "out.png": ("parameters", "a castle\nSteps: 30, Seed: 7, Model hash: 31e35c80fc, Model: sdxl"),
    "ComfyUI_00001_.png": (
        "prompt",
        json.dumps(
            {"4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "xl/sdxl.pt"}}}
        ),
    ),
}


def prepare(folder: Path, issued: Issued) -> None:
    """Fill `work` with files, `home` with credentials, and `bin` with programs."""
    work = folder / "work"
    (work / "generated").mkdir(parents=True)
    shutil.copytree(issued("es256").folder, folder / "home" / "credentials" / "default")
    _write_certificates(work, issued)
    _write_pictures(work)
    for name in ("sound.wav", "speech.wav", "notice.wav"):
        with wave.open(str(work / name), "wb") as file:
            file.setparams((1, 2, 16000, 0, "NONE", "not compressed"))
            file.writeframes(b"\1\0" * 8000)
    (work / "init.mp4").write_bytes(INIT)
    for number in range(1, 4):
        (work / f"seg{number}.m4s").write_bytes(fragment(number))
    (work / "rights.json").write_text(
        json.dumps({"@context": {"dc": "http://purl.org/dc/elements/1.1/"}, "dc:rights": "Ann"})
    )
    (folder / "bin").mkdir()
    for name, script in PROGRAMS.items():
        path = folder / "bin" / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)


def _write_certificates(work: Path, issued: Issued) -> None:
    own, ann = issued("es256").folder, issued("es384").folder
    copies = {
        "chain.pem": own / "chain.pem",
        "key.pem": own / "key.pem",
        "root.pem": own / "root.pem",
        "house-root.pem": ann / "root.pem",
        "company-root.pem": own / "root.pem",
        "ann.pem": ann / "chain.pem",
        "ann-key.pem": ann / "key.pem",
    }
    for name, path in copies.items():
        shutil.copy(path, work / name)
    chain = (own / "chain.pem").read_text()
    (work / "info.json").write_text(json.dumps({"alg": "es256", "sign_cert": chain}))
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=True,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    day = pki.DAY
    now = datetime.now(UTC)
    root = pki.issue("Example Root", ca=True, not_before=now - day, not_after=now + 365 * day)
    wrong = pki.issue(
        "Signer",
        root,
        number=1,
        extensions={x509.KeyUsage: (usage, True)},
        not_before=now - day,
        not_after=now + 365 * day,
    )
    (work / "wrong.pem").write_bytes(wrong.pem)


def _write_pictures(work: Path) -> None:
    picture = Image.effect_mandelbrot((320, 240), (-2.2, -1.2, 1, 1.2), 60)
    for name in ("picture.png", "image.png", "picture.webp", "picture.jpg", "photo.jpg"):
        picture.save(work / name)
    for name, (key, text) in TEXTS.items():
        info = PngImagePlugin.PngInfo()
        info.add_text(key, text)
        picture.save(work / name, pnginfo=info)
    shutil.copy(ROOT / "fixtures" / "generated.jpg", work / "generated")
    source = BytesSource(media.picture("JPEG"))
    packet = xmp.create({xmp.CREDIT: "Made with Google AI"})
    container = identify(source)
    marked = container.rewrite(source, container.scan(source), Edits(xmp=packet))
    (work / "gemini.jpg").write_bytes(marked.read_at(0, marked.size))
