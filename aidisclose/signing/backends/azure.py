"""`azurekms:VAULT.vault.azure.net/KEY[/VERSION]`: a key in Azure Key Vault or Managed HSM.

Who asks is said by an access token in `AZURE_ACCESS_TOKEN`, else by `AZURE_TENANT_ID` and
`AZURE_CLIENT_ID` with `AZURE_CLIENT_SECRET` or `AZURE_FEDERATED_TOKEN_FILE`, else by the machine's
own identity on Azure.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlencode

from aidisclose.codec import cose
from aidisclose.errors import SigningError
from aidisclose.signing.backends.bearer import Bearer, Token, ask_json, read_token
from aidisclose.signing.backends.device import Device, KeyTerms, digest, usual_name

_SERVICE: Final = "azurekms"
_VERSION: Final = "7.4"
_RESOURCES: Final = {"managedhsm": "https://managedhsm.azure.net"}
_VAULT: Final = "https://vault.azure.net"
_HOUR: Final = 3600

_TOKEN: Final = "AZURE_ACCESS_TOKEN"  # noqa: S105 - the name of a variable
_AUTHORITY: Final = "AZURE_AUTHORITY_HOST"
_METADATA: Final = "AZURE_POD_IDENTITY_AUTHORITY_HOST"
_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def connect(what: str, terms: KeyTerms) -> Device:
    """The key; Azure is asked when it first signs.

    Raises:
        SigningError: The address is not that of a key, or Azure has no such algorithm.
    """
    parts = what.removeprefix("https://").strip("/").split("/")
    host, *path = [part for number, part in enumerate(parts) if (number, part) != (1, "keys")]
    if len(path) not in (1, 2) or not all(path):
        raise SigningError("azurekms: name a key: VAULT.vault.azure.net/KEY or …/KEY/VERSION")
    chain, algorithm = terms.certified(without=cose.POST_QUANTUM)
    if algorithm.family == "ed25519":
        raise SigningError("azurekms: Azure Key Vault does not sign with Ed25519")
    url = f"https://{host}/keys/{'/'.join(map(quote, path))}/sign?api-version={_VERSION}"
    bearer = Bearer(lambda: _fetch(host))
    return Device(lambda data: _sign(bearer, url, algorithm, data), chain, algorithm.name)


def _sign(bearer: Bearer, url: str, algorithm: cose.Algorithm, data: bytes) -> bytes:
    value = base64.urlsafe_b64encode(digest(algorithm, data)).rstrip(b"=").decode()
    body = json.dumps({"alg": usual_name(algorithm).upper(), "value": value}).encode()
    headers = {"Authorization": f"Bearer {bearer.get()}", "Content-Type": "application/json"}
    found = ask_json(url, _SERVICE, body=body, headers=headers).get("value", "")
    try:
        # The answer leaves padding out (RFC 7515 §2); the decoder passes over what is too much of
        # it.
        return base64.urlsafe_b64decode(f"{found}==")
    except (binascii.Error, ValueError):
        raise SigningError("azurekms: the answer holds no signature") from None


def _fetch(host: str) -> Token:
    if value := os.environ.get(_TOKEN):
        return Token(value, _HOUR)
    service = host.split(".")[1] if host.count(".") > 1 else ""
    resource = _RESOURCES.get(service, _VAULT)
    tenant, client = os.environ.get("AZURE_TENANT_ID"), os.environ.get("AZURE_CLIENT_ID")
    proof = _proof()
    if tenant and client and proof:
        authority = os.environ.get(_AUTHORITY) or "https://login.microsoftonline.com"
        url = f"{authority.rstrip('/')}/{quote(tenant)}/oauth2/v2.0/token"
        form = {"grant_type": "client_credentials", "client_id": client, **proof}
        body = urlencode({**form, "scope": f"{resource}/.default"}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return read_token(ask_json(url, _SERVICE, body=body, headers=headers), _SERVICE)
    # The address of the metadata service on every machine of Azure; it is not routed.
    base = os.environ.get(_METADATA) or "http://169.254.169.254"
    query = urlencode({"api-version": "2018-02-01", "resource": resource})
    url = f"{base.rstrip('/')}/metadata/identity/oauth2/token?{query}"
    try:
        answer = ask_json(url, _SERVICE, headers={"Metadata": "true"})
    except SigningError as error:
        message = f"azurekms: no identity: set {_TOKEN}, or AZURE_TENANT_ID, AZURE_CLIENT_ID and"
        raise SigningError(f"{message} AZURE_CLIENT_SECRET ({error})") from None
    return read_token(answer, _SERVICE)


def _proof() -> dict[str, str]:
    """The proof of the client's identity: its secret, or a token from elsewhere."""
    if secret := os.environ.get("AZURE_CLIENT_SECRET"):
        return {"client_secret": secret}
    path = os.environ.get("AZURE_FEDERATED_TOKEN_FILE")
    if not path:
        return {}
    try:
        token = Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError):
        raise SigningError(f"azurekms: the token cannot be read from {path}") from None
    return {"client_assertion_type": _ASSERTION, "client_assertion": token}
