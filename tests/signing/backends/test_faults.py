"""What devices and services do wrong: one line each, without the secrets that they were given."""

from __future__ import annotations

import base64
import json
import shlex
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from aidisclose.errors import SigningError, Unreachable
from aidisclose.signing import backends
from aidisclose.signing.signer import Signer
from tests.servers import Reply, Request, closed_port, secure, serve
from tests.signing.backends.setups import (
    AWS_CHAINS,
    MODULE,
    SECRET,
    Setting,
    Setup,
    as_json,
    aws,
    azure,
    gcp,
    remote,
)
from tests.signing.backends.world import identity


def shell(script: str) -> str:
    return f"exec:sh -c {shlex.quote(script)} {SECRET}"


def broken_service(reply: Reply) -> Setup:
    def setup(setting: Setting, alg: str) -> str:
        remote(setting, alg)
        server = setting.enter(serve(lambda _: reply, context=secure(setting.folder)))
        return server.url

    return setup


def down(setting: Setting, alg: str) -> str:
    setting.set("AIDISCLOSE_SIGNER_TOKEN", SECRET)
    return closed_port().replace("http:", f"https://me:{SECRET}@", 1).replace("@//", "@")


def strange_token(attributes: str) -> Setup:
    def setup(setting: Setting, alg: str) -> str:
        setting.set("PKCS11_MODULE_PATH", str(MODULE))
        setting.set("PKCS11_PIN", SECRET)
        return f"pkcs11:{attributes}"

    return setup


def aws_with(*, key: str = "", exists: bool = True, down_: bool = False) -> Setup:
    def setup(setting: Setting, alg: str) -> str:
        uri = aws(setting, alg)
        if down_:
            setting.set("AWS_ENDPOINT_URL", closed_port())
            setting.set("AWS_MAX_ATTEMPTS", "1")
        if not exists:
            return "awskms:arn:aws:kms:eu-central-1:1:key/none"
        return f"awskms:{key}" if key else uri

    return setup


def without_region(setting: Setting, alg: str) -> str:
    aws(setting, alg)
    setting.set("HOME", str(setting.folder))
    return "awskms:alias/name"


def without_aws_identity(setting: Setting, alg: str) -> str:
    uri = aws(setting, alg)
    setting.set("AWS_ACCESS_KEY_ID", "")
    setting.set("AWS_CONFIG_FILE", str(setting.folder / "none"))
    setting.set("AWS_SHARED_CREDENTIALS_FILE", str(setting.folder / "none"))
    return uri


def google_says(reply: Reply) -> Setup:
    def setup(setting: Setting, alg: str) -> str:
        uri = gcp(setting, alg)
        server = setting.enter(serve(lambda _: reply))
        setting.set("CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS", server.url)
        return uri

    return setup


def azure_says(reply: Reply) -> Setup:
    def setup(setting: Setting, alg: str) -> str:
        azure(setting, alg)
        server = setting.enter(serve(lambda _: reply, context=secure(setting.folder)))
        return f"azurekms:{server.url.removeprefix('https://')}/my-key/17"

    return setup


def fixed(uri: str) -> Setup:
    return lambda setting, alg: uri


DENIED = {"error": {"code": 403, "message": "Permission denied\n on resource", "status": "X"}}
NOBODY = {"error": "invalid_client", "error_description": "AADSTS7000215: wrong"}

