#!/usr/bin/env bash
# `make demo`: a first look. Everything it makes stays in demo/, also the credentials.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rm -rf demo
mkdir demo
cd demo
export AIDISCLOSE_HOME=$PWD/home

say() { printf '\n\033[1m# %s\033[0m\n' "$*"; }
show() {
    printf '$ %s\n' "$*"
    "$@"
}
fails() { # the point of the step is that this is noticed
    printf '$ %s\n' "$*"
    if "$@"; then exit 1; else printf '(exit code %d)\n' $?; fi
}

say "Two files as a generator might leave them: a picture and a sound"
python - <<'PY'
import math, struct, wave
from PIL import Image

Image.effect_mandelbrot((640, 480), (-2.2, -1.2, 1, 1.2), 60).save("picture.png")
with wave.open("sound.wav", "wb") as file:
    file.setparams((1, 2, 44100, 0, "NONE", "not compressed"))
    tone = (int(9000 * math.sin(i / 16) * math.exp(-i / 20000)) for i in range(44100))
    file.writeframes(b"".join(struct.pack("<h", sample) for sample in tone))
PY
ls picture.png sound.wav

say "Once: credentials for trying it out"
show aidisclose credentials new

say "Declare that AI made them, and sign"
show aidisclose sign picture.png sound.wav --ai generated --model Mandelbrot --model-version 1.0

say "What somebody sees who receives them"
show aidisclose verify picture.signed.png sound.signed.wav

say "Everything that one of them says"
show aidisclose inspect picture.signed.png

say "One changed byte in the picture is noticed"
python - <<'PY'
data = bytearray(open("picture.signed.png", "rb").read())
data[-200] ^= 1
open("altered.png", "wb").write(data)
PY
fails aidisclose verify altered.png

say "To a stranger the signer is unknown, and the file still proves to be intact"
show aidisclose verify --no-default-trust sound.signed.wav

say "The files are in demo/"
ls
