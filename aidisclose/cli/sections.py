"""The layout of long help: options under headings, and examples below them.

Loaded where help is shown. A command that is not here has one list of options.
"""

from __future__ import annotations

from typing import Final

_WHICH: Final = ("--files-from", "--exclude", "--fragment")
_TRUST: Final = (
    *("--trust", "--tsa-trust", "--allowed", "--no-default-trust", "--identity-trust"),
    *("--identity-allowed", "--identity-issuer", "--did-document", "--status-list"),
)
_MANY: Final = ("--jobs", "--cluster", "--results", "--resume")

#: By command: headings in their order, and the options below each: all of them but `--help`.
SECTIONS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "sign": {
        "What you declare": (
            *("--ai", "--model", "--model-version", "--model-id", "--model-type", "--provider"),
            *("--prompt", "--prompt-writer", "--seed", "--oversight", "--source-type", "--action"),
            *("--training", "--training-constraint", "--from-metadata", "--disclosure"),
            *("--manifest", "--outside-paths", "--title"),
        ),
        "Where it goes": (
            *("--output", "--output-dir", "--in-place", "--sidecar", "--remote", "--force"),
            *("--skip-existing", "--if-unsigned", "--dry-run"),
        ),
        "Who signs": ("--cert", "--key", "--signer", "--alg"),
        "Time and revocation": (
            *("--tsa", "--tsa-timeout", "--require-timestamp", "--reserve", "--ocsp"),
        ),
        "Which files, and what they are made from": (
            *_WHICH,
            *("--parent", "--ingredient", "--require-valid-source"),
        ),
        "Other marks in the file": (
            *("--xmp", "--fingerprint", "--watermark", "--thumbnail"),
            *("--aigc-producer", "--aigc-id"),
            *("--aigc-propagator", "--aigc-propagate-id"),
        ),
        "Updates of credentials": (
            *("--update", "--metadata", "--redact", "--redact-reason", "--published"),
            *("--time-stamp", "--certificate-status"),
        ),
        "Whom the manifest names besides (CAWG)": (
            *("--identity-cert", "--identity-key", "--identity-signer", "--identity-role"),
            "--identity-references",
        ),
        "Form of the manifest": ("--spec", "--compress", "--update-room", "--wrap"),
        "Whom you trust, for the history of the source": _TRUST,
        "Output and many files": ("--format", "--quiet", *_MANY),
    },
    "verify": {
        "Which files": (*_WHICH, "--manifest", "--online", "--recover", "--repository"),
        "What is required": ("--require", "--signer", "--issuer"),
        "Whom you trust": (*_TRUST, "--at", "--crl"),
        "Output": ("--format", "--language", "--output", "--only", "--sort", "--quiet", "--sha256"),
        "Signed record": ("--receipt", "--cert", "--key", "--receipt-signer"),
        "Many files": _MANY,
    },
    "check": {
        "What is judged": ("--policy", "--select", "--ignore", "--input", "--as-of", "--before"),
        "What counts as failure": (
            *("--strict", "--require-determined", "--exit-zero", "--baseline"),
            "--update-baseline",
        ),
        "Which files": (
            *("--files-from", "--exclude", "--no-ignore", "--since", "--recover", "--repository"),
        ),
        "Output": (
            "--format",
            "--language",
            "--output",
            "--summary",
            "--show",
            "--statistics",
            "--quiet",
        ),
        "Signed record": ("--receipt", "--cert", "--key", "--signer", "--alg"),
        "Whom you trust": (*_TRUST, "--at"),
        "Many files": _MANY,
    },
    "inspect": {
        "Which files": (*_WHICH, "--online"),
        "Output": (
            *("--format", "--language", "--output", "--depth", "--extract", "--store", "--certs"),
            "--force",
        ),
        "Whom you trust": (*_TRUST, "--at"),
    },
    "diff": {
        "What is compared": ("--map", "--exclude", "--policy", "--input", "--as-of"),
        "Output": ("--format", "--language", "--quiet", "--jobs"),
        "Whom you trust": (*_TRUST, "--at"),
    },
    "label": {
        "What the label says": ("--wording", "--modified", "--text", "--lang", "--audio"),
        "How it looks": ("--position", "--size", "--font"),
        "Label for machines (GB 45438)": (
            *("--aigc-producer", "--aigc-id", "--aigc-propagator", "--aigc-propagate-id"),
        ),
        "Which files": ("--files-from", "--exclude"),
        "Where it goes": ("--output", "--output-dir", "--force", "--skip-existing"),
    },
}

#: By command: what is typed, after the name of the program, and what it does.
EXAMPLES: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "sign": (
        ("sign picture.png --ai generated", "Write picture.signed.png."),
        (
            "sign photos --ai edited --output-dir out --if-unsigned --dry-run",
            "Show what would be signed of a folder.",
        ),
        (
            "sign photo.jpg --ai none --cert chain.pem --key key.pem",
            "Sign with your own certificate.",
        ),
    ),
    "verify": (
        ("verify picture.jpg", "Show who signed it, and what it declares."),
        (
            "verify downloads --only ai --format csv -o ai.csv",
            "List the files of a folder that declare AI.",
        ),
        ("verify 'photos/**/*.jpg' --sort state -q", "Show what does not hold, the worst first."),
        ("verify photo.jpg --signer 'Example News'", "Accept one trusted signer."),
    ),
    "check": (
        ("check photos --policy eu-ai-act", "Judge a folder by the rules of a law."),
        (
            "check . --policy iptc --format sarif -o report.sarif",
            "Write a report for code scanning.",
        ),
        (
            "check site --policy eu-ai-act --input deepfake=yes --strict",
            "State what files cannot show, and fail for warnings too.",
        ),
    ),
    "stream verify": (
        ("stream verify init.mp4 'seg*.m4s'", "Check the files of a stream in their order."),
    ),
    "inspect": (
        ("inspect picture.jpg", "Show all that its credentials say."),
        ("inspect a.jpg b.jpg --format json -o manifests.json", "Write it for programs."),
        ("inspect picture.jpg --extract thumbnails", "Write the thumbnails into a folder."),
    ),
    "diff": (
        ("diff before.png after.webp", "Show which disclosures survived."),
        ("diff masters site --map '*.png=*.webp'", "Compare two folders."),
    ),
    "label": (
        ("label picture.png", "Write picture.labelled.png."),
        ("label photos --wording de --modified --output-dir labelled", "Label a folder."),
    ),
    "doctor": (
        ("doctor chain.pem --key key.pem", "Check a certificate and its key."),
        ("doctor chain.pem --trust root.pem", "Check whether it leads to a root."),
    ),
}
