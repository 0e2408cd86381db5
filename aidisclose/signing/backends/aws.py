"""`awskms:KEY`: a key in AWS KMS, by id, `alias/…` or ARN.

Who asks, and in which region, is what every AWS tool uses: `AWS_PROFILE`, `AWS_REGION` and so on;
the region of an ARN goes before it. Needs `pip install aidisclose[aws]`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aidisclose.codec import cose
from aidisclose.errors import SigningError, Unreachable
from aidisclose.io.http import is_passing
from aidisclose.signing.backends.device import (
    Device,
    KeyTerms,
    PerProcess,
    digest,
    representative,
    shorten,
    usual_name,
)

_ALGORITHMS: Final = {
    "es256": "ECDSA_SHA_256",
    "es384": "ECDSA_SHA_384",
    "es512": "ECDSA_SHA_512",
    "ps256": "RSASSA_PSS_SHA_256",
    "ps384": "RSASSA_PSS_SHA_384",
    "ps512": "RSASSA_PSS_SHA_512",
    "ed25519": "ED25519_SHA_512",
    **dict.fromkeys(cose.POST_QUANTUM, "ML_DSA_SHAKE_256"),
}


def connect(what: str, terms: KeyTerms) -> Device:
    """The key; AWS is asked when it first signs.

    Raises:
        SigningError: The library is not installed.
    """
    try:
        import boto3
    except ImportError:
        raise SigningError("awskms: needs a library: pip install 'aidisclose[aws]'") from None
    chain, algorithm = terms.certified()
    key = what.lstrip("/")
    region = key.split(":")[3] if key.startswith("arn:") and key.count(":") > 3 else None
    client = PerProcess(lambda: boto3.Session().client("kms", region_name=region))

    def sign(data: bytes) -> bytes:
        if algorithm.family == "ml-dsa":
            signed, kind = representative(chain, data), "EXTERNAL_MU"
        elif algorithm.family == "ed25519":
            signed, kind = data, "RAW"
        else:
            signed, kind = digest(algorithm, data), "DIGEST"
        request = {
            "KeyId": key,
            "Message": signed,
            "MessageType": kind,
            "SigningAlgorithm": _ALGORITHMS[usual_name(algorithm)],
        }
        return _ask(client, request)

    return Device(sign, chain, algorithm.name)


def _ask(client: PerProcess[Any], request: Mapping[str, object]) -> bytes:
    from botocore import exceptions

    try:
        answer = client.get().sign(**request)
    except exceptions.ClientError as error:
        details = error.response.get("Error", {})
        said = shorten(f"{details.get('Code', 'Error')}: {details.get('Message', '')}")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        cause = Unreachable(f"HTTP {status}") if is_passing(status) else None
        raise SigningError(f"awskms: {said}") from cause
    except (exceptions.ConnectionError, exceptions.HTTPClientError) as error:
        raise SigningError(f"awskms: {shorten(error)}") from Unreachable("no answer")
    except exceptions.BotoCoreError as error:
        raise SigningError(f"awskms: {shorten(error)}") from None
    signature: bytes = answer["Signature"]
    return signature
