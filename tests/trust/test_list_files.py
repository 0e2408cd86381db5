"""Files of trust lists to the letter: what is written, what is read, and what is refused."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from aidisclose import limits
from aidisclose.errors import TrustConfigError
from aidisclose.trust import download, lists, products, snapshot
from aidisclose.trust.certificate import Certificate
from aidisclose.trust.lists import ListedCertificate, Purpose, TrustList
from aidisclose.trust.profile import CLAIM_SIGNING, TIME_STAMPING
from aidisclose.trust.snapshot import Snapshot
from tests.trust import pki
from tests.trust.pki import DAY
from tests.trust.test_lists import SINCE, document, encoded, service
from tests.trust.test_products import record

NOW: Final = datetime(2026, 11, 23, 12, 0, 0, 5, tzinfo=UTC)
ROOT: Final = pki.root().certificate
OTHER: Final = pki.root("p384").certificate
SIGNER: Final = pki.signer().certificate

LISTED: Final = TrustList(
    name="firm",
    kind=Purpose.SIGNERS,
    entries=(
        ListedCertificate(ROOT, NOW - DAY, NOW + DAY),
        ListedCertificate(OTHER),
    ),
    title="Firms",
    source="https://example.com/list",
    purposes=frozenset({"1.2.3", "1.1"}),
    sequence=7,
    issued=datetime(2026, 8, 5, tzinfo=UTC),
    next_update=datetime(2027, 8, 5, tzinfo=UTC),
    fetched=datetime(2026, 9, 5, tzinfo=UTC),
    is_interim=True,
)
BARE: Final = TrustList(name="bare", kind=Purpose.SIGNERS, entries=(ListedCertificate(ROOT),))


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(TrustConfigError) as caught:
        call()
    return str(caught.value)


def pem(certificate: Certificate) -> list[str]:
    text = base64.b64encode(certificate.der).decode()
    body = [text[at : at + 64] for at in range(0, len(text), 64)]
    return ["-----BEGIN CERTIFICATE-----", *body, "-----END CERTIFICATE-----"]


def test_the_whole_file() -> None:
    written = lists.encode(LISTED).decode()
    assert written.split("\n") == [
        "aidisclose trust list 1",
        "Title: Firms",
        "Source: https://example.com/list",
        "Purposes: 1.1 1.2.3",
        "Sequence: 7",
        "Issued: 2026-08-05T00:00:00+00:00",
        "Next-Update: 2027-08-05T00:00:00+00:00",
        "Fetched: 2026-09-05T00:00:00+00:00",
        "Interim: yes",
        "",
        "Subject: Root p256 0",
        "Not-Before: 2026-11-22T12:00:00.000005+00:00",
        "Not-After: 2026-11-24T12:00:00.000005+00:00",
        *pem(ROOT),
        "",
        "Subject: Root p384 0",
        *pem(OTHER),
        "",
    ]
    assert lists.parse(written.encode(), name="firm", kind=Purpose.SIGNERS) == LISTED


def test_the_least_file() -> None:
    written = lists.encode(BARE).decode()
    assert written.split("\n") == [
        "aidisclose trust list 1",
        "",
        "Subject: Root p256 0",
        *pem(ROOT),
        "",
    ]
    assert lists.parse(written.encode(), name="bare", kind=Purpose.SIGNERS) == BARE


def test_hashes_of_signers() -> None:
    found = TrustList(
        name="names", kind=Purpose.ALLOWED, entries=(), hashes=frozenset({b"\1" * 32, b"\2" * 32})
    )
    written = lists.encode(found)
    lines = [base64.b64encode(bytes([each]) * 32).decode() for each in (1, 2)]
    assert written.decode().split("\n") == ["aidisclose trust list 1", "", *lines, ""]
    assert lists.parse(written, name="names", kind=Purpose.ALLOWED) == found
    digits = b"\n".join([b"01" * 32, b":".join([b"02"] * 32)])
    assert lists.parse(digits, name="names", kind=Purpose.ALLOWED).hashes == found.hashes
    for kind in (Purpose.SIGNERS, Purpose.TSA, Purpose.IDENTITIES):
        said = refused(partial(lists.parse, written, name="names", kind=kind))
        assert said == (
            "no usable certificate, but hashes of those of signers: --allowed trusts these"
        )


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no usable certificate"),
        (
            b"x" * (limits.TRUST_LIST_SIZE + 1),
            f"a trust list of more than {limits.TRUST_LIST_SIZE} bytes",
        ),
        (b" \n {", "no list of trusted entities in JSON (ETSI TS 119 602)"),
        (pki.signer().pem, "no usable certificate ('Signer' is not a CA and vouches for nobody)"),
        (
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "no usable certificate (certificate 1 cannot be read)",
        ),
        (pki.root().pem[:-30], "no usable certificate (a certificate that is cut off)"),
        (
            encoded(service(pki.root().der), title="C2PA TSA List").replace(
                b"2026-08-05T00:11:39Z", b"2026-08-05T00:11:39"
            ),
            "a time without its zone",
        ),
    ],
)
def test_what_is_no_list(data: bytes, said: str) -> None:
    assert refused(lambda: lists.parse(data, name="x")) == said


def test_a_line_of_a_certificate_is_no_hash() -> None:
    """One in some 64 ends with a line that could be one: `--allowed` would be no help."""
    line = base64.b64encode(bytes(32))
    data = b"-----BEGIN CERTIFICATE-----\n" + line + b"\n-----END CERTIFICATE-----\n"
    said = "no usable certificate (certificate 1 cannot be read)"
    assert refused(lambda: lists.parse(data, name="x")) == said


def test_the_largest_list() -> None:
    data = pki.root().pem
    data += b"\n" * (limits.TRUST_LIST_SIZE - len(data))
    assert len(lists.parse(data, name="x").entries) == 1


def test_space_may_stand_before_json() -> None:
    assert lists.parse(b" \r\n\t" + encoded(service(ROOT.der)), name="x").sequence == 7


def test_a_list_of_stamps_names_no_signers() -> None:
    data = encoded(service(ROOT.der), title="C2PA TSA List " + "x" * 99)
    for kind in (Purpose.SIGNERS, Purpose.ALLOWED):
        said = refused(partial(lists.parse, data, name="x", kind=kind))
        assert said == f"'C2PA TSA List {'x' * 65} is about time stamp authorities: --tsa"
    for stamps in (Purpose.TSA, None):
        found = lists.parse(data, name="x", kind=stamps)
        assert (found.kind, found.purposes) == (Purpose.TSA, frozenset({TIME_STAMPING}))
    found = lists.parse(encoded(service(ROOT.der), title="xTSA"), name="x")
    assert (found.kind, found.purposes) == (Purpose.SIGNERS, frozenset({CLAIM_SIGNING}))


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({}, "an entry without status, time or certificates"),
        (
            service(ROOT.der, since="x")["ServiceInformation"],
            "an entry whose time cannot be read",
        ),
        (
            {
                **service(ROOT.der)["ServiceInformation"],
                "ServiceDigitalIdentity": {"X509Certificates": [{"val": "AAAA"}]},
            },
            "a certificate that cannot be read: ",
        ),
        (
            {
                **service(ROOT.der)["ServiceInformation"],
                "ServiceDigitalIdentity": {
                    "X509Certificates": [{"val": base64.b64encode(ROOT.der).decode() + "\n!"}]
                },
            },
            "a certificate that cannot be read: ",
        ),
    ],
)
def test_problems_of_entries(entry: dict[str, Any], problem: str) -> None:
    found = lists.parse(encoded({"ServiceInformation": entry}, service(OTHER.der)), name="x")
    assert [each.certificate for each in found.entries] == [OTHER]
    (said,) = found.problems
    assert said.startswith(problem)


def test_the_period_of_an_entry() -> None:
    since = datetime.fromisoformat(SINCE)
    later = datetime(2026, 3, 1, tzinfo=UTC)
    trusted, ended = (
        service(ROOT.der),
        service(ROOT.der, status="withdrawn", since=later.isoformat()),
    )
    for each in ([trusted, ended], [ended, trusted]):
        (entry,) = lists.parse(encoded(*each), name="x").entries
        assert entry == ListedCertificate(ROOT, since, later)
    again = service(ROOT.der, since=(later + DAY).isoformat())
    (entry,) = lists.parse(encoded(trusted, ended, again), name="x").entries
    assert entry == ListedCertificate(ROOT, later + DAY, None)
    at_once = service(ROOT.der, status="withdrawn", since=SINCE)
    (entry,) = lists.parse(encoded(trusted, at_once), name="x").entries
    assert entry == ListedCertificate(ROOT, since, since)
    twice = service(ROOT.der, status="withdrawn", since=(later + DAY).isoformat())
    (entry,) = lists.parse(encoded(twice, ended), name="x").entries
    assert entry == ListedCertificate(ROOT, None, later)


def test_how_many_certificates_there_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TRUST_ANCHORS", 2)
    both = pki.root().pem + pki.root("p384").pem
    assert len(lists.parse(both, name="x").entries) == 2
    assert len(lists.parse(encoded(service(ROOT.der), service(OTHER.der)), name="x").entries) == 2
    assert refused(lambda: lists.parse(both + pki.root().pem, name="x")) == (
        "more than 2 certificates"
    )
    three = encoded(*[service(ROOT.der)] * 3)
    assert refused(lambda: lists.parse(three, name="x")) == "more than 2 certificates"
    hashes = "\n".join(f"{each:064x}" for each in range(3)).encode()
    assert refused(lambda: lists.parse(hashes, name="x", kind=Purpose.ALLOWED)) == (
        "more than 2 hashes"
    )
    assert len(lists.parse(hashes[:-65], name="x", kind=Purpose.ALLOWED).hashes) == 2


def test_fields_of_others_say_nothing() -> None:
    written = lists.encode(LISTED).replace(b"aidisclose trust list 1", b"another list")
    found = lists.parse(written, name="firm", kind=Purpose.SIGNERS)
    assert found == TrustList(
        name="firm",
        kind=Purpose.SIGNERS,
        entries=(ListedCertificate(ROOT), ListedCertificate(OTHER)),
    )


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-01T00:00:00+00:00", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-01T02:00:00+02:00", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-01T00:00:00", None),
        ("x", None),
        ("", None),
        (None, None),
        ("0001-01-01T00:00:00+23:59", None),
    ],
)
def test_times(text: str | None, moment: datetime | None) -> None:
    assert lists._time(text) == moment


OFFICIAL: Final = ("https://c2pa.org/trustlist", "c2pa.trustList")
OFFICIAL_TSA: Final = ("https://c2pa.org/trustlist-tsa", "c2pa.tsaTrustList")
ELSEWHERE: Final = ("https://a", "aidisclose.trustList")


@pytest.mark.parametrize(
    ("name", "kind", "source", "sequence", "issued", "reference"),
    [
        (
            "c2pa",
            Purpose.SIGNERS,
            "",
            7,
            None,
            (*OFFICIAL, "7"),
        ),
        (
            "c2pa",
            Purpose.TSA,
            "",
            None,
            None,
            (*OFFICIAL_TSA, ""),
        ),
        ("x", Purpose.SIGNERS, "", 7, None, None),
        ("x", Purpose.SIGNERS, "http://a", 7, None, None),
        ("x", Purpose.SIGNERS, "https://a", 7, NOW, (*ELSEWHERE, "7")),
        (
            "x",
            Purpose.SIGNERS,
            "https://a",
            None,
            NOW,
            (*ELSEWHERE, NOW.isoformat()),
        ),
        ("x", Purpose.SIGNERS, "https://a", None, None, (*ELSEWHERE, "")),
        ("c2pa", Purpose.ALLOWED, "https://a", 1, None, (*ELSEWHERE, "1")),
    ],
)
def test_how_others_know_a_list(
    name: str,
    kind: Purpose,
    source: str,
    sequence: int | None,
    issued: datetime | None,
    reference: tuple[str, str, str] | None,
) -> None:
    found = replace(
        BARE, name=name, kind=kind, source=source, sequence=sequence, issued=issued
    ).reference
    assert found == reference


@pytest.mark.parametrize(
    ("title", "issued", "shown"),
    [("", None, "bare.pem"), ("T", None, "T"), ("T", NOW, "T of 2026-11-23")],
)
def test_how_a_list_is_called(title: str, issued: datetime | None, shown: str) -> None:
    assert str(replace(BARE, title=title, issued=issued)) == shown


# Updates.


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (None, None, None),
        (datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC), None),
        (datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 3, tzinfo=UTC), None),
        (None, datetime(2026, 1, 2, tzinfo=UTC), None),
        (
            datetime(2026, 1, 2, tzinfo=UTC),
            datetime(2026, 1, 1, 23, 59, 59, tzinfo=UTC),
            "it is of 2026-01-01, older than the one of 2026-01-02 here",
        ),
        (
            datetime(2026, 1, 2, tzinfo=UTC),
            None,
            "it is without a date, older than the one of 2026-01-02 here",
        ),
    ],
)
def test_what_is_older(old: datetime | None, new: datetime | None, said: str | None) -> None:
    before, after = replace(BARE, issued=old), replace(BARE, issued=new)
    download.refuse_older(None, after)
    if said is None:
        download.refuse_older(before, after)
    else:
        assert refused(lambda: download.refuse_older(before, after)) == said


@pytest.mark.parametrize(
    ("origin", "found"),
    [
        (
            "https://a/lists/",
            [
                (Purpose.SIGNERS, "https://a/lists/C2PA-TRUST-LIST.json"),
                (Purpose.TSA, "https://a/lists/C2PA-TSA-TRUST-LIST.json"),
            ],
        ),
        (
            "/srv/x",
            [
                (Purpose.SIGNERS, "/srv/x/C2PA-TRUST-LIST.json"),
                (Purpose.TSA, "/srv/x/C2PA-TSA-TRUST-LIST.json"),
            ],
        ),
        ("/srv/tsa.pem", [(Purpose.TSA, "/srv/tsa.pem")]),
        ("/TSA/list.json", [(Purpose.SIGNERS, "/TSA/list.json")]),
        ("https://a/?x/list-tsa.json", [(Purpose.TSA, "https://a/?x/list-tsa.json")]),
    ],
)
def test_where_official_lists_are(origin: str, found: list[tuple[Purpose, str]]) -> None:
    assert list(download._official(origin)) == found


def interim(folder: Path, *, purposes: str = "# what for\n 1.2.3 \n\n1.2.4\n") -> Path:
    """A mirror of the interim lists; returns where they are."""
    place = folder / "interim"
    place.mkdir(parents=True)
    (place / "store.cfg").write_text(purposes)
    for name in ("anchors.pem", "tsa_anchors.pem", "allowed.pem", "allowed.sha256.txt"):
        (place / name).write_bytes(pki.root().pem)
    return place


def test_interim_lists_that_are_got(tmp_path: Path) -> None:
    place, folder = interim(tmp_path), tmp_path / "trust"
    found = list(download._update_interim(folder, str(place), {}, NOW))
    assert {each.source for each in found} == {
        f"{place}/{file}" for file in download._INTERIM.values()
    }
    kept = [each.new for each in found if each.new is not None]
    assert kept
    for each in kept:
        is_tsa = each.kind is Purpose.TSA
        purposes = frozenset({TIME_STAMPING}) if is_tsa else frozenset({"1.2.3", "1.2.4"})
        assert each.purposes == purposes
        assert (each.title, each.is_interim) == ("C2PA interim list (2025)", True)
        assert each.fetched == NOW.replace(microsecond=0)
        assert each.name == "interim"
    (place / "store.cfg").unlink()
    (failed,) = download._update_interim(folder, str(place), {}, NOW)
    assert failed.problem == f"{place}/store.cfg: no such file or directory"
    assert (failed.source, failed.old) == (f"{place}/store.cfg", None)


@pytest.mark.parametrize("data", [b"", b"// only\n# comments\n", b"1.2.3\nx\n", b"\xff\n1.2"])
def test_purposes_that_are_none(data: bytes) -> None:
    assert refused(lambda: download._read_store(data)) == (
        "store.cfg: not a list of object identifiers, one per line"
    )


def test_purposes_that_no_signer_has() -> None:
    data = f"{TIME_STAMPING}\r\n1.2.3\r\n1.3.6.1.5.5.7.3.9\n// \xe4\n".encode("latin-1")
    assert download._read_store(data) == frozenset({"1.2.3"})


def test_growth_of_a_frozen_list() -> None:
    frozen = replace(BARE, is_interim=True)
    download._refuse_growth(None, frozen)
    download._refuse_growth(frozen, frozen)
    assert refused(lambda: download._refuse_growth(BARE, frozen)) == (
        "another list of yours has this name; remove it first"
    )
    entries = (*frozen.entries, ListedCertificate(OTHER))
    grown = replace(frozen, entries=entries, hashes=frozenset({b"x"}))
    assert refused(lambda: download._refuse_growth(frozen, grown)) == (
        "this list is frozen, and has 2 new members; to accept them, run "
        "`aidisclose trust remove interim` before"
    )
    download._refuse_growth(grown, frozen)


def test_a_list_is_renewed_with_what_the_user_said(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_bytes(encoded(service(OTHER.der)))
    source = str(path)
    old = replace(BARE, purposes=frozenset({"1.1"}))
    found = download._renew(tmp_path, source, old, Purpose.SIGNERS, "bare", NOW)
    assert (found.source, found.old, found.problem) == (source, old, "")
    assert found.new is not None
    assert found.new.purposes == frozenset({"1.1"})
    assert found.new.fetched == NOW.replace(microsecond=0)
    assert found.new.source == source
    assert lists.installed(tmp_path) == (found.new,)
    for name, purposes in (
        ("other", frozenset({CLAIM_SIGNING})),
        ("c2pa", frozenset({CLAIM_SIGNING})),
    ):
        found = download._renew(tmp_path, source, None, Purpose.SIGNERS, name, NOW)
        assert found.new is not None
        assert found.new.purposes == purposes
    path.write_bytes(pki.root().pem)
    found = download._renew(tmp_path, source, None, Purpose.SIGNERS, "c2pa", NOW)
    assert found.new is not None
    assert found.new.purposes == frozenset({CLAIM_SIGNING})
    found = download._renew(tmp_path, source, None, Purpose.SIGNERS, "plain", NOW)
    assert found.new is not None
    assert found.new.purposes is None


def test_a_frozen_list_that_is_renewed_stays_one(tmp_path: Path) -> None:
    path = tmp_path / "list.pem"
    path.write_bytes(pki.root().pem)
    old = replace(BARE, is_interim=True, title="Frozen")
    found = download._renew(tmp_path, str(path), old, Purpose.SIGNERS, "bare", NOW)
    assert found.new is not None
    assert (found.new.is_interim, found.new.title) == (True, "Frozen")
    path.write_bytes(pki.root().pem + pki.root("p384").pem)
    found = download._renew(tmp_path, str(path), old, Purpose.SIGNERS, "bare", NOW)
    assert found.new is None
    assert found.problem.startswith("this list is frozen, and has 1 new members")


# Products.


def test_products_that_are_older_or_gone(tmp_path: Path) -> None:
    folder, mirror = tmp_path / "trust", tmp_path / "mirror"
    mirror.mkdir()
    name = "conforming-products-list.json"
    source = f"{mirror}/{name}"
    assert download.update_products(folder, origin=f"{mirror}/x.json") is None
    assert download.update_products(folder, origin=str(mirror)) is None
    (mirror / name).write_text(json.dumps([record()]))
    day = products.parse((mirror / name).read_bytes())[1]
    found = download.update_products(folder, origin=f"{mirror}/")
    assert found == download.ProductsUpdate(source, 1, day)
    older = record()
    older["dates"]["lastModification"] = (day - timedelta(days=1)).isoformat()
    (mirror / name).write_text(json.dumps([older]))
    found = download.update_products(folder, origin=str(mirror))
    assert found is not None
    assert found.problem == (
        f"{source}: it is of {day - timedelta(days=1)}, older than the one that is here"
    )
    assert (found.products, found.changed) == (0, None)
    assert found.source == source
    (mirror / name).write_text(json.dumps([record()]))
    found = download.update_products(folder, origin=str(mirror))
    assert found == download.ProductsUpdate(source, 1, day)
    found = download.update_products(tmp_path / "new" / "folder", origin=str(mirror))
    assert found == download.ProductsUpdate(source, 1, day)
    (mirror / name).unlink()
    problem = f"{source}: no such file or directory"
    found = download.update_products(folder, origin=str(mirror))
    assert found == download.ProductsUpdate(source, problem=problem)


def test_where_the_official_list_of_products_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that cannot be got is said, also where none was before."""
    asked: list[str] = []

    def fetch(source: str) -> bytes:
        asked.append(source)
        raise TrustConfigError("no")

    monkeypatch.setattr(download, "fetch", fetch)
    found = download.update_products(tmp_path)
    assert asked == [download._PRODUCTS]
    assert found == download.ProductsUpdate(download._PRODUCTS, problem="no")
    assert download.update_products(tmp_path, origin="/elsewhere") is None


