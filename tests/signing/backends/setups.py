"""Devices and services, real or faked, and how to address them."""

from __future__ import annotations

import base64
import functools
import json
import shlex
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    load_der_public_key,
)

from tests.servers import Reply, Request, secure, serve
from tests.signing.backends.answers import sign_data, sign_digest
from tests.signing.backends.world import certify, identity

SECRET = "0penSesame"
POST_QUANTUM = ("ml-dsa-44", "ml-dsa-65", "ml-dsa-87")
ALGS = ("es256", "es384", "es512", "ps256", "ps384", "ps512", "ed25519")


class Setting:
    """Where a test sets up what signs.

    Attributes:
        folder: For its files.
        set: Sets an environment variable.
        enter: Enters a context that is left after the test.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, stack: ExitStack) -> None:
        self.folder = folder
        self.set = monkeypatch.setenv
        self.patch = monkeypatch.setattr
        self.enter = stack.enter_context


# exec:

PROGRAM = """
import base64, json, sys
sys.path.insert(0, {here!r})
from pathlib import Path
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from answers import sign_data
folder = Path({folder!r})
if sys.argv[1:] == ["--signer-info"]:
    chain = (folder / "chain.pem").read_text()
    print(json.dumps({{"alg": {alg!r}, "sign_cert": chain, "tsa_url": "http://tsa.test"}}))
else:
    assert sys.argv[1:] == [], sys.argv
    key = load_pem_private_key((folder / "key.pem").read_bytes(), None)
    sys.stdout.buffer.write(sign_data(key, sys.stdin.buffer.read(), {alg!r}))
"""


def program(setting: Setting, alg: str) -> str:
    """A program with the protocol of signers for c2patool, which says who it is."""
    (setting.folder / "key.pem").write_bytes(identity(alg).pem)
    (setting.folder / "chain.pem").write_bytes(identity(alg).chain)
    path = setting.folder / "a signer.py"
    here = str(Path(__file__).resolve().parent)
    path.write_text(PROGRAM.format(here=here, folder=str(setting.folder), alg=alg))
    return f"exec:{sys.executable} {shlex.quote(str(path))}"


# pkcs11:

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")


def token(setting: Setting, alg: str) -> str:
    label = "ps256" if alg.startswith("ps") else alg
    return f"pkcs11:token=my%20token;object={label}?module-path={MODULE}&pin-value={SECRET}"


# https:


def service(alg: str) -> Callable[[Request], Reply]:
    def behave(request: Request) -> Reply:
        assert request.headers["Authorization"] == f"Bearer {SECRET}"
        if request.method == "GET":
            fields = {"alg": alg, "sign_cert": identity(alg).chain.decode()}
            return Reply(json.dumps(fields).encode(), "application/json")
        assert request.headers["Content-Type"] == "application/octet-stream"
        return Reply(sign_data(identity(alg).key, request.body, alg))

    return behave


def remote(setting: Setting, alg: str) -> str:
    setting.set("AIDISCLOSE_SIGNER_TOKEN", SECRET)
    setting.set("SSL_CERT_FILE", str(setting.folder / "ca.pem"))
    server = setting.enter(serve(service(alg), context=secure(setting.folder)))
    return f"{server.url}/sign"


# awskms:

SPECS = {
    "es256": "ECC_NIST_P256",
    "es384": "ECC_NIST_P384",
    "es512": "ECC_NIST_P521",
    "ps256": "RSA_2048",
    "ps384": "RSA_2048",
    "ps512": "RSA_2048",
}
AWS_CHAINS: dict[str, bytes] = {}


@functools.cache
def moto_server() -> str:
    """The address of a fake of AWS, which runs as long as the tests."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    return f"http://{host}:{port}"


def aws(setting: Setting, alg: str) -> str:
    pytest.importorskip("moto", reason="moto is not installed")
    boto3 = pytest.importorskip("boto3", reason="boto3 is not installed")
    # moto hashes what it is told to be a hash already; AWS does not.
    setting.patch("moto.kms.utils.ECDSAPrivateKey.sign", sign_hash_with_ec)
    setting.patch("moto.kms.utils.RSAPrivateKey.sign", sign_hash_with_rsa)
    setting.set("AWS_ENDPOINT_URL", moto_server())
    setting.set("AWS_ACCESS_KEY_ID", "test")
    setting.set("AWS_SECRET_ACCESS_KEY", SECRET)
    setting.set("AWS_EC2_METADATA_DISABLED", "true")
    client = boto3.client("kms", region_name="eu-central-1")
    made = client.create_key(KeySpec=SPECS[alg], KeyUsage="SIGN_VERIFY")["KeyMetadata"]
    public: Any = load_der_public_key(client.get_public_key(KeyId=made["KeyId"])["PublicKey"])
    AWS_CHAINS[alg] = certify(public)
    arn: str = made["Arn"]
    return f"awskms:{arn}"


