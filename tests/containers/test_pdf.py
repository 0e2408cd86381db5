"""PDF: objects, cross-references of every form, updates, and stores as embedded files."""

from __future__ import annotations

import codecs
import io
import json
import re
import shutil
import subprocess
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import aidisclose as ad
from aidisclose import limits
from aidisclose.carriers import xmp
from aidisclose.carriers.aigc import Label
from aidisclose.carriers.text import read as read_texts
from aidisclose.codec import pdf_object
from aidisclose.codec.pdf_object import Name, PDFObject, Ref
from aidisclose.containers import Edits, Layout, pdf, read_store
from aidisclose.containers.pdf import document as pdf_document
from aidisclose.containers.pdf import extents
from aidisclose.containers.pdf.document import Document
from aidisclose.containers.pdf.increment import IncrementalUpdate
from aidisclose.containers.pdf.names import insert
from aidisclose.errors import (
    LimitExceeded,
    Malformed,
    MalformedFile,
    Unembeddable,
    UnsupportedFormat,
)
from aidisclose.io.source import BytesSource
from tests.containers import samples
from tests.containers.samples import VECTORS
from tests.containers.samples_pdf import (
    DEEP_TREE,
    FLAT_TREE,
    OBJECTS,
    TRAILER,
    appended,
    catalog,
    linearized,
    metadata,
    start_of,
    with_stores,
)
from tests.containers.samples_pdf import pdf as make
from tests.interop import reference
from tests.issuing import Issued

STORE, OTHER, THIRD = (samples.store(size, seed=size) for size in (500, 600, 700))
SIGNED = VECTORS / "signed" / "express-signed.pdf"


def scan(data: bytes) -> Layout:
    return pdf.CONTAINER.scan(BytesSource(data))


def edit(data: bytes, edits: Edits) -> bytes:
    source = BytesSource(data)
    splice = pdf.CONTAINER.rewrite(source, pdf.CONTAINER.scan(source), edits)
    return splice.read_at(0, splice.size)


def rewrite(data: bytes, store: bytes | None) -> bytes:
    return edit(data, Edits(store=store))


def stores(data: bytes) -> list[bytes]:
    return [read_store(BytesSource(data), store) for store in scan(data).stores]


def document(data: bytes) -> Document:
    return Document(BytesSource(data))


# --- Cross-references ---------------------------------------------------------------------------

FORMS = ("table", "stream", "packed", "hybrid")


@pytest.mark.parametrize("form", FORMS)
def test_objects_are_found_in_every_form(form: str) -> None:
    file = document(make(form=form))
    assert file.dictionary(Ref(3, 0))[b"Parent"] == Ref(2, 0)
    assert file.dictionary(Ref(3, 1)) == {}
    assert file.dictionary(Ref(30, 0)) == {}
    stream = file.stream(Ref(4, 0))
    assert stream is not None
    assert stream.fields == {b"Length": stream.data.length}
    assert file.size > 4


@pytest.mark.parametrize("newer", FORMS)
@pytest.mark.parametrize("older", FORMS)
def test_updates_replace_objects(older: str, newer: str) -> None:
    data = appended(make(form=older), {2: b"<</New true>>"}, form=newer)
    file = document(data)
    assert file.dictionary(Ref(2, 0)) == {b"New": True}
    assert file.dictionary(Ref(2, 0), since=1)[b"Type"] == b"Pages"
    assert file.dictionary(Ref(3, 0))[b"Type"] == b"Page"
    assert file.updates == (0, 1)


def test_a_linearized_file_is_one_update() -> None:
    file = document(linearized())
    assert len(file.sections) == 2
    assert file.updates == (0,)
    assert document(appended(linearized(), {2: b"<<>>"})).updates == (0, 1)


def test_deleted_objects_are_not_there() -> None:
    data = appended(make(), {5: b"<<>>"})
    start = start_of(data)
    free = data.replace(b"5 1\n", b"2 1\n", 1).replace(b" 00000 n \ntrailer", b" 00001 f \ntrailer")
    assert data[start:] != free[start:]
    assert document(data).dictionary(Ref(2, 0)) != {}
    free = free[:start] + free[start:].replace(b" n \ntrailer", b" f \ntrailer")
    assert document(free).dictionary(Ref(2, 0)) == {}


def _replaced(old: bytes, new: bytes, data: bytes | None = None) -> bytes:
    data = make() if data is None else data
    assert old in data
    return data.replace(old, new)