# Snapshots.


def test_a_snapshot_is_read_as_it_was_written() -> None:
    made = Snapshot(
        datetime(2026, 1, 1, tzinfo=UTC), (LISTED, BARE), json.dumps([record()]).encode()
    )
    written = snapshot.encode(made)
    assert snapshot.decode(written) == made
    found = json.loads(written)
    assert list(found) == ["format", "made", "lists", "products"]
    assert found["format"] == "aidisclose trust snapshot 1"
    assert found["made"] == "2026-01-01T00:00:00+00:00"
    assert [(each["kind"], each["name"]) for each in found["lists"]] == [
        ("signers", "firm"),
        ("signers", "bare"),
    ]
    assert written.endswith(b"\n}\n")
    assert written.startswith(b'{\n  "format"')
    without = made._replace(products=None)
    assert snapshot.decode(snapshot.encode(without)) == without


def document_of(**changes: Any) -> bytes:
    made = Snapshot(datetime(2026, 1, 1, tzinfo=UTC), (BARE,))
    every = json.loads(snapshot.encode(made)) | changes
    return json.dumps({name: value for name, value in every.items() if value is not ...}).encode()


NO_SNAPSHOT: Final = "not a snapshot of `aidisclose trust export`"
NO_ENTRY: Final = "a snapshot with a list without name, kind or content"
ENTRY: Final = {"name": "x", "kind": "signers", "pem": pki.root().pem.decode()}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", NO_SNAPSHOT),
        (b"[]", NO_SNAPSHOT),
        (document_of(format="another"), NO_SNAPSHOT),
        (document_of(format=...), NO_SNAPSHOT),
        (document_of(made="x"), NO_SNAPSHOT),
        (document_of(made="2026-01-01T00:00:00"), NO_SNAPSHOT),
        (document_of(lists=...), NO_SNAPSHOT),
        (document_of(lists=7), NO_SNAPSHOT),
        (document_of(products=...), NO_SNAPSHOT),
        (document_of(lists=[]), "a snapshot without a trust list"),
        (document_of(lists=[7]), NO_ENTRY),
        (document_of(lists=[{}]), NO_ENTRY),
        (document_of(lists=[ENTRY | {"kind": "x"}]), NO_ENTRY),
        (document_of(lists=[ENTRY] * 2), "a snapshot with two lists of one name"),
        (document_of(lists=[ENTRY | {"pem": ""}]), "list x: no usable certificate"),
        (document_of(products="x"), "no list of conforming products of the C2PA"),
        (
            b" " * (limits.TRUST_SNAPSHOT + 1),
            f"a snapshot of more than {limits.TRUST_SNAPSHOT} bytes",
        ),
    ],
)
def test_what_is_no_snapshot(data: bytes, said: str) -> None:
    assert refused(lambda: snapshot.decode(data)) == said