def aws_with_ml_dsa(setting: Setting, alg: str) -> str:
    """A fake of what AWS answers: moto has no ML-DSA."""
    pytest.importorskip("boto3", reason="boto3 is not installed")

    def behave(request: Request) -> Reply:
        assert request.headers["X-Amz-Target"] == "TrentService.Sign"
        fields = json.loads(request.body)
        assert (fields["KeyId"], fields["MessageType"]) == ("alias/name", "EXTERNAL_MU")
        assert fields["SigningAlgorithm"] == "ML_DSA_SHAKE_256"
        key: Any = identity(alg).key
        signature = key.sign_mu(base64.b64decode(fields["Message"]))
        return as_json({"KeyId": "x", "Signature": base64.b64encode(signature).decode()})

    setting.set("AWS_ENDPOINT_URL", setting.enter(serve(behave)).url)
    setting.set("AWS_ACCESS_KEY_ID", "test")
    setting.set("AWS_SECRET_ACCESS_KEY", SECRET)
    setting.set("AWS_EC2_METADATA_DISABLED", "true")
    setting.set("AWS_REGION", "eu-central-1")
    setting.set("AWS_DEFAULT_REGION", "eu-central-1")
    return "awskms:alias/name"


def sign_hash_with_ec(self: Any, message: bytes, signing_algorithm: str) -> bytes:
    signature: bytes = self.private_key.sign(message, ec.ECDSA(Prehashed(hash_of(message))))
    return signature


def sign_hash_with_rsa(self: Any, message: bytes, signing_algorithm: str) -> bytes:
    hashed = hash_of(message)
    scheme = padding.PSS(padding.MGF1(hashed), hashed.digest_size)
    signature: bytes = self.private_key.sign(message, scheme, Prehashed(hashed))
    return signature


def hash_of(message: bytes) -> hashes.HashAlgorithm:
    return {32: hashes.SHA256(), 48: hashes.SHA384(), 64: hashes.SHA512()}[len(message)]


# gcpkms:

GCP = "projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1"


def google(alg: str) -> Callable[[Request], Reply]:
    def behave(request: Request) -> Reply:
        assert request.path == f"/v1/{GCP}:asymmetricSign"
        assert request.headers["Authorization"] == f"Bearer {SECRET}"
        fields = json.loads(request.body)
        if alg in ("ed25519", *POST_QUANTUM):
            signature = sign_data(identity(alg).key, base64.b64decode(fields["data"]), alg)
        else:
            ((name, value),) = fields["digest"].items()
            assert name == f"sha{alg[2:]}"
            signature = sign_digest(identity(alg).key, base64.b64decode(value), name)
        return as_json({"signature": base64.b64encode(signature).decode(), "name": GCP})

    return behave


def as_json(fields: object, status: int = 200) -> Reply:
    return Reply(json.dumps(fields).encode(), "application/json", status)


def gcp(setting: Setting, alg: str) -> str:
    server = setting.enter(serve(google(alg)))
    setting.set("CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS", f"{server.url}/")
    setting.set("GOOGLE_OAUTH_ACCESS_TOKEN", SECRET)
    return f"gcpkms:{GCP}"


# azurekms:


def vault(alg: str) -> Callable[[Request], Reply]:
    def behave(request: Request) -> Reply:
        assert request.path == "/keys/my-key/17/sign?api-version=7.4"
        assert request.headers["Authorization"] == f"Bearer {SECRET}"
        fields = json.loads(request.body)
        assert fields["alg"] == alg.upper()
        digest = base64.urlsafe_b64decode(fields["value"] + "==")
        signature = sign_digest(identity(alg).key, digest, f"sha{alg[2:]}")
        if alg.startswith("es"):
            signature = raw(signature, alg)
        value = base64.urlsafe_b64encode(signature).rstrip(b"=").decode()
        return as_json({"kid": "https://vault.test/keys/my-key/17", "value": value})

    return behave


def raw(signature: bytes, alg: str) -> bytes:
    """An ECDSA signature as Azure gives it: two numbers of fixed length."""
    width = {"es256": 32, "es384": 48, "es512": 66}[alg]
    return b"".join(each.to_bytes(width) for each in decode_dss_signature(signature))


def azure(setting: Setting, alg: str) -> str:
    setting.set("SSL_CERT_FILE", str(setting.folder / "ca.pem"))
    setting.set("AZURE_ACCESS_TOKEN", SECRET)
    server = setting.enter(serve(vault(alg), context=secure(setting.folder)))
    return f"azurekms:{server.url.removeprefix('https://')}/my-key/17"


Setup = Callable[[Setting, str], str]
SETUPS: dict[str, Setup] = {
    "exec": program,
    "pkcs11": token,
    "https": remote,
    "awskms": aws,
    "gcpkms": gcp,
    "azurekms": azure,
}
#: What a service does not sign with, or its fake does not.
WITHOUT = {("awskms", "ed25519"), ("azurekms", "ed25519")}
#: Which say themselves who they are.
INFORMED = ("exec", "https")


def prepare(request: pytest.FixtureRequest, setting: Setting, scheme: str, alg: str) -> str:
    if scheme == "pkcs11":
        request.getfixturevalue("softhsm")
    return SETUPS[scheme](setting, alg)


def chain_for(scheme: str, alg: str) -> bytes | None:
    if scheme in INFORMED:
        return None
    return AWS_CHAINS[alg] if scheme == "awskms" else identity(alg).chain