MALFORMED = {
    "no-start": lambda: _replaced(b"startxref", b"startyref"),
    "start-elsewhere": lambda: _replaced(b"startxref\n", b"startxref\n1"),
    "start-outside": lambda: _replaced(b"startxref\n", b"startxref\n99999999"),
    "no-table": lambda: _replaced(b"\nxref\n", b"\nxxef\n"),
    "no-trailer": lambda: _replaced(b"trailer", b"trail"),
    "trailer-no-dictionary": lambda: _replaced(b"trailer\n", b"trailer\n[]"),
    "loop": lambda: _replaced(b"/Root", b"/Prev %d/Root" % start_of(make())),
    "negative": lambda: _replaced(b"/Root", b"/Prev -1/Root"),
    "hidden": lambda: _replaced(b"/Root", b"/XRefStm 348 0 R/Root"),
    "no-offset": lambda: _replaced(b"/Root", b"/Prev/Root 1 0 R/Root"),
    "hybrid-outside": lambda: _replaced(b"/Root", b"/XRefStm -5/Root"),
    "entry": lambda: _replaced(b" 00000 n \n2 1", b" 00000 x \n2 1"),
    "object-elsewhere": lambda: _replaced(b"1 0 obj", b"7 0 obj"),
    "object-broken": lambda: _replaced(b"<</Type/Catalog", b"<</Type]Catalog"),
    "twice": lambda: _replaced(b"\n2 1\n", b"\n1 1\n"),
    "no widths": lambda: _replaced(b"/W[1 4 1]", b"/W[0 0 0]", make(form="stream")),
    "widths": lambda: _replaced(b"/W[1 4 1]", b"/W[1 4 9]", make(form="stream")),
    "index": lambda: _replaced(b"/Index[1 1", b"/Index[1 9", make(form="stream")),
    "stream-type": lambda: _replaced(b"/Type/XRef", b"/Type/XReg", make(form="stream")),
    "stream-length": lambda: _replaced(b"/Length ", b"/Length 9", make(form="stream")),
    "packed-index": lambda: _replaced(b"/First ", b"/First 9", make(form="packed")),
    "packed-count": lambda: _replaced(b"/N 3", b"/N 4", make(form="packed")),
    "catalog": lambda: _replaced(b"/Root 1 0 R", b"/Root 9 0 R", make(form="packed")),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_broken_references_are_not_guessed(name: str) -> None:
    with pytest.raises(MalformedFile):
        rewrite(MALFORMED[name](), STORE)


def test_references_to_references_end() -> None:
    data = make({**OBJECTS, 5: b"6 0 R", 6: b"5 0 R"})
    with pytest.raises(MalformedFile):
        document(data).resolve(Ref(5, 0))


def test_updates_are_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    data = make()
    for _ in range(5):
        data = appended(data, {5: b"<<>>"})
    monkeypatch.setattr(limits, "PDF_SECTIONS", 6)
    scan(data)
    monkeypatch.setattr(limits, "PDF_SECTIONS", 5)
    with pytest.raises(LimitExceeded):
        scan(data)


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PDF_PARSED", limits.MIB)
    bomb = zlib.compress(b" " * 2 * limits.MIB)
    original = make(form="packed")
    header = b"<</Type/ObjStm/N 1/First 0/Filter/FlateDecode/Length %d>>" % len(bomb)
    stream = header + b"\nstream\n" + bomb + b"\nendstream"
    data = appended(original, {21: stream})
    with pytest.raises(LimitExceeded):
        scan(data)


@pytest.mark.parametrize(
    ("parameters", "rows", "decoded"),
    [
        ({}, b"abcdef", b"abcdef"),
        ({b"Predictor": 1}, b"abcdef", b"abcdef"),
        (
            {b"Predictor": 2, b"Columns": 3},
            b"\x01\x02\x03\xff\x01\x01\x05",
            b"\x01\x03\x06\xff\x00\x01\x05",
        ),
        ({b"Predictor": 12, b"Columns": 2}, b"\x02ab\x02\x01\xff", b"abba"),
        ({b"Predictor": 10, b"Columns": 2}, b"\x00ab\x00cd", b"abcd"),
        ({b"Predictor": 15, b"Columns": 2}, b"\x00ab\x02\x01\xff\x00xyz", b"abbaxy"),
    ],
)
def test_rows_with_filters(parameters: dict[bytes, PDFObject], rows: bytes, decoded: bytes) -> None:

    assert pdf_document._unpredicted(rows, parameters) == decoded


@pytest.mark.parametrize(
    "parameters",
    [
        {b"Predictor": 2, b"Columns": -1},
        {b"Predictor": 12, b"Columns": -1},
        {b"Predictor": 12, b"Columns": 10**9},
        {b"Predictor": 12, b"Colors": 3},
        {b"Predictor": Name(b"x")},
        {b"Predictor": 12, b"Columns": 3},
    ],
)
def test_other_filters_are_refused(parameters: dict[bytes, PDFObject]) -> None:

    with pytest.raises(UnsupportedFormat):
        pdf_document._unpredicted(b"\x01abcd\x04ef", parameters)


# --- Trees of embedded files --------------------------------------------------------------------


def keys(file: Document, node: dict[bytes, PDFObject]) -> Iterator[bytes]:
    for kid in file.array(node.get(b"Kids")):
        child = file.dictionary(kid)
        found = list(keys(file, child))
        assert file.array(child[b"Limits"]) == [found[0], found[-1]]
        yield from found
    names = file.array(node.get(b"Names"))[::2]
    yield from (key for key in names if isinstance(key, bytes))


def tree(file: Document) -> dict[bytes, PDFObject]:
    root = file.dictionary(file.trailer[b"Root"])
    return file.dictionary(file.dictionary(root[b"Names"])[b"EmbeddedFiles"])


@pytest.mark.parametrize("key", [b"0", b"A", b"AA", b"BB", b"CC", b"E", b"b", b"zz"])
def test_an_entry_is_inserted_in_order(key: bytes) -> None:
    data = make(DEEP_TREE)
    file = document(data)
    before = list(keys(file, tree(file)))
    update = IncrementalUpdate(file, len(data))
    root = dict(tree(file))
    insert(update, file, root, key, Ref(10, 0))
    update.replaced(Ref(13, 0), root)
    after = document(data + update.finish())
    assert list(keys(after, tree(after))) == sorted([*before, key])


@pytest.mark.parametrize(
    "root",
    [
        b"<</Kids[13 0 R]>>",
        b"<</Kids[18 0 R]>>",
        b"<</Names[1 2]>>",
        b"<</Kids[13 0 R]/Limits[(A)(Z)]>>",
    ],
)
def test_a_tree_without_order_is_refused(root: bytes) -> None:
    with pytest.raises((MalformedFile, LimitExceeded)):
        rewrite(make({**DEEP_TREE, 13: root}), STORE)


# --- Stores -------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_embedding_appends(form: str) -> None:
    before = make(FLAT_TREE, form=form)
    data = rewrite(before, STORE)
    assert data.startswith(before)
    file = document(data)
    root = file.dictionary(file.trailer[b"Root"])
    old, new = file.array(root[b"AF"])
    assert old == Ref(10, 0)
    assert isinstance(new, Ref)
    specification = file.dictionary(new)
    assert specification[b"AFRelationship"] == Name(b"C2PA_Manifest")
    reference = file.dictionary(specification[b"EF"])[b"F"]
    assert isinstance(reference, Ref)
    stream = file.stream(reference)
    assert stream is not None
    assert stream.fields[b"Subtype"] == Name(b"application/c2pa")
    assert file.array(tree(file)[b"Names"])[:2] == [
        b"Content Credentials %d" % reference.number,
        new,
    ]
    (found,) = scan(data).stores
    assert found.frame == stream.data
    assert found.exclusions == (stream.data,)
    assert file.trailer[b"ID"] != document(before).trailer[b"ID"]


def test_an_update_takes_the_form_of_the_file() -> None:
    assert b"\nxref\n" in rewrite(make(), STORE)
    assert b"\nxref\n" not in rewrite(make(form="stream"), STORE)


def test_stores_of_several_updates_are_read_as_one() -> None:
    data = with_stores(with_stores(make(), STORE), OTHER)
    assert stores(data) == [STORE + OTHER]
    (found,) = scan(data).stores
    assert found.exclusions == (found.frame,)
    assert data[found.frame.start : found.frame.end] == OTHER


def test_two_stores_of_the_newest_update_are_two() -> None:
    data = with_stores(with_stores(make(), STORE), OTHER, THIRD)
    assert stores(data) == [OTHER, THIRD]


def test_two_stores_of_an_older_update_are_none() -> None:
    """C2PA 2.5 §14.5.2.2: those of other updates still count."""
    data = with_stores(with_stores(with_stores(make(), STORE), OTHER, THIRD), STORE)
    assert stores(data) == [STORE + STORE]


def test_a_catalog_without_the_store_does_not_hide_it() -> None:
    data = appended(with_stores(make(), STORE), {1: OBJECTS[1]})
    assert stores(data) == [STORE]


def test_a_store_by_another_program_stays_when_one_is_added() -> None:
    foreign = appended(with_stores(make(), STORE), FLAT_TREE)
    data = rewrite(foreign, OTHER)
    assert data.startswith(foreign)
    assert stores(data) == [STORE + OTHER]
    assert rewrite(data, THIRD) == rewrite(foreign, THIRD)


def test_removing_clears_stores_by_other_programs() -> None:
    """All offsets stay, and nothing of the store is left."""
    foreign = appended(with_stores(with_stores(make(), STORE), OTHER), {1: OBJECTS[1]})
    cleared = rewrite(foreign, None)
    assert len(cleared) == len(foreign)
    assert scan(cleared).stores == ()
    assert STORE not in cleared
    assert OTHER not in cleared
    assert rewrite(rewrite(foreign, THIRD), None) == cleared
    assert document(cleared).dictionary(Ref(3, 0)) == document(foreign).dictionary(Ref(3, 0))


def test_a_store_in_packed_objects_is_not_cleared() -> None:
    files = catalog(b"/AF[10 0 R]", {10: b"<</AFRelationship/C2PA_Manifest/EF<</F 11 0 R>>>>"})
    stream = b"<</Length 500>>\nstream\n" + STORE + b"\nendstream"
    data = make({**files, 11: stream}, form="packed")
    assert stores(data) == [STORE]
    with pytest.raises(UnsupportedFormat):
        rewrite(data, None)


def test_a_store_under_a_pdf_signature_is_not_cleared() -> None:
    objects = catalog(b"/AcroForm<</SigFlags 3>>")
    data = with_stores(make(objects), STORE)
    with pytest.raises(UnsupportedFormat):
        rewrite(data, None)
    assert stores(rewrite(data, OTHER)) == [STORE + OTHER]


def test_certified_files_are_not_changed() -> None:
    with pytest.raises(UnsupportedFormat, match="certified"):
        rewrite(make(catalog(b"/Perms<</DocMDP 5 0 R>>", {5: b"<<>>"})), STORE)


ENCRYPTED = TRAILER + b"/Encrypt 5 0 R"


def _with_fields(fields: bytes, *, trailer: bytes = TRAILER, entries: bytes = b"") -> bytes:
    """A file whose store is a stream with these fields, with entries in its catalog."""
    objects = catalog(
        b"/AF[10 0 R]%b" % entries,
        {
            5: b"<</Filter/Standard>>",
            10: b"<</AFRelationship/C2PA_Manifest/EF<</UF 11 0 R>>>>",
            11: b"<</Length %d%b>>\nstream\n%b\nendstream" % (len(STORE), fields, STORE),
        },
    )
    return make(objects, trailer=trailer)


def test_encrypted_files_are_not_changed() -> None:
    with pytest.raises(UnsupportedFormat, match="encrypted"):
        rewrite(make(trailer=ENCRYPTED), STORE)
    assert scan(make(trailer=ENCRYPTED)).stores == ()
    with pytest.raises(UnsupportedFormat, match="encrypted"):
        scan(make(trailer=ENCRYPTED, form="packed"))


@pytest.mark.parametrize(
    "fields",
    [
        b"/Filter/Crypt",
        b"/Filter[/Crypt]/DecodeParms[<</Type/CryptFilterDecodeParms/Name/Identity>>]",
    ],
)
def test_a_store_left_out_of_the_encryption_is_read(fields: bytes) -> None:
    assert stores(_with_fields(fields, trailer=ENCRYPTED)) == [STORE]
    assert stores(_with_fields(fields)) == [STORE]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (_with_fields(b"", trailer=ENCRYPTED), "is encrypted"),
        (_with_fields(b"/Filter/Crypt/DecodeParms<</Name/StdCF>>", trailer=ENCRYPTED), "encrypted"),
        (_with_fields(b"/Filter/FlateDecode"), "behind the filter"),
        (_with_fields(b"/Filter[/Crypt/FlateDecode]"), "behind the filter"),
        (with_stores(make(), b""), "empty"),
        (_with_fields(b"").replace(b"/UF 11", b"/UF 12"), "not there"),
        (_with_fields(b"").replace(b"/UF 11 0 R", b"/UF(abc)   "), "not there"),
        (make() + b"2 0 obj <</AFRelationship /C2PA_Manifest", "behind the PDF"),
    ],
)
def test_a_store_that_cannot_be_read_is_a_problem(data: bytes, reason: str) -> None:
    layout = scan(data)
    assert layout.stores == ()
    (problem,) = layout.problems
    assert reason in problem.reason