def test_lists_of_one_name_may_be_of_two_kinds() -> None:
    found = snapshot.decode(document_of(lists=[ENTRY, ENTRY | {"kind": "TSA"}]))
    assert [each.kind for each in found.lists] == [Purpose.SIGNERS, Purpose.TSA]


def test_a_snapshot_of_a_folder(tmp_path: Path) -> None:
    said = "no trust list is installed; `aidisclose trust update` gets them"
    assert refused(lambda: snapshot.take(tmp_path, now=NOW)) == said
    lists.save(tmp_path, BARE, overwrite=False)
    second = NOW.replace(microsecond=0)
    assert snapshot.take(tmp_path, now=NOW) == Snapshot(second, (BARE,), None)
    listed = json.dumps([record()]).encode()
    (tmp_path / products.FILE).write_bytes(listed)
    assert snapshot.take(tmp_path, now=NOW) == Snapshot(second, (BARE,), listed)
    (tmp_path / products.FILE).write_bytes(b"x")
    assert refused(lambda: snapshot.take(tmp_path, now=NOW)) == (
        "no list of conforming products of the C2PA"
    )


DATED: Final = replace(BARE, issued=datetime(2026, 1, 2, tzinfo=UTC), title="T")
ANOTHER: Final = "another list of this name is installed; --force replaces it"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (None, DATED, None),
        (BARE, BARE, None),
        (BARE, replace(BARE, fetched=NOW), None),
        (replace(BARE, fetched=NOW), BARE, None),
        (BARE, replace(BARE, title="T"), ANOTHER),
        (BARE, DATED, ANOTHER),
        (DATED, BARE, ANOTHER),
        (DATED, replace(DATED, is_interim=True), ANOTHER),
        (DATED, replace(DATED, issued=NOW), None),
        (DATED, replace(DATED, sequence=8), None),
        (
            DATED,
            replace(DATED, issued=datetime(2026, 1, 1, tzinfo=UTC)),
            "it is of 2026-01-01, older than the one of 2026-01-02 here",
        ),
    ],
)
def test_what_a_snapshot_replaces(
    tmp_path: Path, old: TrustList | None, new: TrustList, said: str | None
) -> None:
    if old is not None:
        lists.save(tmp_path, old, overwrite=False)
    made = Snapshot(NOW, (new,))
    (found,) = snapshot.install(tmp_path, made, overwrite=False)
    assert (found.source, found.old) == (new.name, old)
    assert (found.new, found.problem) == ((new, "") if said is None else (None, f"bare: {said}"))
    assert lists.installed(tmp_path) == (new if said is None else old,)
    (found,) = snapshot.install(tmp_path, made, overwrite=True)
    assert (found.new, found.problem) == (new, "")
    assert lists.installed(tmp_path) == (new,)


