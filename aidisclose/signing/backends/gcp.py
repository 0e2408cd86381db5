"""`gcpkms:projects/…/cryptoKeyVersions/N`: a key in Google Cloud KMS.

Who asks is said by an access token in `GOOGLE_OAUTH_ACCESS_TOKEN` or `CLOUDSDK_AUTH_ACCESS_TOKEN`,
else by the service account in `GOOGLE_APPLICATION_CREDENTIALS`, else by the machine's own account
on Google Cloud.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import time
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

from aidisclose.codec import cose
from aidisclose.errors import SigningError
from aidisclose.signing.backends.bearer import Bearer, Token, ask_json, read_token
from aidisclose.signing.backends.device import Device, KeyTerms, digest
from aidisclose.signing.keyfile import load_key

_SERVICE: Final = "gcpkms"
_SCOPE: Final = "https://www.googleapis.com/auth/cloudkms"
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
_HOUR: Final = 3600

#: Variables with a ready-made token, as other tools have them.
_TOKENS: Final = ("GOOGLE_OAUTH_ACCESS_TOKEN", "CLOUDSDK_AUTH_ACCESS_TOKEN")
_ACCOUNT: Final = "GOOGLE_APPLICATION_CREDENTIALS"
_ENDPOINT: Final = "CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS"
_METADATA: Final = "GCE_METADATA_HOST"


def connect(what: str, terms: KeyTerms) -> Device:
    """The key; Google is asked when it first signs.

    Raises:
        SigningError: The address is not that of a version of a key.
    """
    name = what.strip("/")
    if not name.startswith("projects/") or "/cryptoKeyVersions/" not in name:
        raise SigningError(
            "gcpkms: name a version of a key: projects/…/locations/…/keyRings/…/cryptoKeys/…/"
            "cryptoKeyVersions/1"
        )
    chain, algorithm = terms.certified()
    bearer = Bearer(_fetch)
    return Device(lambda data: _sign(bearer, name, algorithm, data), chain, algorithm.name)


def _sign(bearer: Bearer, name: str, algorithm: cose.Algorithm, data: bytes) -> bytes:
    base = os.environ.get(_ENDPOINT) or "https://cloudkms.googleapis.com/"
    url = f"{base.rstrip('/')}/v1/{quote(name)}:asymmetricSign"
    if not algorithm.digest:  # Ed25519 and ML-DSA, which sign the data themselves
        body: dict[str, Any] = {"data": base64.b64encode(data).decode()}
    else:
        hashed = base64.b64encode(digest(algorithm, data)).decode()
        body = {"digest": {algorithm.digest: hashed}}
    headers = {"Authorization": f"Bearer {bearer.get()}", "Content-Type": "application/json"}
    answer = ask_json(url, _SERVICE, body=json.dumps(body).encode(), headers=headers)
    try:
        return base64.b64decode(answer.get("signature", ""), validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise SigningError("gcpkms: the answer holds no signature") from None


def _fetch() -> Token:
    for variable in _TOKENS:
        if value := os.environ.get(variable):
            return Token(value, _HOUR)
    if path := os.environ.get(_ACCOUNT):
        return _of_account(Path(path))
    host = os.environ.get(_METADATA) or "metadata.google.internal"
    # Not https: the metadata server of a virtual machine is on the machine itself, and has no
    # certificate.
    url = f"http://{host}/computeMetadata/v1/instance/service-accounts/default/token"
    try:
        # Without this header it refuses: a page or a redirect cannot set it.
        answer = ask_json(url, _SERVICE, headers={"Metadata-Flavor": "Google"})
    except SigningError as error:
        raise SigningError(
            f"gcpkms: no account: set {_TOKENS[0]} or {_ACCOUNT} ({error})"
        ) from None
    return read_token(answer, _SERVICE)


def _of_account(path: Path) -> Token:
    """A token for a service account, by a statement that it signs itself (RFC 7523)."""
    try:
        fields = json.loads(path.read_bytes())
        mail, key, url = (fields[name] for name in ("client_email", "private_key", "token_uri"))
    except (OSError, ValueError, TypeError, KeyError):
        raise SigningError(f"gcpkms: {path} holds no service account with its key") from None
    now = int(time.time())
    claims = {"iss": mail, "scope": _SCOPE, "aud": url, "iat": now, "exp": now + _HOUR}
    # Google issues service accounts with RSA keys, and takes this algorithm alone.
    head = {"alg": "RS256", "typ": "JWT"}
    signed = b".".join(_base64url(json.dumps(part).encode()) for part in (head, claims))
    assertion = signed + b"." + _base64url(_sign_rs256(str(key).encode(), signed))
    grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    form = urlencode({"grant_type": grant, "assertion": assertion.decode()}).encode()
    return read_token(ask_json(url, _SERVICE, body=form, headers=_FORM), _SERVICE)


def _base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _sign_rs256(pem: bytes, data: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    key = load_key(pem)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise SigningError("gcpkms: the key of the service account is not an RSA key")
    return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