def test_a_stream_that_does_not_end_where_it_says_is_refused() -> None:
    with pytest.raises(MalformedFile):
        scan(_with_fields(b"").replace(b"/Length 500", b"/Length 400"))


def test_the_number_of_stores_is_capped() -> None:
    with pytest.raises(LimitExceeded):
        scan(with_stores(make(), *(STORE[:9] for _ in range(limits.STORES + 1))))


# --- Packets and labels ------------------------------------------------------------------------

PACKET = xmp.create({xmp.AIGC: "x"})
TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
LABEL = rb'{"Label":"1","ContentProducer":"A (\"B\") \\ )"}'


def info(data: bytes) -> dict[bytes, PDFObject]:
    file = document(data)
    return file.dictionary(file.trailer.get(b"Info"))


def packet(data: bytes) -> bytes | None:
    found = scan(data).xmp
    return found and data[found.start : found.end]


@pytest.mark.parametrize("form", FORMS)
def test_all_edits_are_one_update(form: str) -> None:
    before = metadata(form=form)
    data = edit(before, Edits(STORE, PACKET, LABEL))
    assert data.startswith(before)
    assert len(document(data).updates) == 2
    assert (stores(data), packet(data)) == ([STORE], PACKET)
    file = document(data)
    catalog_before = document(before).dictionary(Ref(1, 0))
    catalog_after = file.dictionary(file.trailer[b"Root"])
    changed = {name for name in catalog_after if catalog_after[name] != catalog_before.get(name)}
    assert changed == {b"AF", b"Names", b"Metadata"}
    assert edit(data, Edits(OTHER, PACKET, None)) == edit(before, Edits(OTHER, PACKET))


