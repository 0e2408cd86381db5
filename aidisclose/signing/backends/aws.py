"""`awskms:KEY`: a key in AWS KMS, by id, `alias/…` or ARN.

Who asks, and in which region, is what every AWS tool uses: `AWS_PROFILE`, `AWS_REGION` and so on;
the region of an ARN goes before it. Needs `pip install aidisclose[aws]`.
"""

from __future__ import annotations

from typing import Any, Final

from aidisclose.codec import cose
from aidisclose.errors import SigningError
from aidisclose.signing.backends.device import Device, KeyTerms, PerProcess, digest, shorten

_ALGORITHMS: Final = {
    "es256": "ECDSA_SHA_256",
    "es384": "ECDSA_SHA_384",
    "es512": "ECDSA_SHA_512",
    "ps256": "RSASSA_PSS_SHA_256",
    "ps384": "RSASSA_PSS_SHA_384",
    "ps512": "RSASSA_PSS_SHA_512",
    "ed25519": "ED25519_SHA_512",
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
    chain, algorithm = terms.certified(without=cose.POST_QUANTUM)
    key = what.lstrip("/")
    region = key.split(":")[3] if key.startswith("arn:") and key.count(":") > 3 else None
    client = PerProcess(lambda: boto3.Session().client("kms", region_name=region))
    return Device(lambda data: _sign(client, key, algorithm, data), chain, algorithm.name)


def _sign(client: PerProcess[Any], key: str, algorithm: cose.Algorithm, data: bytes) -> bytes:
    from botocore.exceptions import BotoCoreError, ClientError

    hashed = algorithm.family != "ed25519"
    try:
        answer = client.get().sign(
            KeyId=key,
            Message=digest(algorithm, data) if hashed else data,
            MessageType="DIGEST" if hashed else "RAW",
            SigningAlgorithm=_ALGORITHMS[algorithm.name],
        )
    except ClientError as error:
        details = error.response.get("Error", {})
        said = shorten(f"{details.get('Code', 'Error')}: {details.get('Message', '')}")
        raise SigningError(f"awskms: {said}") from None
    except BotoCoreError as error:
        raise SigningError(f"awskms: {shorten(error)}") from None
    signature: bytes = answer["Signature"]
    return signature
