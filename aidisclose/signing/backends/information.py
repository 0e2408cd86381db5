"""The description of a signer by itself: JSON with `alg` and `sign_cert`, the chain in PEM."""

from __future__ import annotations

import json

from aidisclose.codec import cose
from aidisclose.errors import SigningError
from aidisclose.signing.backends.device import KeyTerms


def read_information(answer: bytes, source: str, terms: KeyTerms) -> KeyTerms:
    """The terms, completed by what a signer says.

    Arguments:
        answer: The JSON. Keys that are not known are passed over, `tsa_url` among them: whom to ask
            for a time stamp is the user's choice.
        source: The place that it comes from, for messages.
        terms: The terms that the user gives, which go before the answer's.

    Raises:
        SigningError: It is not this kind of JSON.
    """
    try:
        fields = json.loads(answer)
    except (ValueError, RecursionError):
        fields = None
    chain = fields.get("sign_cert") if isinstance(fields, dict) else None
    alg = fields.get("alg") if isinstance(fields, dict) else None
    if not isinstance(chain, str) or not isinstance(alg, str | None):
        raise SigningError(f"{source}: no JSON with alg and sign_cert; give the chain yourself")
    if alg is not None and alg.lower() not in cose.ALGORITHMS:
        raise SigningError(f"{source}: the algorithm {alg!r} is not one of C2PA")
    named = terms.alg or (alg.lower() if alg else None)
    return terms._replace(chain=terms.chain or chain.encode(), alg=named)