#: What goes wrong → how, whether the chain is given, and the line about it.
FAULTS: dict[str, tuple[Setup, bool, str]] = {
    "no program": (fixed("exec:/no/such/program x"), True, "cannot be run: No such file"),
    "an odd quote": (fixed("exec:sh -c 'x"), True, "the command of exec: cannot be read: No clos"),
    "no command": (fixed("exec: "), True, "the address exec: of a signer names no program"),
    "a program that fails": (
        fixed(shell("echo no token >&2; exit 3")),
        True,
        r"the signer sh failed \(status 3\): no token",
    ),
    "a silent program": (fixed(shell("exit 3")), True, r"\(status 3\): it says nothing more"),
    "a program without output": (fixed(shell("true")), True, "wrote nothing to its standard out"),
    "a program that talks": (
        fixed(shell("head -c 1100000 /dev/zero")),
        True,
        "the signer sh wrote 1100000 bytes",
    ),
    "a program that does not know itself": (
        fixed(shell("echo hello")),
        False,
        "sh --signer-info: no JSON with alg and sign_cert; give the chain yourself",
    ),
    "a program for another algorithm": (
        fixed(shell("""echo '{"alg": "rs256", "sign_cert": "x"}'""")),
        False,
        "sh --signer-info: the algorithm 'rs256' is not one of C2PA",
    ),
    "a program without certificates": (
        fixed(shell("""echo '{"alg": "es256", "sign_cert": "x"}'""")),
        False,
        "the chain file is neither PEM nor DER",
    ),
    "a service that is down": (down, True, "the signer https://127.*: it refuses connections"),
    "a service that refuses": (
        broken_service(Reply(b"go\naway", status=403)),
        False,
        r"the signer https://127.* answers with an error \(HTTP 403\): go away",
    ),
    "a service that is busy": (
        broken_service(Reply(b"later", status=503)),
        False,
        r"the signer https://127.* answers with an error \(HTTP 503\): later",
    ),
    "a service that does not know itself": (
        broken_service(Reply(b"<html>", "text/html")),
        False,
        "no JSON with alg and sign_cert",
    ),
    "no module": (fixed("pkcs11:object=x"), True, "name the library of the token with"),
    "no library": (
        fixed("pkcs11:object=x?module-path=/no/such.so"),
        True,
        "pkcs11: .*/no/such.so",
    ),
    "no object": (strange_token("token=x"), True, "name the private key with object= or id="),
    "an attribute without value": (strange_token("token;object=x"), True, "'token' in the address"),
    "an attribute twice": (strange_token("id=a;id=b"), True, "'id' in the address is not unders"),
    "no such token": (strange_token("token=none;object=x"), True, "no such token"),
    "no such slot": (strange_token("slot-id=9;object=x"), True, "no such token"),
    "no such key": (strange_token("token=my%20token;object=x"), True, "no such private key in"),
    "no PIN file": (
        strange_token("object=x?pin-source=file:/no/such"),
        True,
        "the PIN cannot be read from /no/such",
    ),
    "no such AWS key": (aws_with(exists=False), True, "awskms: NotFoundException: "),
    "AWS is down": (aws_with(down_=True), True, "awskms: Could not connect to the endpoint URL"),
    "no region": (without_region, True, "awskms: You must specify a region"),
    "no AWS identity": (without_aws_identity, True, "awskms: .*credentials"),
    "no version": (
        fixed("gcpkms:projects/p/locations/l/keyRings/r/cryptoKeys/k"),
        True,
        "gcpkms: name a version of a key",
    ),
    "Google refuses": (
        google_says(as_json(DENIED, 403)),
        True,
        r"gcpkms: HTTP 403 from http://127.*:asymmetricSign: Permission denied on resource",
    ),
    "Google says nothing": (google_says(as_json({})), True, "not one of es256"),
    "Google says something odd": (
        google_says(as_json({"signature": "§"})),
        True,
        "gcpkms: the answer holds no signature",
    ),
    "Google answers a page": (
        google_says(Reply(b"<html>", "text/html")),
        True,
        "answers with something else than JSON",
    ),
    "no Azure key": (fixed("azurekms:vault.azure.net"), True, "azurekms: name a key: VAULT"),
    "Azure refuses": (azure_says(as_json(DENIED, 401)), True, "azurekms: HTTP 401 .*: Permission"),
    "Azure says something odd": (azure_says(as_json({"value": "x"})), True, "no signature"),
}


