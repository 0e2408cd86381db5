"""The list of conforming products: whose claims are whose, and what hostile lists can do."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier

from aidisclose import limits
from aidisclose.errors import TrustConfigError
from aidisclose.trust import products
from aidisclose.trust.certificate import Certificate, load
from aidisclose.trust.products import ConformingProducts, Product, parse
from tests.trust.pki import DAY, NOW, SHARED

NUMBER = "0197aa34-665b-7811-9bbc-317cfd988d0a"
OTHER = "0197aa34-665b-7811-9bbc-000000000000"
RECORD_OF = ObjectIdentifier("1.3.6.1.4.1.62558.4")
LEVEL = ObjectIdentifier("1.3.6.1.4.1.62558.3")
KEY = ec.generate_private_key(ec.SECP256R1())
LIST = SHARED / "trust" / "conforming-products-list.json"


def record(number: str = NUMBER, **changes: Any) -> dict[str, Any]:
    product = {
        "productType": "generatorProduct",
        "DN": {"CN": "Camera", "O": "Maker"},
        "assurance": {"maxAssuranceLevel": 1},
        "disallowedSignals": {"inception": ["capturedMedia"]},
    }
    dates = {"lastModification": "2026-08-05"}
    found = {"recordId": number, "status": "conformant", "dates": dates}
    return found | {"product": product | changes}


def listing(*records: dict[str, Any]) -> ConformingProducts:
    return ConformingProducts(json.dumps(records).encode())


def signer(
    cn: str = "x", o: str = "y", number: str = "", level: int = 0, unit: str = ""
) -> Certificate:
    parts = [
        x509.NameAttribute(NameOID.COMMON_NAME, cn),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, o),
    ]
    if unit:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit))
    name = x509.Name(parts)
    builder = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=KEY.public_key(),
        serial_number=1,
        not_valid_before=NOW - DAY,
        not_valid_after=NOW + DAY,
    )
    if number:
        text = bytes([0x0C, len(number)]) + number.encode()
        builder = builder.add_extension(x509.UnrecognizedExtension(RECORD_OF, text), critical=False)
    if level:
        oid = bytes.fromhex("060a2b0601040183e85e03") + bytes([10 * level])
        builder = builder.add_extension(x509.UnrecognizedExtension(LEVEL, oid), critical=False)
    made = builder.sign(KEY, hashes.SHA256())
    return load(made.public_bytes(Encoding.DER))


def test_the_record_number_in_the_certificate_decides() -> None:
    known = listing(record(OTHER), record(NUMBER, DN={"CN": "Phone", "O": "Maker"}))
    found = known.find(signer("Camera", "Maker", NUMBER.upper()))
    assert found is not None
    assert (found.name, found.record) == ("Phone", NUMBER)
    assert known.find(signer("Camera", "Maker", "0" * 36)) is None


def test_the_name_of_the_certificate_is_that_of_the_product() -> None:
    known = listing(record())
    assert known.find(signer("Camera", "Maker")) == Product(
        NUMBER, "Camera", "Maker", "", 1, frozenset({"capturedMedia"})
    )
    for cn, o in (("Camera", "Other"), ("Other", "Maker")):
        assert known.find(signer(cn, o)) is None


def test_only_what_all_records_of_a_name_disallow_is_disallowed() -> None:
    signals = {"inception": ["capturedMedia", "nonGenAIDigitalCreation"]}
    known = listing(record(), record(OTHER, disallowedSignals=signals))
    found = known.find(signer("Camera", "Maker"))
    assert found is not None
    assert found.disallowed == {"capturedMedia"}
    lenient = listing(record(), record(OTHER, disallowedSignals={"inception": []}))
    found = lenient.find(signer("Camera", "Maker"))
    assert found is not None
    assert found.disallowed == frozenset()


def test_the_level_of_the_certificate_comes_before_that_of_the_record() -> None:
    found = listing(record()).find(signer("Camera", "Maker", level=2))
    assert found is not None
    assert found.assurance_level == 2


@pytest.mark.parametrize(("stated", "expected"), [(0, 1), (2, 2)])
def test_what_the_certificate_does_not_state_the_record_does(stated: int, expected: int) -> None:
    """Whether the product is found by its number or by its name."""
    known = listing(record(OTHER), record(NUMBER))
    for number in (NUMBER, ""):
        found = known.find(signer("Camera", "Maker", number, stated))
        assert found is not None
        assert found.assurance_level == expected


def test_products_that_only_validate_sign_nothing() -> None:
    assert listing(record(productType="validatorProduct")).find(signer("Camera", "Maker")) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"[1]",
        b"[{}]",
        b"[" * 100_000,
        b"\xff",
        json.dumps([record(DN={"CN": 1, "O": "x"})]).encode(),
        json.dumps([record(DN="x")]).encode(),
        json.dumps([record() | {"dates": {"lastModification": "soon"}}]).encode(),
        json.dumps([record(disallowedSignals={"inception": [1]})]).encode(),
        json.dumps([record(disallowedSignals=7)]).encode(),
        b" " * (9 << 20),
    ],
)
def test_what_is_no_list_is_refused(data: bytes) -> None:
    with pytest.raises(TrustConfigError):
        parse(data)


def test_a_file_that_is_gone_has_no_products(tmp_path: Path) -> None:
    """As on another machine of a cluster."""
    assert ConformingProducts(tmp_path / "x.json").find(signer()) is None


@pytest.mark.skipif(not LIST.exists(), reason="the official list is not here")
def test_the_official_list() -> None:
    products, changed = parse(LIST.read_bytes())
    assert (len(products), changed) == (153, date(2026, 8, 20))
    assert sum(bool(each.disallowed) for each in products) == 13
    assert {each.assurance_level for each in products} == {1, 2}


def test_how_many_products_there_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "_MOST", 2)
    assert len(products.parse(json.dumps([record()] * 2).encode())[0]) == 2
    for data in ([record()] * 3, []):
        with pytest.raises(TrustConfigError, match=r"^no list of conforming products of the C2PA$"):
            products.parse(json.dumps(data).encode())
    big = b" " * limits.TRUST_LIST_SIZE
    assert products.parse((json.dumps([record()]).encode() + big)[: len(big)])
    with pytest.raises(TrustConfigError, match=f"^a list of more than {len(big)} bytes$"):
        products.parse(big + b" ")


@pytest.mark.parametrize(("unit", "is_found"), [("", True), ("Lab", True), ("Other", False)])
def test_a_department_counts_where_the_record_names_one(unit: str, is_found: bool) -> None:
    made = record(DN={"CN": "Camera", "O": "Maker"} | ({"OU": unit} if unit else {}))
    found = listing(made).find(signer("Camera", "Maker", unit="Lab"))
    assert (found is not None) is is_found
    assert found is None or found.unit == unit
    assert (listing(made).find(signer("Camera", "Maker")) is not None) is (not unit)


@pytest.mark.parametrize(("level", "read"), [(2, 2), ("2", None), (True, None), (None, None)])
def test_levels_are_numbers(level: object, read: int | None) -> None:
    made = record(assurance={"maxAssuranceLevel": level})
    found = listing(made).find(signer("Camera", "Maker"))
    assert found is not None
    assert found.assurance_level == read
    bare = record()
    del bare["product"]["assurance"], bare["product"]["disallowedSignals"]
    found = listing(bare).find(signer("Camera", "Maker"))
    assert found is not None
    assert (found.assurance_level, found.disallowed) == (None, frozenset())


def test_the_lowest_level_of_records_of_one_name() -> None:
    levels = [{"maxAssuranceLevel": each} for each in (3, 1, 2)] + [{}]
    numbers = [f"{NUMBER[:-1]}{at}" for at in range(4)]
    made = [record(number, assurance=each) for number, each in zip(numbers, levels, strict=True)]
    made[0]["status"] = made[3]["status"] = "withdrawn"
    found = listing(*made).find(signer("Camera", "Maker"))
    assert found is not None
    assert (found.assurance_level, found.is_conformant, found.record) == (1, True, numbers[3])
    for each in made:
        each["status"] = "withdrawn"
    found = listing(*made).find(signer("Camera", "Maker"))
    assert found is not None
    assert not found.is_conformant