def test_products_of_a_snapshot(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "trust"
    one, two = record(), record()
    day = date.fromisoformat(one["dates"]["lastModification"])
    two["dates"]["lastModification"] = (day + timedelta(days=1)).isoformat()
    older, newer = (json.dumps([each]).encode() for each in (one, two))
    assert snapshot.install_products(folder, newer, overwrite=False)
    assert snapshot.install_products(folder, newer, overwrite=False)
    assert not snapshot.install_products(folder, older, overwrite=False)
    assert (folder / products.FILE).read_bytes() == newer
    assert snapshot.install_products(folder, older, overwrite=True)
    assert (folder / products.FILE).read_bytes() == older


def test_times_are_kept_in_utc() -> None:
    there = timezone(timedelta(hours=2))
    moment = datetime(2026, 8, 5, 2, tzinfo=there)
    data = encoded(service(ROOT.der), issued=moment.isoformat())
    assert lists.parse(data, name="x").issued == datetime(2026, 8, 5, tzinfo=UTC)
    assert document()["LoTE"]["TrustedEntitiesList"]


class _Endless(io.RawIOBase):
    """A device that never ends, and refuses to be read to its end."""

    def read(self, size: int | None = -1) -> bytes:
        assert size is not None
        assert 0 < size <= limits.TRUST_LIST_SIZE + 1
        return b"x" * size


def test_a_list_is_read_no_further_than_it_may_be_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A link in the folder of lists may lead to a device."""
    monkeypatch.setattr(Path, "open", lambda *_: _Endless())
    said = refused(partial(lists.read, Path("c2pa.pem"), Purpose.SIGNERS))
    assert said == f"c2pa.pem: a trust list of more than {limits.TRUST_LIST_SIZE} bytes"


@pytest.mark.parametrize("place", [0, 1, 2])
def test_an_entry_that_cannot_be_read_does_not_end_a_list(place: int) -> None:
    """It is told; those behind it count."""
    good = [pki.root(), pki.root("p384")]
    entries = [service(each.der) for each in good]
    entries.insert(place, {"ServiceInformation": {"ServiceStatus": "x"}})
    found = lists.parse(encoded(*entries), name="x")
    assert [each.certificate for each in found.entries] == [each.certificate for each in good]
    assert found.problems == ("an entry without status, time or certificates",)
    blocks = [each.pem for each in good]
    blocks.insert(place, b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    found = lists.parse(b"".join(blocks), name="x")
    assert [each.certificate for each in found.entries] == [each.certificate for each in good]
    assert found.problems == (f"certificate {place + 1} cannot be read",)


def test_a_list_that_is_refused_does_not_end_a_snapshot(tmp_path: Path) -> None:
    newer, older = LISTED, replace(LISTED, sequence=1, issued=datetime(2020, 1, 1, tzinfo=UTC))
    lists.save(tmp_path, newer, overwrite=False)
    made = Snapshot(datetime(2026, 1, 1, tzinfo=UTC), (older, BARE), None)
    first, second = snapshot.install(tmp_path, made, overwrite=False)
    assert (first.new, bool(first.problem)) == (None, True)
    assert (second.new, second.problem) == (BARE, "")
    assert {each.name for each in lists.installed(tmp_path)} == {LISTED.name, BARE.name}


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("7", 7), ("9" * 19, int("9" * 19)), ("9" * 20, None), ("-1", None), ("x", None)],
)
def test_how_long_the_number_of_a_list_may_be(text: str, number: int | None) -> None:
    data = lists.encode(replace(LISTED, sequence=12_345)).replace(b"12345", text.encode())
    assert lists.parse(data, name="firm").sequence == number