#: Those after which another attempt may succeed: scripts that retry go by the exit code.
PASSING: Final = {"a service that is down", "a service that is busy", "AWS is down"}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_a_device_does_wrong_is_one_line_without_secrets(
    request: pytest.FixtureRequest, setting: Setting, fault: str
) -> None:
    setup, with_chain, line = FAULTS[fault]
    uri = setup(setting, "es256")
    if uri.startswith("pkcs11"):
        request.getfixturevalue("softhsm")
    chain = AWS_CHAINS.get("es256", identity().chain) if with_chain else None
    with pytest.raises(SigningError, match=line) as caught:
        sign(uri, chain)
    assert "\n" not in str(caught.value)
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert isinstance(caught.value.__cause__, Unreachable) is (fault in PASSING)


def sign(uri: str, chain: bytes | None) -> None:
    signer = Signer.from_uri(uri, chain=chain)
    assert SECRET not in repr(signer)
    signer.sign(b"data")


def test_a_wrong_pin_is_said_and_not_shown(softhsm: Path, setting: Setting) -> None:
    """In a process of its own: a right PIN counts for all sessions of a process."""
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from aidisclose.signing.signer import Signer\n"
        "Signer.from_uri(sys.argv[2], chain=open(sys.argv[3], 'rb').read()).sign(b'data')\n"
    )
    (setting.folder / "chain.pem").write_bytes(identity().chain)
    uri = f"pkcs11:token=my%20token;id=%01?module-path={MODULE}&pin-value=4321{SECRET}"
    package = str(Path(backends.__file__).parents[3])
    done = subprocess.run(
        [sys.executable, "-c", script, package, uri, str(setting.folder / "chain.pem")],
        capture_output=True,
        text=True,
    )
    assert "pkcs11: the PIN is wrong" in done.stderr
    assert SECRET not in done.stderr


@pytest.mark.parametrize("way", ["pin-value", "pin-source", "PKCS11_PIN", "password"])
def test_ways_to_give_a_pin(softhsm: Path, setting: Setting, way: str) -> None:
    query = f"module-path={MODULE}"
    if way == "pin-value":
        query += f"&pin-value={SECRET}"
    if way == "pin-source":
        (setting.folder / "pin").write_text(f"{SECRET}\n")
        query += f"&pin-source=file:{setting.folder}/pin"
    if way == "PKCS11_PIN":
        setting.set("PKCS11_PIN", SECRET)
    password = SECRET.encode() if way == "password" else None
    uri = f"pkcs11:token=my%20token;id=%01?{query}"
    Signer.from_uri(uri, chain=identity().chain, password=password).sign(b"data")


def token_service(kind: str) -> Callable[[Request], Reply]:
    """What gives access tokens, for 3,600 seconds."""

    def behave(request: Request) -> Reply:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        if kind == "gcp metadata":
            assert request.headers["Metadata-Flavor"] == "Google"
            assert request.path.endswith("/instance/service-accounts/default/token")
        elif kind == "gcp account":
            assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
            check_assertion(form["assertion"])
        elif kind == "azure metadata":
            assert request.headers["Metadata"] == "true"
            assert "resource=https%3A%2F%2Fvault.azure.net" in request.path
        else:
            assert request.path == "/my-tenant/oauth2/v2.0/token"
            assert form["client_id"] == "my-client"
            assert form["scope"] == "https://vault.azure.net/.default"
            proof = "client_secret" if kind == "azure secret" else "client_assertion"
            assert form[proof] == "proof"
        return as_json({"access_token": SECRET, "expires_in": "3600", "token_type": "Bearer"})

    return behave


ACCOUNT_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def check_assertion(text: str) -> None:
    """It is signed by the service account, for what it needs, and for an hour."""
    head, body, signature = (base64.urlsafe_b64decode(part + "==") for part in text.split("."))
    signed = text.rpartition(".")[0].encode()
    ACCOUNT_KEY.public_key().verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    assert json.loads(head) == {"alg": "RS256", "typ": "JWT"}
    claims = json.loads(body)
    assert claims["iss"] == "me@p.iam.test"
    assert claims["scope"] == "https://www.googleapis.com/auth/cloudkms"
    assert claims["exp"] - claims["iat"] == 3600