@pytest.mark.parametrize("form", FORMS)
def test_the_other_entries_of_the_info_dictionary_stay(form: str) -> None:
    """Under the number that it had, so that readers see one dictionary in two versions."""
    before = metadata(form=form)
    data = edit(before, Edits(aigc=LABEL))
    assert document(data).trailer[b"Info"] == document(before).trailer[b"Info"]
    expected = {**info(before), b"AIGC": LABEL}
    assert pdf_object.write(info(data)) == pdf_object.write(expected)


@pytest.mark.parametrize("trailer", [b"", b"/Info 9 0 R", b"/Info<</Title(x)>>"])
def test_an_info_dictionary_is_made_where_there_is_none(trailer: bytes) -> None:
    data = edit(make(trailer=TRAILER + trailer), Edits(aigc=LABEL))
    assert isinstance(document(data).trailer[b"Info"], Ref)
    assert info(data) == ({b"Title": b"x"} if b"Title" in trailer else {}) | {b"AIGC": LABEL}


@pytest.mark.parametrize("name", [b"AIGC", b"aigc"])
def test_the_label_of_another_program_is_replaced(name: bytes) -> None:
    before = metadata(b"<</%b(other)/Title(x)>>" % name)
    assert info(edit(before, Edits(aigc=LABEL))) == {b"Title": b"x", b"AIGC": LABEL}
    removed = edit(before, Edits(aigc=None))
    assert info(removed) == {b"Title": b"x"}
    assert edit(edit(before, Edits(aigc=LABEL)), Edits(aigc=None)) == removed


def test_a_label_that_is_there_is_not_written_again() -> None:
    once = edit(metadata(), Edits(aigc=LABEL)) + b"% added by somebody else\n"
    assert edit(once, Edits(aigc=LABEL)) == once


@given(st.text(max_size=80), st.sampled_from(["latin-1", "utf-8-sig", "utf-16"]))
def test_texts_are_read_as_they_were_written(text: str, encoding: str) -> None:
    if encoding == "latin-1":
        assume(text.isascii())
        value = text.encode()
    else:
        value = codecs.BOM_UTF16_BE + text.encode("utf-16-be", "replace")
        if encoding == "utf-8-sig":
            value = text.encode("utf-8-sig", "replace")
    data = edit(make(), Edits(aigc=value))
    (found,) = read_texts(BytesSource(data), scan(data))
    assert found == ("PDF Info", "AIGC", text.encode("utf-8", "replace").decode())


def test_the_packet_of_another_program_is_replaced_or_taken_out() -> None:
    before = metadata()
    assert b"a book" in (packet(before) or b"")
    assert packet(edit(before, Edits(xmp=PACKET))) == PACKET
    removed = edit(before, Edits(xmp=None))
    assert removed.startswith(before)
    assert packet(removed) is None
    assert edit(edit(removed, Edits(STORE)), Edits(None)) == removed


