"""Documents of issuers: where they are, when they are fetched, and what is refused."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import aidisclose as ad
from aidisclose import limits
from aidisclose.errors import Malformed, Unreachable
from aidisclose.identity import did
from aidisclose.io import http
from aidisclose.io.http import Answer
from aidisclose.validate import issuer as issuers
from aidisclose.validate.issuer import Issuers
from tests.identity.test_codes import ISSUER, NOW, by_credential, credential, encoded
from tests.manifest.build import TRUST
from tests.servers import Reply, secure, serve

WEB = "did:web:a.example"
ADDRESS = "https://a.example/.well-known/did.json"


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    issuers._answers.clear()
    yield
    issuers._answers.clear()


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """What addresses give; others give nothing. The list of those that were asked is under ``."""
    contents: dict[str, bytes] = {}

    def ask_public(url: str, *, media_type: str, timeout: float, limit: int) -> Answer:
        assert (timeout, limit) == (limits.DID_TIME, limits.DID_DOCUMENT_SIZE)
        assert "application/did+json" in media_type
        contents[""] = contents.get("", b"") + url.encode() + b" "
        if url not in contents:
            raise Unreachable("its name is not known here")
        data = contents[url]
        return Answer(200 if data else 404, media_type, data)

    monkeypatch.setattr(http, "ask_public", ask_public)
    return contents


def asked(web: dict[str, bytes]) -> list[str]:
    return web.get("", b"").decode().split()


def document(subject: str = WEB) -> bytes:
    numbers = ISSUER.public_key().public_numbers()  # type: ignore[union-attr]
    x, y = (encoded(number.to_bytes(32)) for number in (numbers.x, numbers.y))  # type: ignore[union-attr]
    jwk = {"kty": "EC", "crv": "P-256", "x": x, "y": y}
    method = {"id": "#key", "controller": subject, "publicKeyJwk": jwk}
    fields = {"id": subject, "verificationMethod": [method], "assertionMethod": ["#key"]}
    return json.dumps(fields).encode()


def verify(
    *, named: str = WEB, online: bool = True, **options: Any
) -> tuple[ad.Identity, set[str]]:
    data = by_credential(credential(issuer=named))
    trust = TRUST | ad.TrustConfig.for_identities(issuers=[named], **options)
    report = ad.verify(data, trust=trust, at=NOW, online=online)
    assert report.state is ad.State.TRUSTED
    [found] = report.identities
    return found, {each.code for each in report.statuses.failure if "cawg" in each.code}


@pytest.mark.parametrize(
    ("name", "address"),
    [
        (WEB, ADDRESS),
        (f"{WEB}#key-1", ADDRESS),
        ("did:web:a.example:user:ann", "https://a.example/user/ann/did.json"),
        ("did:web:a.example%3A8443", "https://a.example:8443/.well-known/did.json"),
        ("did:web:a.example%3A8443:x", "https://a.example:8443/x/did.json"),
        ("did:web:xn--bcher-kva.example", "https://xn--bcher-kva.example/.well-known/did.json"),
        ("did:jwk:e30", None),
        ("did:key:z6Mk", None),
    ],
)
def test_where_a_document_is(name: str, address: str | None) -> None:
    assert did.address(name) == address


@pytest.mark.parametrize(
    "name",
    [
        "did:web:",
        "did:web::x",
        "did:web:a.example:",
        "did:web:a.example:..:x",
        "did:web:a.example:.",
        "did:web:a.example/../x",
        "did:web:ann@a.example",
        "did:web:a.example%3A0",
        "did:web:a.example%3A8443%3A1",
        "did:web:a.example%2Fx",
        "did:web:a.example%40b.example",
        "did:web:127.0.0.1",
        "did:web:[%3A%3A1]",
        "did:web:%5B%3A%3A1%5D",
        "did:web:a.example\n",
        "did:web:a example",
        "did:web:a.example:x?y",
        "did:web:-a.example",
        "did:web:" + "a" * 3_000,
    ],
)
def test_identifiers_that_name_no_site(name: str) -> None:
    with pytest.raises(Malformed, match="no identifier of a web site"):
        did.address(name)


def test_a_document_is_fetched_when_online(web: dict[str, bytes]) -> None:
    web[ADDRESS] = document()
    found, failures = verify()
    assert (found.standing, failures) == ("trusted", set())
    assert asked(web) == [ADDRESS]


def test_nothing_is_fetched_offline(web: dict[str, bytes]) -> None:
    web[ADDRESS] = document()
    found, failures = verify(online=False)
    blocked = {"cawg.ica.did_unavailable", "cawg.identity.network_traffic_blocked"}
    assert (found.standing, failures) == ("unknown", blocked)
    assert asked(web) == []


def test_a_document_at_hand_is_not_fetched(web: dict[str, bytes]) -> None:
    found, _ = verify(documents=[(WEB, document())])
    assert found.standing is ad.IdentityStanding.TRUSTED
    assert asked(web) == []


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (None, "cawg.ica.did_unavailable"),
        (b"", "cawg.ica.did_unavailable"),
        (b"<html>", "cawg.ica.invalid_did_document"),
        (document("did:web:b.example"), "cawg.ica.invalid_did_document"),
        (json.dumps({"id": WEB}).encode(), "cawg.ica.invalid_did_document"),
    ],
)
def test_documents_that_do_not_serve(data: bytes | None, code: str, web: dict[str, bytes]) -> None:
    if data is not None:
        web[ADDRESS] = data
    found, failures = verify()
    standing = "unknown" if code.endswith("unavailable") else "invalid"
    assert (found.standing, failures) == (standing, {code})


def test_an_identifier_that_names_no_site_is_not_asked(web: dict[str, bytes]) -> None:
    _, failures = verify(named="did:web:127.0.0.1")
    assert failures == {"cawg.ica.invalid_did_document"}
    assert asked(web) == []


def test_an_answer_is_remembered_for_a_while(
    web: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    web[ADDRESS] = document()
    for _ in range(3):
        verify()
    assert asked(web) == [ADDRESS]
    monkeypatch.setattr(limits, "DID_MEMORY", 0.0)
    verify()
    assert asked(web) == [ADDRESS, ADDRESS]


def test_failures_are_remembered_too(web: dict[str, bytes]) -> None:
    """Of a thousand files whose issuer is gone, one waits for it."""
    for _ in range(3):
        verify()
    assert asked(web) == [ADDRESS]


def test_few_sites_are_asked_for_one_file(web: dict[str, bytes]) -> None:
    found = Issuers((), online=True)
    names = [f"did:web:{number}.example" for number in range(50)]
    for name in names:
        with pytest.raises(did.Unavailable):
            found.documents(name)
    assert len(asked(web)) == limits.DID_DOCUMENTS
    with pytest.raises(did.Unavailable, match="more than 4 issuers"):
        found.documents(names[-1])


def test_what_is_remembered_is_bounded(web: dict[str, bytes]) -> None:
    for number in range(limits.DID_ANSWERS + 10):
        with pytest.raises(did.Unavailable):
            Issuers((), online=True).documents(f"did:web:{number}.example")
    assert len(issuers._answers) == limits.DID_ANSWERS


def test_the_guarded_fetcher_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real server with TLS; this machine counts as public here."""
    context = secure(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with serve(lambda _: Reply(made[0], "application/json"), context=context) as server:
        port = server.url.rpartition(":")[2]
        name = f"did:web:localhost%3A{port}:issuer"
        made = [document(name)]
        refused = Issuers((), online=True)
        with pytest.raises(did.Unavailable, match="not on the public internet"):
            refused.documents(name)
        assert server.requests == []
        issuers._answers.clear()
        monkeypatch.setattr(http, "_is_public", lambda address: address == "127.0.0.1")
        found, failures = verify(named=name)
    assert (found.standing, failures) == ("trusted", set())
    assert [each.path for each in server.requests] == ["/issuer/did.json"]


LIST_AT = "https://list.example/1"


def said(call: Callable[[], object]) -> str:
    with pytest.raises(Malformed) as caught:
        call()
    return caught.value.reason


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (None, f"{WEB}: its document cannot be fetched: its name is not known here"),
        (b"", f"{WEB}: its document cannot be fetched: HTTP 404"),
        (
            document("did:web:b.example"),
            f"the document at {ADDRESS} is about did:web:b.example",
        ),
    ],
)
def test_why_a_document_does_not_serve(
    data: bytes | None, reason: str, web: dict[str, bytes]
) -> None:
    if data is not None:
        web[ADDRESS] = data
    assert said(lambda: Issuers((), online=True).documents(f"{WEB}#key")) == reason