def introduce(setting: Setting, kind: str, url: str) -> None:
    """Say who asks, in one of the ways of the clouds."""
    if kind == "gcp metadata":
        setting.set("GCE_METADATA_HOST", url.removeprefix("http://"))
    elif kind == "gcp account":
        key = ACCOUNT_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        fields = {"client_email": "me@p.iam.test", "private_key": key.decode(), "token_uri": url}
        (setting.folder / "account.json").write_text(json.dumps(fields))
        setting.set("GOOGLE_APPLICATION_CREDENTIALS", str(setting.folder / "account.json"))
    elif kind == "azure metadata":
        setting.set("AZURE_POD_IDENTITY_AUTHORITY_HOST", url)
    else:
        setting.set("AZURE_AUTHORITY_HOST", url)
        setting.set("AZURE_TENANT_ID", "my-tenant")
        setting.set("AZURE_CLIENT_ID", "my-client")
        (setting.folder / "token").write_text("proof\n")
        if kind == "azure secret":
            setting.set("AZURE_CLIENT_SECRET", "proof")
        else:
            setting.set("AZURE_FEDERATED_TOKEN_FILE", str(setting.folder / "token"))


@pytest.mark.parametrize(
    "kind",
    ["gcp metadata", "gcp account", "azure metadata", "azure secret", "azure federated token"],
)
def test_ways_to_say_who_asks(setting: Setting, kind: str) -> None:
    uri = (gcp if kind.startswith("gcp") else azure)(setting, "es256")
    for name in ("GOOGLE_OAUTH_ACCESS_TOKEN", "AZURE_ACCESS_TOKEN"):
        setting.set(name, "")
    server = setting.enter(serve(token_service(kind)))
    introduce(setting, kind, server.url)
    signer = Signer.from_uri(uri, chain=identity().chain)
    for _ in range(3):
        signer.sign(b"data")
    assert len(server.requests) == 1  # the token is kept


@pytest.mark.parametrize(
    ("kind", "reply", "line"),
    [
        ("azure secret", as_json(NOBODY, 401), "HTTP 401 from http://127.*token: AADSTS7000215"),
        ("azure secret", as_json({}), "azurekms: the answer holds no access token"),
        ("azure metadata", Reply(status=404), "azurekms: no identity: set AZURE_ACCESS_TOKEN, or"),
        ("gcp metadata", Reply(status=404), "gcpkms: no account: set GOOGLE_OAUTH_ACCESS_TOKEN"),
        ("gcp account", as_json(NOBODY, 400), "gcpkms: HTTP 400 from http://127.*: AADSTS7000215"),
    ],
)
def test_an_identity_that_is_not_accepted_is_one_line(
    setting: Setting, kind: str, reply: Reply, line: str
) -> None:
    uri = (gcp if kind.startswith("gcp") else azure)(setting, "es256")
    for name in ("GOOGLE_OAUTH_ACCESS_TOKEN", "AZURE_ACCESS_TOKEN"):
        setting.set(name, "")
    server = setting.enter(serve(lambda _: reply))
    introduce(setting, kind, server.url)
    signer = Signer.from_uri(uri, chain=identity().chain)
    with pytest.raises(SigningError, match=line) as caught:
        signer.sign(b"data")
    text = "".join(traceback.format_exception(caught.value))
    assert "proof" not in text
    assert "PRIVATE KEY" not in text


@pytest.mark.parametrize("content", [b"{}", b"[]", b"x", None])
def test_a_service_account_that_cannot_be_read(setting: Setting, content: bytes | None) -> None:
    uri = gcp(setting, "es256")
    setting.set("GOOGLE_OAUTH_ACCESS_TOKEN", "")
    path = setting.folder / "account.json"
    setting.set("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    if content is not None:
        path.write_bytes(content)
    signer = Signer.from_uri(uri, chain=identity().chain)
    with pytest.raises(SigningError, match=r"account\.json holds no service account with its key"):
        signer.sign(b"data")


def test_a_library_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for scheme, module, extra in (("pkcs11", "pkcs11", "pkcs11"), ("awskms", "boto3", "aws")):
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(SigningError, match=rf"pip install 'aidisclose\[{extra}\]'"):
            Signer.from_uri(f"{scheme}:object=x", chain=identity().chain)
