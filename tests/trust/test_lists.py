"""Trust lists: read in every form, kept with their dates, renewed only by what is good."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from aidisclose import limits
from aidisclose.errors import TrustConfigError
from aidisclose.trust import lists
from aidisclose.trust.anchors import Voucher
from aidisclose.trust.config import TrustConfig, load_all, of_list
from aidisclose.trust.download import ListUpdate, fetch, update
from aidisclose.trust.lists import Purpose, TrustList
from aidisclose.trust.profile import CLAIM_SIGNING, TIME_STAMPING
from tests.servers import Reply, Request, closed_port, secure, serve
from tests.trust import pki

PUBLISHED = pki.SHARED / "trust"
needs_published = pytest.mark.skipif(
    not PUBLISHED.is_dir(), reason="the published trust lists are not here"
)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SINCE = "2026-01-02T03:04:05Z"


def service(certificate: bytes, *, status: str = "trusted", since: str = SINCE) -> dict[str, Any]:
    return {
        "ServiceInformation": {
            "ServiceStatus": f"http://c2pa.org/conformance/trust-list/{status}",
            "StatusStartingTime": since,
            "ServiceDigitalIdentity": {
                "X509Certificates": [{"val": base64.b64encode(certificate).decode()}]
            },
        }
    }


def document(
    *services: dict[str, Any],
    title: str = "C2PA Trust List",
    sequence: int = 7,
    issued: str = "2026-08-05T00:11:39Z",
) -> dict[str, Any]:
    return {
        "LoTE": {
            "ListAndSchemeInformation": {
                "LoTESequenceNumber": sequence,
                "SchemeName": [{"lang": "en", "value": title}],
                "ListIssueDateTime": issued,
                "NextUpdate": "2097-08-05T00:11:39Z",
            },
            "TrustedEntitiesList": [{"TrustedEntityServices": list(services)}],
        }
    }


def encoded(*services: dict[str, Any], **options: Any) -> bytes:
    return json.dumps(document(*services, **options)).encode()


def read(data: bytes, kind: Purpose | None = None) -> TrustList:
    return lists.parse(data, name="list", kind=kind)


def names(found: TrustList) -> list[str]:
    return [entry.certificate.common_name for entry in found.entries]


ROOT, OTHER, SIGNER = pki.root(), pki.root("p384"), pki.signer()


def test_a_list_of_trusted_entities_is_read() -> None:
    found = read(encoded(service(ROOT.der), service(OTHER.der)))
    assert names(found) == ["Root p256 0", "Root p384 0"]
    assert (found.kind, found.title, found.sequence) == (Purpose.SIGNERS, "C2PA Trust List", 7)
    assert found.issued == datetime(2026, 8, 5, 0, 11, 39, tzinfo=UTC)
    assert found.next_update == datetime(2097, 8, 5, 0, 11, 39, tzinfo=UTC)
    assert str(found) == "C2PA Trust List of 2026-08-05"
    config = of_list(found)
    assert config.tsa_anchors == ()
    assert config.next_update == found.next_update
    anchor = config.anchors[0]
    assert anchor.certificate == ROOT.certificate
    assert anchor.source == "C2PA Trust List of 2026-08-05"
    assert anchor.purposes == frozenset({CLAIM_SIGNING})
    assert anchor.not_before == datetime.fromisoformat(SINCE)
    assert anchor.not_after is None


def test_the_list_of_time_stamp_authorities_says_so() -> None:
    found = read(encoded(service(ROOT.der), title="C2PA TSA Trust List"))
    assert found.kind is Purpose.TSA
    assert of_list(found).anchors == ()
    assert of_list(found).tsa_anchors[0].purposes == frozenset({TIME_STAMPING})


def test_what_was_taken_off_a_list_vouches_for_what_is_older() -> None:
    (entry,) = read(encoded(service(ROOT.der, status="withdrawn"))).entries
    assert entry.not_before is None
    assert entry.not_after == datetime.fromisoformat(SINCE)


@needs_published
@pytest.mark.parametrize(
    ("file", "count", "kind"),
    [("C2PA-TRUST-LIST", 30, Purpose.SIGNERS), ("C2PA-TSA-TRUST-LIST", 22, Purpose.TSA)],
)
def test_the_published_lists_are_read_in_both_forms(file: str, count: int, kind: Purpose) -> None:
    found = read((PUBLISHED / f"{file}.json").read_bytes())
    assert (len(found.entries), found.kind, found.problems) == (count, kind, ())
    pem = read((PUBLISHED / f"{file}.pem").read_bytes(), kind)
    assert pem.problems == ()
    assert {each.certificate for each in pem.entries} == {
        each.certificate for each in found.entries
    }


BAD_SERVICES: list[tuple[dict[str, Any], str]] = [
    (service(b"x"), "a certificate that cannot be read"),
    (service(SIGNER.der), "'Signer' is not a CA and vouches for nobody"),
    (service(ROOT.der, since="yesterday"), "an entry whose time cannot be read"),
    (service(ROOT.der, since="2026-01-02T03:04:05"), "an entry whose time cannot be read"),
    (service(ROOT.der, since="0001-01-01T00:00:00+23:00"), "an entry whose time cannot be read"),
    ({"ServiceInformation": {}}, "an entry without status, time or certificates"),
]


@pytest.mark.parametrize(("bad", "problem"), BAD_SERVICES)
def test_an_entry_that_cannot_serve_is_passed_over_and_named(
    bad: dict[str, Any], problem: str
) -> None:
    found = read(encoded(service(OTHER.der), bad))
    assert names(found) == ["Root p384 0"]
    (said,) = found.problems
    assert said.startswith(problem)
    with pytest.raises(TrustConfigError, match="no usable certificate"):
        read(encoded(bad))


def without(path: str) -> bytes:
    made: Any = document(service(ROOT.der))
    inner = made
    *parents, last = path.split("/")
    for name in parents:
        inner = inner[name]
    del inner[last]
    return json.dumps(made).encode()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no usable certificate"),
        (b"<html>", "no usable certificate"),
        (b"{", "no list of trusted entities"),
        (b"{}", "no list of trusted entities"),
        (b"{" * 100_000, "no list of trusted entities"),
        (b'{"LoTE": []}', "no list of trusted entities"),
        (without("LoTE/TrustedEntitiesList"), "no list of trusted entities"),
        (without("LoTE/ListAndSchemeInformation/NextUpdate"), "no list of trusted entities"),
        (encoded(service(ROOT.der), sequence="x"), "no list of trusted entities"),
        (encoded(service(ROOT.der), sequence=float("inf")), "no list of trusted entities"),
        (encoded(service(ROOT.der), issued="2026-08-05"), "a time without its zone"),
        (encoded(*[service(b"")] * (limits.TRUST_ANCHORS + 1)), "more than 5000 certificates"),
        (ROOT.pem.replace(b"M", b"N"), "certificate 1 cannot be read"),
        (ROOT.pem[:200], "a certificate that is cut off"),
        (bytes(limits.TRUST_LIST_SIZE + 1), "a trust list of more than 8388608 bytes"),
    ],
)
def test_what_is_no_list_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(TrustConfigError, match=message) as caught:
        read(data)
    assert "\n" not in str(caught.value)


def test_a_plain_pem_file_is_a_list_without_dates() -> None:
    found = read(b"Issued: never\n" + ROOT.pem + b"text\n" + OTHER.pem + ROOT.pem)
    assert names(found) == ["Root p256 0", "Root p384 0"]
    assert (found.issued, found.purposes, found.title) == (None, None, "")
    assert str(found) == "list.pem"


@pytest.mark.parametrize("before", ["", "\ufeff", "\n"])
@pytest.mark.parametrize("line", ["Not-After: {}", "not-after:{}", "NOT-AFTER : {}\r"])
def test_limits_count_however_they_are_written(before: str, line: str) -> None:
    text = f"{before}{lists.FORMAT}\n\n{line.format(SINCE)}\n"
    [entry] = read(text.encode() + ROOT.pem).entries
    assert entry.not_after == datetime.fromisoformat(SINCE)


@pytest.mark.parametrize("name", ["Not-Before", "Not-After"])
@pytest.mark.parametrize("value", ["2026-01-02", "2026-13-01T00:00:00Z", "soon"])
def test_a_limit_that_cannot_be_read_is_not_none(name: str, value: str) -> None:
    limited = f"{lists.FORMAT}\n\n{name}: {value}\n".encode() + ROOT.pem
    found = read(limited + OTHER.pem)
    assert names(found) == ["Root p384 0"]
    assert found.problems == (f"certificate 1 is passed over: {name} needs a time with its zone",)


def test_a_list_of_another_version_is_refused() -> None:
    with pytest.raises(TrustConfigError, match="another version of aidisclose"):
        read(b"aidisclose trust list 2\nUntil: 2020\n" + ROOT.pem)


def test_what_naming_a_certificate_means_is_the_same_as_for_a_file() -> None:
    alone = pki.issue("Alone", number=6)
    pem = ROOT.pem + alone.pem + SIGNER.pem
    found = read(pem)
    assert found.problems == ("'Signer' is not a CA and vouches for nobody",)
    ours, theirs = of_list(found), TrustConfig.from_pem(pem, source="list.pem")
    anchors = tuple(replace(each, list_name="") for each in ours.anchors)
    assert (anchors, ours.allowed) == (theirs.anchors, theirs.allowed)
    assert {each.list_name for each in ours.anchors} == {"list"}
    tsa = of_list(read(ROOT.pem + alone.pem, Purpose.TSA))
    assert (len(tsa.tsa_anchors), tsa.allowed) == (1, frozenset())
    allowed = of_list(read(SIGNER.pem + ROOT.pem, Purpose.ALLOWED))
    assert allowed.allowed == TrustConfig.from_pem(allowed=SIGNER.pem + ROOT.pem).allowed
    voucher = allowed.voucher(SIGNER.certificate)
    assert voucher == Voucher("list.pem", "list", is_by_name=True)


def complete(name: str = "mine") -> TrustList:
    made = read(encoded(service(ROOT.der), service(OTHER.der, status="withdrawn")))
    return lists.parse(
        lists.encode(made), name=name, kind=Purpose.SIGNERS, source="https://list.test/a"
    )


def test_nothing_is_lost_when_a_list_is_installed(tmp_path: Path) -> None:
    found = complete()
    path = lists.save(tmp_path, found, overwrite=False)
    assert path == tmp_path / "mine.pem"
    assert lists.installed(tmp_path) == (found,)
    assert load_all(tmp_path) == of_list(found)
    assert [each.subject for each in x509.load_pem_x509_certificates(path.read_bytes())] == [
        ROOT.x509.subject,
        OTHER.x509.subject,
    ]
    with pytest.raises(FileExistsError):
        lists.save(tmp_path, found, overwrite=False)


def test_text_from_a_list_cannot_become_lines_of_the_file(tmp_path: Path) -> None:
    title = f"T\nPurposes: 1.2.3\n{SIGNER.pem.decode()}"
    found = read(encoded(service(ROOT.der), title=title))
    lists.save(tmp_path, found, overwrite=False)
    (again,) = lists.installed(tmp_path)
    assert again.purposes == frozenset({CLAIM_SIGNING})
    assert names(again) == ["Root p256 0"]


@pytest.mark.parametrize(
    "name",
    ["../mine", "a/b", "", ".hidden", "a" * 65, "a b", "a\n", "con", "NUL", "Aux.2026", "lpt1"],
)
def test_names_that_would_be_other_files_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(TrustConfigError, match="cannot be the name"):
        lists.save(tmp_path, complete(name), overwrite=True)


def test_lists_of_all_kinds_add_up(tmp_path: Path) -> None:
    assert lists.installed(tmp_path / "none") == ()
    for folder, entity in (("", ROOT), ("tsa", OTHER), ("allowed", SIGNER)):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "mine.pem").write_bytes(entity.pem)
    config = load_all(tmp_path)
    assert [each.certificate for each in config.anchors] == [ROOT.certificate]
    assert [each.certificate for each in config.tsa_anchors] == [OTHER.certificate]
    assert config.allows(SIGNER.certificate)
    (tmp_path / "tsa" / "bad.pem").write_bytes(b"")
    with pytest.raises(TrustConfigError, match=r"tsa/bad\.pem: no usable certificate"):
        load_all(tmp_path)


def test_the_earliest_renewal_counts() -> None:
    early, late = NOW, NOW + timedelta(days=1)
    configs = [
        TrustConfig(anchors=(), tsa_anchors=(), allowed=frozenset(), next_update=each)
        for each in (late, None, early)
    ]
    assert (configs[0] | configs[1] | configs[2]).next_update == early
    assert (configs[1] | configs[1]).next_update is None


def test_changes_between_versions() -> None:
    old = read(encoded(service(ROOT.der), service(OTHER.der)))
    new = read(encoded(service(OTHER.der), service(pki.root("p521").der)))
    change = lists.compare(old, new)
    assert [each.common_name for each in change.added] == ["Root p521 0"]
    assert [each.common_name for each in change.removed] == ["Root p256 0"]
    assert lists.compare(None, old).added == tuple(each.certificate for each in old.entries)


def test_changes_of_hashes() -> None:
    old = TrustList(name="a", kind=Purpose.ALLOWED, entries=(), hashes=frozenset({b"1", b"2"}))
    new = replace(old, hashes=frozenset({b"2", b"3", b"4"}))
    change = lists.compare(old, new)
    assert change.hashes_added == frozenset({b"3", b"4"})
    assert change.hashes_removed == frozenset({b"1"})
    first = lists.compare(None, old)
    assert first.hashes_added == old.hashes
    assert first.hashes_removed == frozenset()


# Renewal.


def mirror(folder: Path, **files: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        (folder / f"{name.replace('_', '-').upper()}.json").write_bytes(data)
    return folder


SIGNERS = encoded(service(ROOT.der))
STAMPERS = encoded(service(OTHER.der), title="C2PA TSA Trust List")


def renew(folder: Path, origin: object) -> list[ListUpdate]:
    return list(update(folder, now=NOW, origin=str(origin)))


def test_the_official_lists_are_installed_from_a_folder(tmp_path: Path) -> None:
    origin = mirror(tmp_path / "m", C2PA_TRUST_LIST=SIGNERS, C2PA_TSA_TRUST_LIST=STAMPERS)
    found = renew(tmp_path / "t", origin)
    assert [each.problem for each in found] == ["", ""]
    first, second = lists.installed(tmp_path / "t")
    assert (first.name, first.kind, second.name, second.kind) == (
        "c2pa",
        Purpose.SIGNERS,
        "c2pa",
        Purpose.TSA,
    )
    assert first.fetched == NOW
    assert first.source == str(origin / "C2PA-TRUST-LIST.json")
    assert found[0].old is None
    assert renew(tmp_path / "t", origin)[0].old == first


def test_the_official_lists_are_installed_from_a_mirror(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def behave(request: Request) -> Reply:
        return Reply(STAMPERS if "TSA" in request.path else SIGNERS, "application/json")

    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with serve(behave, context=secure(tmp_path)) as server:
        found = renew(tmp_path / "t", f"{server.url}/mirror/")
        paths = [request.path for request in server.requests]
    assert paths == ["/mirror/C2PA-TRUST-LIST.json", "/mirror/C2PA-TSA-TRUST-LIST.json"]
    assert [each.problem for each in found] == ["", ""]


@pytest.mark.parametrize("pem", [False, True])
def test_one_file_is_enough_and_its_name_says_what_it_is(tmp_path: Path, pem: bool) -> None:
    path = tmp_path / ("C2PA-TSA-TRUST-LIST.pem" if pem else "C2PA-TSA-TRUST-LIST.json")
    path.write_bytes(OTHER.pem if pem else STAMPERS)
    (found,) = renew(tmp_path / "t", path)
    assert found.problem == ""
    (installed,) = lists.installed(tmp_path / "t")
    assert installed.kind is Purpose.TSA
    assert installed.purposes == frozenset({TIME_STAMPING})


OLDER = encoded(service(OTHER.der), sequence=6, issued="2026-08-04T00:00:00Z")


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (Reply(b"<html>"), "no usable certificate"),
        (Reply(b"{}"), "no list of trusted entities"),
        (Reply(SIGNERS[:-20]), "no list of trusted entities"),
        (Reply(SIGNERS, length=len(SIGNERS) + 5), "its answer is cut off"),
        (Reply(status=404), "HTTP 404"),
        (Reply(OLDER), "it is of 2026-08-04, older than the one of 2026-08-05 here"),
        (Reply(OTHER.pem), "it is without a date, older than the one of 2026-08-05 here"),
    ],
)
def test_what_is_not_better_changes_nothing(tmp_path: Path, reply: Reply, problem: str) -> None:
    origin = mirror(tmp_path / "m", C2PA_TRUST_LIST=SIGNERS)
    renew(tmp_path / "t", origin / "C2PA-TRUST-LIST.json")
    before = (tmp_path / "t" / "c2pa.pem").read_bytes()
    with serve(lambda _: reply) as server:
        (found,) = renew(tmp_path / "t", f"{server.url}/C2PA-TRUST-LIST.json")
    assert problem in found.problem
    assert found.new is None
    assert found.old is not None
    assert (tmp_path / "t" / "c2pa.pem").read_bytes() == before
    assert sorted(path.name for path in (tmp_path / "t").iterdir()) == ["c2pa.pem"]


def test_a_newer_version_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    origin = tmp_path / "C2PA-TRUST-LIST.json"
    origin.write_bytes(SIGNERS)
    renew(tmp_path / "t", origin)
    origin.write_bytes(encoded(service(OTHER.der), sequence=8, issued="2026-09-01T00:00:00Z"))
    (found,) = renew(tmp_path / "t", origin)
    assert found.new is not None
    change = lists.compare(found.old, found.new)
    assert [each.common_name for each in change.added] == ["Root p384 0"]
    assert [each.common_name for each in change.removed] == ["Root p256 0"]
    assert lists.installed(tmp_path / "t") == (found.new,)


def test_lists_from_other_addresses_are_renewed_as_well(tmp_path: Path) -> None:
    with serve(lambda _: Reply(ROOT.pem + OTHER.pem)) as server:
        found = lists.parse(ROOT.pem, name="mine", kind=Purpose.TSA, source=f"{server.url}/x.pem")
        lists.save(tmp_path, found, overwrite=False)
        own = lists.parse(ROOT.pem, name="own", kind=Purpose.SIGNERS, source="/a/file")
        lists.save(tmp_path, own, overwrite=False)
        _, _, renewed = renew(tmp_path, tmp_path / "none")
    assert (renewed.source, renewed.problem) == (f"{server.url}/x.pem", "")
    assert renewed.new is not None
    assert len(renewed.new.entries) == 2
    assert renewed.new.kind is Purpose.TSA


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("http://list.test/a.json", "whom to trust is downloaded by https only"),
        ("/no/such/file", "/no/such/file: no such file"),
        (".", r"\.: is a directory"),
    ],
)
def test_where_lists_do_not_come_from(source: str, message: str) -> None:
    with pytest.raises(TrustConfigError, match=message):
        fetch(source)


def test_a_mirror_that_is_down_is_one_line_for_each_list(tmp_path: Path) -> None:
    found = renew(tmp_path, closed_port())
    assert len(found) == 2
    assert all("refuses connections" in each.problem for each in found)
    assert list(tmp_path.iterdir()) == []


DOCUMENT = document(service(ROOT.der), service(OTHER.der))


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from paths(inner, (*path, key))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(st.sampled_from(list(paths(DOCUMENT))), ANYTHING)
def test_any_other_json_is_read_or_refused(path: tuple[Any, ...], value: Any) -> None:
    changed = copy.deepcopy(DOCUMENT)
    inner: Any = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    try:
        found = read(json.dumps(changed).encode())
    except TrustConfigError:
        return
    assert found.entries
    assert read(lists.encode(found), found.kind).entries == found.entries


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with pytest.raises(TrustConfigError):
        read(data)
    text = lists.FORMAT.encode() + b"\n" + data + b"\n" + ROOT.pem
    assert ROOT.certificate in [each.certificate for each in read(text).entries]


@pytest.mark.parametrize(("text", "number"), [("7", 7), ("x", None), ("9" * 5000, None)])
def test_a_number_that_cannot_be_read_is_none(text: str, number: int | None) -> None:
    data = f"{lists.FORMAT}\nSequence: {text}\n\n".encode()
    assert read(data + ROOT.pem).sequence == number