def test_a_compressed_packet_is_not_overwritten() -> None:
    """What it says could not be kept."""
    before = metadata(filtered=b"/Filter/FlateDecode", packet=zlib.compress(PACKET))
    assert packet(before) is None
    with pytest.raises(UnsupportedFormat, match="compressed"):
        edit(before, Edits(xmp=PACKET))
    assert packet(edit(edit(before, Edits(xmp=None)) + b"\n", Edits(xmp=PACKET))) == PACKET


EDITS = {
    "store": Edits(STORE),
    "packet": Edits(xmp=PACKET),
    "no packet": Edits(xmp=None),
    "label": Edits(aigc=LABEL),
}
each_edit = pytest.mark.parametrize("edits", EDITS.values(), ids=EDITS)


@each_edit
def test_encrypted_and_certified_files_are_refused_with_the_reason(edits: Edits) -> None:
    plain = metadata()
    encrypted = plain.replace(b"/Info 6 0 R", b"/Info 6 0 R/Encrypt<</V 4>>")
    certified = appended(plain, {1: b"<</Metadata 5 0 R/Perms<</DocMDP 2 0 R>>>>"})
    for data, reason in ((encrypted, "is encrypted"), (certified, "is certified")):
        assert data != plain
        with pytest.raises(UnsupportedFormat, match=reason) as refusal:
            edit(data, edits)
        assert ("beside the file" in str(refusal.value)) == isinstance(edits.store, bytes)


@pytest.mark.parametrize(
    ("filtered", "encryption", "is_clear"),
    [
        (b"", b"<</V 4>>", False),
        (b"", b"<</V 4/EncryptMetadata true>>", False),
        (b"", b"<</V 4/EncryptMetadata false>>", True),
        (b"/Filter[/Crypt]/DecodeParms[<</Name/Identity>>]", b"<</V 5>>", True),
        (b"/Filter[/Crypt]/DecodeParms[<</Name/StdCF>>]", b"<</V 5>>", False),
        (b"/Filter/FlateDecode", b"<</EncryptMetadata false>>", False),
    ],
)
def test_a_packet_is_read_where_it_is_not_encrypted(
    filtered: bytes, encryption: bytes, is_clear: bool
) -> None:
    """The Info dictionary never is."""
    data = metadata(filtered=filtered).replace(b"/Info 6", b"/Encrypt%b/Info 6" % encryption)
    assert (packet(data) is not None) == is_clear
    assert "Info" not in [block.name for block in scan(data).blocks]


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"5 0 obj", b"7 0 obj"), (b"/XML/Length", b"/XML/Lentgh"), (b"6 0 obj", b"7 0 obj")],
)
def test_broken_metadata_does_not_hide_the_store(old: bytes, new: bytes) -> None:
    data = metadata()
    assert old in data
    broken = data.replace(old, new)
    assert stores(with_stores(broken, STORE)) == [STORE]
    assert rewrite(rewrite(broken, OTHER), STORE) == rewrite(broken, STORE)


def test_metadata_whose_length_is_encrypted_does_not_hide_the_store() -> None:
    data = _with_fields(b"/Filter/Crypt", entries=b"/Metadata 6 0 R")
    data = appended(data, {6: b"<</Length 8 0 R>>\nstream\nabcd\nendstream"})
    data = appended(data, {8: b"4"}, form="packed", trailer=ENCRYPTED)
    assert stores(data) == [STORE]


def test_metadata_inside_of_a_store_is_refused() -> None:
    """No hash would cover it."""
    hidden = b"12 0 obj<</Length 4>>\nstream\nabcd\nendstream\nendobj"
    files = {
        10: b"<</AFRelationship/C2PA_Manifest/EF<</F 11 0 R>>>>",
        11: b"<</Length %d>>\nstream\n%b\nendstream" % (len(hidden), hidden),
        12: hidden.removeprefix(b"12 0 obj").removesuffix(b"\nendobj"),
    }
    data = make(catalog(b"/Metadata 12 0 R/AF[10 0 R]", files))
    inside, outside = data.index(hidden), data.rindex(b"12 0 obj")
    assert scan(data).xmp is not None
    with pytest.raises(MalformedFile, match="overlap"):
        scan(data.replace(b"%010d" % outside, b"%010d" % inside))


def test_an_object_that_is_two_things_is_refused() -> None:
    with pytest.raises(MalformedFile, match="two things"):
        edit(make(trailer=TRAILER + b"/Info 1 0 R"), Edits(aigc=LABEL))


def test_a_damaged_store_is_not_buried_under_a_packet() -> None:
    damaged = make() + b"2 0 obj <</AFRelationship /C2PA_Manifest"
    with pytest.raises(MalformedFile, match="cannot be kept"):
        edit(damaged, Edits(xmp=PACKET))


# --- Other programs -----------------------------------------------------------------------------

each_sample = pytest.mark.parametrize(
    "sample", list(samples.of(pdf.CONTAINER)), ids=lambda sample: sample.name
)