@pytest.mark.parametrize(
    ("online", "address", "reason"),
    [
        (False, LIST_AT, "whether the credential was revoked is not looked up"),
        (True, "http://list.example/1", "the status list is not at an address with https"),
        (True, "did:web:x", "the status list is not at an address with https"),
        (True, LIST_AT, "the status list cannot be fetched: its name is not known here"),
    ],
)
def test_why_a_status_list_is_not_looked_up(
    online: bool, address: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds: list[str] = []

    def ask_public(url: str, *, media_type: str, timeout: float, limit: int) -> Answer:
        kinds.append(media_type)
        raise Unreachable("its name is not known here")

    monkeypatch.setattr(http, "ask_public", ask_public)
    assert said(lambda: Issuers((), online=online).status_list(address)) == reason
    assert all("vc" in each for each in kinds)


def test_how_many_status_lists_are_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for: list[str] = []

    def ask_public(url: str, **_: object) -> Answer:
        asked_for.append(url)
        return Answer(404, "", b"")

    monkeypatch.setattr(http, "ask_public", ask_public)
    found = Issuers((), online=True)
    for number in range(limits.STATUS_LISTS):
        assert said(partial(found.status_list, f"{LIST_AT}{number}")) == (
            "the status list cannot be fetched: HTTP 404"
        )
    for _ in range(2):
        assert said(lambda: found.status_list(f"{LIST_AT}x")) == (
            f"the file names more than {limits.STATUS_LISTS} status lists"
        )
    assert said(lambda: found.status_list(f"{LIST_AT}0")).endswith("HTTP 404")
    assert len(asked_for) == limits.STATUS_LISTS


def test_how_many_issuers_are_looked_up(web: dict[str, bytes]) -> None:
    found = Issuers((), online=True)
    names = [f"did:web:{number}.example" for number in range(limits.DID_DOCUMENTS + 1)]
    for name in names[:-1]:
        assert said(partial(found.documents, name)).endswith("its name is not known here")
    assert said(lambda: found.documents(names[-1])) == (
        f"the file names more than {limits.DID_DOCUMENTS} issuers"
    )
    assert said(lambda: found.documents(names[0])).endswith("its name is not known here")


def test_the_oldest_answer_is_forgotten_first(
    web: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "DID_ANSWERS", 2)
    names = [f"did:web:{letter}.example" for letter in "abc"]
    for name in (*names[:2], names[0], names[2]):
        said(partial(Issuers((), online=True).documents, name))
    assert [each.split("/")[2] for each in issuers._answers] == ["b.example", "c.example"]
    assert len(asked(web)) == 3


def test_answers_grow_old(web: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([100.0, 100.0 + limits.DID_MEMORY - 1, 100.0 + limits.DID_MEMORY])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    for count in (1, 1, 2):
        said(lambda: Issuers((), online=True).documents(WEB))
        assert len(asked(web)) == count


def test_what_is_at_hand(web: dict[str, bytes]) -> None:
    found = Issuers([(WEB, document())], online=True)
    assert list(found.documents(f"{WEB}#key")) == [WEB]
    assert Issuers((), online=False).documents(WEB) == {}
    assert asked(web) == []
