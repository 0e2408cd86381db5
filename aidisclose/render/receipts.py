"""The output of `receipt verify`: who signed a record, and what it is about."""

from __future__ import annotations

from aidisclose.message import within_quotes
from aidisclose.named import NamedTuple
from aidisclose.policy.receipt_reader import Receipt
from aidisclose.render import json
from aidisclose.render.renderer import Run
from aidisclose.render.safe import clean
from aidisclose.render.words import number
from aidisclose.trust.anchors import FOR_TESTING


class Recorded(NamedTuple):
    """The result of checking a record.

    Attributes:
        file: Its name as the user gave it.
        receipt: The receipt; None if the file is none, or something in it was changed.
        error: The reason why it is none.
    """

    file: str
    receipt: Receipt | None = None
    error: str | None = None


def text(found: Recorded, run: Run) -> str:
    """A few lines; none for text that is not a record, which is an error."""
    receipt = found.receipt
    if receipt is None:
        return ""
    outcomes = ", ".join(f"{count:,} {name}" for name, count in receipt.outcomes.items())
    head = receipt.head
    if receipt.is_detection:
        by = f"  looked for {clean(', '.join(map(str, head['techniques'])), None)}"
    else:
        by = f"  by {clean(', '.join(map(str, head['profiles'])), None)}"
    trusted = "trusted (test signer)" if _is_test(receipt) else "trusted"
    if receipt.distrust:
        trusted = f"not trusted: {clean(receipt.distrust)}"
    files = number(sum(receipt.outcomes.values()), "file")
    lines = [
        f"{run.style.paint('intact', 'green', 'bold')}  {clean(found.file, None)}",
        f'  signed by "{within_quotes(clean(receipt.signer))}", {trusted}',
        f"  checked {clean(head['time'])}, as of {clean(head['as_of'])}",
        by,
        f"  {files}: {outcomes or 'none'}",
    ]
    if not receipt.is_complete:
        lines.append("  interrupted: not everything was checked that was to be")
    return "".join(f"{line}\n" for line in lines)


def _is_test(receipt: Receipt) -> bool:
    """Whether test credentials signed, whoever trusts them."""
    return receipt.signer.endswith(FOR_TESTING)


def document(found: Recorded, _run: Run) -> str:
    """The record as a JSON object; of text that is not one, only why."""
    receipt = found.receipt
    fields: dict[str, object] = {
        "schema": json.SCHEMA,
        "file": found.file,
        "intact": receipt is not None,
        "error": found.error,
        "signer": receipt.signer if receipt else None,
        "trusted": receipt.distrust is None if receipt else None,
        "test": _is_test(receipt) if receipt else None,
        "distrust": receipt.distrust if receipt else None,
        "complete": receipt.is_complete if receipt else None,
        "outcomes": dict(receipt.outcomes) if receipt else None,
        "head": dict(receipt.head) if receipt else None,
    }
    return json.encode(fields, indent=2) + "\n"