def run(*command: str | Path) -> str:
    """What another program prints; it has nothing to complain about."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.decode()


def by_qpdf(*options: str) -> Callable[[Path], bytes]:
    """A sample as qpdf writes it with these options."""

    def make_it(folder: Path) -> bytes:
        before, after = folder / "plain.pdf", folder / "qpdf.pdf"
        before.write_bytes(metadata())
        run("qpdf", before, after, *options)
        return after.read_bytes()

    return make_it


KINDS: dict[str, Callable[[Path], bytes]] = {
    "table": lambda _: metadata(),
    "stream": by_qpdf("--object-streams=generate"),
    "hybrid": lambda _: metadata(form="hybrid"),
    "linearized": by_qpdf("--linearize"),
    "linearized stream": by_qpdf("--linearize", "--object-streams=generate"),
}
DISCLOSURE = ad.Disclosure(
    ai="generated",
    model="SDXL",
    aigc=Label(producer='A("B")', content_id="\\)"),
)


class Pair(NamedTuple):
    """A file before and after it was signed with all marks."""

    before: Path
    after: Path


@pytest.fixture(params=KINDS)
def pair(request: pytest.FixtureRequest, tmp_path: Path, issued: Issued) -> Pair:
    files = Pair(tmp_path / "before.pdf", tmp_path / "after.pdf")
    before = KINDS[request.param](tmp_path)
    files.before.write_bytes(before)
    signer = issued("es256").signer()
    ad.sign(files.before, files.after, disclosure=DISCLOSURE, signer=signer)
    return files


def test_qpdf_has_no_complaint(pair: Pair) -> None:
    assert "No syntax or stream encoding errors found" in run("qpdf", "--check", pair.after)


def test_exiftool_reads_the_marks(pair: Pair) -> None:
    """One of each; what was there stays."""
    command = ("exiftool", "-G1", "-s", "-a", "-j")
    (before,), (after,) = (json.loads(run(*command, path)) for path in pair)
    assert "ExifTool:Warning" not in after
    new = {
        "PDF:AIGC": DISCLOSURE.aigc and DISCLOSURE.aigc.encode(),
        "XMP-iptcExt:DigitalSourceType": TRAINED,
        "XMP-iptcExt:AISystemUsed": "SDXL",
    }
    of_document = {name: value for name, value in before.items() if name[:3] in ("PDF", "XMP")}
    assert of_document["PDF:Title"] == "A (small) page"
    assert of_document["PDF:Author"] == "Zoë"
    changed = {"PDF:Linearized": "No"} if "PDF:Linearized" in before else {}
    assert after.items() >= (of_document | changed | new).items()


def test_poppler_shows_the_same_document(pair: Pair, tmp_path: Path) -> None:
    texts = [run("pdftotext", path, "-") for path in pair]
    assert texts[0] == texts[1]
    assert "A page" in texts[0]
    assert "SDXL" in run("pdfinfo", "-meta", pair.after)
    assert re.search(r"^Title: +A \(small\) page$", run("pdfinfo", pair.after), re.MULTILINE)
    pictures = []
    for path in pair:
        run("pdftoppm", "-singlefile", "-r", "40", path, tmp_path / "page")
        pictures.append((tmp_path / "page.ppm").read_bytes())
    assert pictures[0] == pictures[1]


def test_signing_again_leaves_one_update(pair: Pair, issued: Issued) -> None:
    """The reference and we trust it each time."""
    made = issued("es256")
    before, data = (path.read_bytes() for path in pair)
    for model in ("SDXL", "one", "two"):
        if model != "SDXL":
            output = io.BytesIO()
            again = replace(DISCLOSURE, ai="edited", model=model)
            ad.sign(data, output, disclosure=again, signer=made.signer())
            data = output.getvalue()
        assert data.startswith(before)
        assert len(document(data).updates) == 2
        trust = ad.TrustConfig.from_pem((made.folder / "root.pem").read_bytes())
        report = ad.verify(data, trust=trust)
        assert report.state is ad.State.TRUSTED
        assert report.disclosure.contradictions == ()
        assert report.marks.xmp["Iptc4xmpExt:AISystemUsed"] == (model,)
        assert reference.read(data, made, "application/pdf")["validation_state"] == "Trusted"


@pytest.mark.parametrize("bits", ["128", "256"])
@pytest.mark.parametrize("clear", [True, False])
def test_files_encrypted_by_qpdf_are_refused(
    bits: str, clear: bool, tmp_path: Path, issued: Issued
) -> None:
    """Of one whose metadata is not encrypted, the packet is read."""
    aes = ["--use-aes=y"] if bits == "128" else []
    plain = ["--cleartext-metadata"] if clear else []
    data = by_qpdf("--encrypt", "", "owner", bits, *aes, *plain, "--")(tmp_path)
    assert (b"a book" in (packet(data) or b"")) == clear
    with pytest.raises(UnsupportedFormat, match="is encrypted"):
        ad.sign(data, io.BytesIO(), disclosure=DISCLOSURE, signer=issued("es256").signer())


@each_sample
def test_qpdf_finds_nothing_wrong(sample: samples.Sample, tmp_path: Path) -> None:
    path = tmp_path / "signed.pdf"
    path.write_bytes(edit(sample.data(), Edits(STORE, PACKET, LABEL)))
    run("qpdf", "--check", path)


@each_sample
def test_the_reference_trusts_what_we_sign(sample: samples.Sample, issued: Issued) -> None:
    made = issued("es256")
    output = io.BytesIO()
    ad.sign(sample.data(), output, disclosure=DISCLOSURE, signer=made.signer())
    trust = ad.TrustConfig.from_pem((made.folder / "root.pem").read_bytes())
    assert ad.verify(output, trust=trust).state is ad.State.TRUSTED
    report = reference.read(output.getvalue(), made, "application/pdf")
    assert report["validation_state"] == "Trusted"


@pytest.mark.skipif(not SIGNED.exists(), reason="the test vectors are not beside the checkout")
def test_a_file_by_adobe_express_is_valid() -> None:
    trust = ad.TrustConfig.none()
    report = ad.verify(SIGNED, trust=trust, at=datetime(2024, 1, 1, tzinfo=UTC))
    assert report.state is ad.State.VALID
    assert "assertion.dataHash.match" in {status.code for status in report.statuses.success}


@pytest.mark.skipif(not SIGNED.exists(), reason="the test vectors are not beside the checkout")
def test_a_file_by_adobe_express_can_be_signed_again(
    issued: Issued,
) -> None:
    """Its manifests are both in the new store and in the old one, which stays in the file."""
    output = io.BytesIO()
    disclosure = ad.Disclosure(ai="edited")
    ad.sign(SIGNED, output, disclosure=disclosure, signer=issued("es256").signer())
    report = ad.verify(output, trust=ad.TrustConfig.none(), at=datetime(2024, 1, 1, tzinfo=UTC))
    assert report.store is not None
    assert len(report.store.manifests) == 3
    assert report.integrity == "intact"
    (source_type,) = report.marks.xmp["Iptc4xmpExt:DigitalSourceType"]
    assert source_type.endswith("/compositeWithTrainedAlgorithmicMedia")


def test_associated_files_have_a_limit() -> None:
    """Half a million references took ten seconds."""
    data = make(catalog(b"/AF[" + b"2 0 R " * 60_000 + b"]"))
    with pytest.raises(LimitExceeded):
        pdf.CONTAINER.scan(BytesSource(data))


def strays(data: bytes) -> list[str]:
    source = BytesSource(data)
    return [str(each) for each in pdf.CONTAINER.strays(source, pdf.CONTAINER.scan(source))]


@pytest.mark.parametrize("end", [b"\n", b"   \n", b"\r\n\n"])
def test_entries_of_other_lengths_are_read_as_readers_do(end: bytes) -> None:
    data = make()
    start = data.rindex(b"xref\n", 0, data.rindex(b"startxref"))
    head, table = data[:start], data[start:]
    for loose in (
        head + re.sub(rb" ([nf])(?: \r| \n|\r\n)", rb" \1" + end, table),
        head + re.sub(rb" n(?: \r| \n|\r\n)", b" n" + end, table, count=1),
    ):
        assert Document(BytesSource(loose)).trailer == Document(BytesSource(data)).trailer
        assert stores(with_stores(loose, STORE)) == [STORE]


def test_a_table_that_breaks_off_is_malformed() -> None:
    data = make()
    start = data.rindex(b"xref\n", 0, data.rindex(b"startxref"))
    broken = data[:start] + data[start:].replace(b" n", b" x", 1)
    with pytest.raises(MalformedFile, match="broken PDF cross-reference entry"):
        with_stores(broken, STORE)


def test_objects_beyond_what_an_index_can_count_are_found_by_number() -> None:
    many = dict.fromkeys(range(100, 100 + 65536), b"null")
    data = make({**OBJECTS, **many, 200_000: b"<</Last true>>"}, form="packed")
    document = Document(BytesSource(data))
    assert document.resolve(Ref(200_000, 0)) == {b"Last": True}


@pytest.mark.parametrize(
    "text",
    [b"a trailer", b"4 objects", b"3 0 objection", b" obj ", b"v 2 obj", b"0 obj", b"%4 0 %obj"],
)
def test_texts_in_a_store_are_no_objects(text: bytes) -> None:
    assert strays(with_stores(make(), STORE + text)) == []


@pytest.mark.parametrize("text", [b"4 0 obj", b"4 0%a\n%b\nobj", b"14\0\f5obj<<", b"trailer\r\n<<"])
def test_objects_in_a_store_are_noticed(text: bytes) -> None:
    [stray] = strays(with_stores(make(), STORE + b"\n" + text))
    assert "damaged PDF" in stray


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="needs pdftotext")
def test_readers_of_a_damaged_file_find_objects_in_the_store(tmp_path: Path) -> None:
    """Or nobody had to look for them."""
    damaged = re.sub(rb"\n3 1\n\d{10}", b"\n3 1\n0000000000", make(), count=1)
    damaged = re.sub(rb"(xref\n0 \d+\n(?:.{19}\n){2})\d{10}", rb"\g<1>0000000001", damaged)
    page = OBJECTS[4].replace(b"A page", b"Forged")
    path = tmp_path / "a.pdf"
    path.write_bytes(with_stores(damaged, STORE + b"\n4 0 obj\n" + page + b"\nendobj\n"))
    done = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=False)
    assert b"Forged" in done.stdout


@pytest.mark.parametrize(
    "content",
    [
        b"<</A(a (nested (twice)) string \\) with an escape)>>",
        b"<</A[[[[[[[[1]]]]]]]]>>",
        b"<</A(%)/B<</C<AB>>>>>",
        b"(text)",
        b"[1 0 R(])]",
        b"<</A 1%]\n>>",
        b"<</A 1 2>>",
        b"null",
        b"<</Length 3>>\nstream\nabc\nendstream",
        b"<</Length 1>>\nstream\nabc\nendstream",
        b"<</DL<</Length 3>>/Length 3>>\nstream\nabc\nendstream",
        b"<</A[" + b"1 0 R " * 5_000 + b"]>>",
    ],
)
def test_objects_that_are_complete_are_no_strays(content: bytes) -> None:
    assert strays(with_stores(make({**OBJECTS, 5: content}), STORE)) == []


@pytest.mark.parametrize(
    "content",
    [
        b"<</A(a (nested) string",
        b"<</A[[[[[[[[1]]]]]]]>>",
        b"<</A<</B 1>>",
        b"[" + b"1 0 R " * 5_000,
        b"<</Length 90000>>\nstream\nabc\nendstream",
        b"<</A<</Length 90000>>/Length 3>>\nstream\nabc\nendstream",
        b"<</Length 3>>\nstream\nabc\n",
    ],
)
def test_objects_that_are_not_complete_are_strays(content: bytes) -> None:
    """They stand last, so that nothing else ends them by chance."""
    [stray, *_] = strays(with_stores(make({**OBJECTS, 5: content}), STORE))
    assert "leads into the manifest store" in stray


@pytest.mark.parametrize(
    ("text", "count"),
    [
        *((b"1 0 obj%b" % opening, 8_000) for opening in (b"%", b"(", b"[", b"<<")),
        (b"1 0 obj ", 70_000),
    ],
)
def test_objects_in_one_another_have_a_budget(text: bytes, count: int) -> None:
    """Each may cost as much as all that follow."""
    objects = {**OBJECTS, 5: b"null%" + text * count + b"\n"}
    data = with_stores(make(objects), STORE)
    source = BytesSource(data)
    layout = pdf.CONTAINER.scan(source)
    start = data.index(text * 2)
    offsets = range(start, start + count * len(text), len(text))
    with pytest.raises(LimitExceeded):
        list(extents.find(source, layout, Document(source), offsets, frozenset()))


@pytest.mark.parametrize(
    "text",
    [
        b"obj " * 200_000,
        b"1 0 obj<</Length 9 0 R>>stream\n12345\nendstream endobj\n9 0 obj 5 endobj\n" * 20_000,
    ],
    ids=["keywords", "lengths"],
)
def test_hidden_objects_have_a_budget(text: bytes) -> None:
    """Each keyword is looked in front of, and each length in all objects of its number."""
    plain = make()
    start = plain.index(b"xref\n0")
    data = plain[:start] + text + plain[start:]
    data = data.replace(b"startxref\n%d" % start, b"startxref\n%d" % (start + len(text)))
    source = BytesSource(with_stores(data, STORE))
    with pytest.raises(LimitExceeded):
        list(pdf.CONTAINER.strays(source, pdf.CONTAINER.scan(source)))


@pytest.mark.parametrize("before", [b"junk\n", b"\r\n", b"x" * 900 + b"\r"])
def test_bytes_before_the_header(before: bytes) -> None:
    """Readers count offsets from there, or from the beginning: nothing is read, nothing written."""
    data = before + make()
    assert pdf.CONTAINER.sniff(data[:4096])
    layout = scan(data)
    assert (layout.stores, layout.problems) == ((), ())
    for edits in (Edits(store=STORE), Edits(xmp=xmp.create({xmp.SYSTEM: "x"}))):
        with pytest.raises(Unembeddable, match=f"{len(before)} bytes stand before the header"):
            pdf.CONTAINER.rewrite(BytesSource(data), layout, edits)
    assert ad.verify(data, trust=ad.TrustConfig.none()).state is ad.State.NONE


def test_a_store_in_a_file_that_does_not_begin_with_its_header_is_no_secret() -> None:
    data = b"junk\n" + with_stores(make(), STORE)
    [problem] = scan(data).problems
    assert "does not begin with its header" in problem.reason
    assert data[problem.offset :].startswith(b"/")


@pytest.mark.parametrize(
    "head", [b"see %PDF-1.7\n", b"\n%PDF-1.7 is", b"x" * 1024 + b"\n%PDF-1.7\n"]
)
def test_text_about_headers_is_no_pdf(head: bytes) -> None:
    assert not pdf.CONTAINER.sniff(head)


def _repeated(count: int, content: bytes) -> bytes:
    """A file whose pages are all one object in an object stream, found by any number."""
    numbers = range(10, 10 + count)
    index = b"".join(b"%d 0 " % number for number in numbers)
    packed = zlib.compress(index + content)
    fields = (count, len(index), len(packed))
    stream = b"<</Type/ObjStm/N %d/First %d/Filter/FlateDecode/Length %d>>" % fields
    kids = b" ".join(b"%d 0 R" % number for number in numbers)
    objects = {
        1: OBJECTS[1],
        2: b"<</Type/Pages/Count %d/Kids[%b]>>" % (count, kids),
        3: stream + b"\nstream\n" + packed + b"\nendstream",
    }
    data = b"%PDF-1.7\n"
    rows = {}
    for number, value in objects.items():
        rows[number] = b"\1" + len(data).to_bytes(4) + b"\0"
        data += b"%d 0 obj\n%b\nendobj\n" % (number, value)
    rows |= dict.fromkeys(numbers, b"\x02\x00\x00\x00\x03\x00")  # the index of the first
    last = numbers[-1] + 1
    rows[last] = b"\1" + len(data).to_bytes(4) + b"\0"
    table = b"".join(rows.get(number, bytes(6)) for number in range(last + 1))
    fields = (last, last + 1, len(table))
    return data + (
        b"%d 0 obj\n<</Type/XRef/W[1 4 1]/Size %d/Root 1 0 R/Length %d>>\nstream\n" % fields
        + table
        + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % len(data)
    )


def test_one_object_that_many_numbers_lead_to_has_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    page = b"<</Type/Page/X[%b]>>" % (b"1 " * 500)
    monkeypatch.setattr(limits, "PDF_PACKED", 10 * len(page))
    document = Document(BytesSource(_repeated(300, page)))
    for number in range(10, 20):
        assert document.dictionary(Ref(number, 0))
    with pytest.raises(LimitExceeded, match="bytes in PDF object streams"):
        document.dictionary(Ref(20, 0))


def test_what_a_string_without_an_end_holds_is_looked_at_once() -> None:
    """Looking for others behind each of its parentheses would take hours."""
    assert extents._is_open(b"(" + rb"\(" * 2_000_000)
    assert extents._is_open(b"(" * 2_000_000)
    assert not extents._is_open(rb"(\(" + b"()" * 1_000_000 + b") endobj (")


def test_comments_in_a_row_are_limited() -> None:
    """The engine of regular expressions remembers each."""
    assert pdf_object.parse(b"%\n" * 4_000 + b"null") == (None, 12_000 - 4_000 + 4)
    with pytest.raises(Malformed):
        pdf_object.parse(b"%\n" * 20_000 + b"null")
