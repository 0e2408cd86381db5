"""Identity assertions that are written here: what they hold, and what is refused."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import ObjectIdentifier

import aidisclose as ad
from aidisclose.codec import cbor
from aidisclose.containers import CONTAINERS, Container
from aidisclose.errors import LimitExceeded
from aidisclose.identity import assertion
from aidisclose.signing.credentials import ROOT
from tests.containers import samples
from tests.issuing import Issued
from tests.render import media
from tests.servers import closed_port, serve
from tests.signing import test_fragments as fragments
from tests.signing.test_tsa import openssl_tsa
from tests.trust import pki
from tests.trust.pki import Entity

GENERATED = ad.Disclosure(ai="generated")
BINDING = "self#jumbf=c2pa.assertions/c2pa.hash.data"


def signed(
    issued: Issued,
    *actors: ad.Actor,
    source: bytes | None = None,
    **options: object,
) -> bytes:
    out = io.BytesIO()
    arguments: dict[str, object] = {"disclosure": GENERATED, **options}
    signer = issued("es256").signer()
    ad.sign(source or media.picture(), out, signer=signer, actors=actors, **arguments)  # type: ignore[arg-type]
    return out.getvalue()


def read(data: bytes, issued: Issued, *, tsa: bool = False) -> ad.Report:
    """What is found, where the signer is trusted, and actors of the ed25519 root."""
    root = (issued("es256").folder / ROOT).read_bytes()
    trusted = ad.TrustConfig.from_pem(root, tsa=root if tsa else None)
    actors = ad.TrustConfig.for_identities((issued("ed25519").folder / ROOT).read_bytes())
    return ad.verify(data, trust=trusted | actors)


@pytest.fixture
def ann(issued: Issued) -> ad.Actor:
    roles = ("cawg.creator", "com.example.retoucher")
    signer = issued("ed25519").signer()
    return ad.Actor(signer=signer, roles=roles, references=("c2pa.actions.v2",))


def test_an_actor_is_named_besides_the_signer(issued: Issued, ann: ad.Actor) -> None:
    report = read(signed(issued, ann), issued)
    [found] = report.identities
    assert report.state is ad.State.TRUSTED
    assert found.standing is ad.IdentityStanding.TRUSTED
    assert found.roles == ann.roles
    assert found.references == (BINDING, "self#jumbf=c2pa.assertions/c2pa.actions.v2")


def test_the_signer_passes_it_on(issued: Issued, ann: ad.Actor) -> None:
    """It is said by another than the signer of the claim, so that it is not among the created."""
    report = read(signed(issued, ann), issued)
    assert report.validation is not None
    assert report.validation.believed is not None
    claim = report.validation.believed.claim
    assert claim is not None
    gathered = claim.fields["gathered_assertions"]
    assert isinstance(gathered, list)
    assert [each["url"] for each in gathered] == ["self#jumbf=c2pa.assertions/cawg.identity"]


def test_without_references_the_content_alone_is_vouched_for(issued: Issued) -> None:
    [found] = read(signed(issued, ad.Actor(signer=issued("ed25519").signer())), issued).identities
    assert (found.references, found.roles) == ((BINDING,), ())


def test_too_many_actors_are_refused(issued: Issued) -> None:
    actor = ad.Actor(signer=issued("ed25519").signer())
    with pytest.raises(ad.UsageError, match="at most 100 actors"):
        signed(issued, *[actor] * 101)


def test_all_assertions(issued: Issued) -> None:
    every = ad.Actor(signer=issued("ed25519").signer(), references=("*",))
    parent = signed(issued, every)
    opened = ad.Disclosure(ai="edited")
    [found] = read(signed(issued, every, source=parent, disclosure=opened), issued).identities
    names = {each.rpartition("/")[2] for each in found.references}
    assert {"c2pa.hash.data", "c2pa.actions.v2", "c2pa.ingredient.v3"} <= names
    assert "cawg.identity" not in names


def test_several_actors(issued: Issued, ann: ad.Actor) -> None:
    bob = ad.Actor(signer=issued("ps256").signer(), roles=("cawg.publisher",))
    first, second = read(signed(issued, ann, bob), issued).identities
    assert second.url.endswith("cawg.identity__1")
    assert (first.standing, second.standing) == ("trusted", "valid")


def test_beside_one_of_a_definition(issued: Issued, ann: ad.Actor) -> None:
    """A definition may bring one that somebody else has signed; its label is taken."""
    action = {
        "action": "c2pa.created",
        "digitalSourceType": "http://c2pa.org/digitalsourcetype/empty",
    }
    written = [
        {"label": "c2pa.actions.v2", "data": {"actions": [action]}},
        {"label": "cawg.identity.other", "data": {}},
    ]
    definition = {"assertions": written, "claim_generator_info": [{"name": "x"}]}
    data = signed(issued, ann, disclosure=None, manifest=definition)
    [found] = read(data, issued).identities
    assert found.standing is ad.IdentityStanding.TRUSTED


@pytest.mark.parametrize("container", CONTAINERS, ids=lambda each: each.name)
def test_every_format(container: Container, issued: Issued, ann: ad.Actor) -> None:
    """With every kind of hard binding, which takes another size each."""
    sample = next(iter(samples.of(container)))
    [found] = read(signed(issued, ann, source=sample.data()), issued).identities
    assert found.standing is ad.IdentityStanding.TRUSTED


def test_beside_a_file(issued: Issued, ann: ad.Actor) -> None:
    store = io.BytesIO()
    ad.sign(
        b"any file",
        sidecar=store,
        disclosure=GENERATED,
        signer=issued("es256").signer(),
        actors=[ann],
    )
    root = ad.TrustConfig.from_pem((issued("es256").folder / ROOT).read_bytes())
    report = ad.verify(b"any file", trust=root, manifest=store.getvalue())
    assert [each.standing for each in report.identities] == ["valid"]


def test_both_signatures_are_time_stamped(issued: Issued, ann: ad.Actor, tmp_path: Path) -> None:
    with serve(openssl_tsa(issued("es256").folder, tmp_path)) as server:
        data = signed(issued, ann, authorities=[ad.Authority(url=server.url)])
    report = read(data, issued, tsa=True)
    [found] = report.identities
    assert found.time is not None
    assert datetime.now(UTC) - found.time < timedelta(minutes=5)


def test_an_authority_that_fails_is_a_warning(issued: Issued, ann: ad.Actor) -> None:
    out = io.BytesIO()
    made = ad.sign(
        media.picture(),
        out,
        disclosure=GENERATED,
        signer=issued("es256").signer(),
        actors=[ann],
        authorities=[ad.Authority(url=closed_port())],
    )
    assert len(made.warnings) == 2
    [found] = read(out.getvalue(), issued).identities
    assert (found.standing, found.time) == ("trusted", None)


@pytest.mark.parametrize(
    "role", ["creator", "cawg.boss", "", "com", "com..x", "com.example.\n", "x." * 80, "."]
)
def test_roles_that_nobody_defined(role: str, issued: Issued) -> None:
    with pytest.raises(ad.UsageError, match="unknown role"):
        ad.Actor(signer=issued("ed25519").signer(), roles=(role,))


def test_the_same_twice(issued: Issued) -> None:
    twice, signer = ("cawg.editor", "cawg.editor"), issued("ed25519").signer()
    with pytest.raises(ad.UsageError, match="named twice"):
        ad.Actor(signer=signer, roles=twice)
    with pytest.raises(ad.UsageError, match="named twice"):
        ad.Actor(signer=signer, references=twice)


def test_an_assertion_that_is_not_there(issued: Issued) -> None:
    actor = ad.Actor(signer=issued("ed25519").signer(), references=("c2pa.metadata.other",))
    with pytest.raises(ad.UsageError, match=r"no assertion 'c2pa\.metadata\.other' to refer to"):
        signed(issued, actor)


def actor_of(entity: Entity) -> ad.Actor:
    key = entity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return ad.Actor(signer=ad.Signer.from_pem(chain=entity.pem, key=key))


def test_a_certificate_for_other_purposes(issued: Issued) -> None:
    now, day = datetime.now(UTC), timedelta(1)
    claims = ObjectIdentifier("1.3.6.1.4.1.62558.2.1")
    entity = pki.issue(
        *("Camera", pki.root()),
        number=95,
        purposes=(claims,),
        not_before=now - day,
        not_after=now + day,
    )
    with pytest.raises(ad.SigningError, match=r"documents or mail .*c2pa-kp-claimSigning"):
        signed(issued, actor_of(entity))


def test_a_certificate_that_expired(issued: Issued) -> None:
    old = datetime(2020, 1, 1, tzinfo=UTC)
    entity = pki.issue(
        *("Old", pki.root()), number=96, not_before=old, not_after=old.replace(year=2021)
    )
    with pytest.raises(ad.SigningError, match=r"Old.* expired on 2021-01-01"):
        signed(issued, actor_of(entity))


PAYLOAD = assertion.signer_payload([], sig_type=assertion.X509, roles=["cawg.editor"])


def test_padding_takes_exactly_any_size() -> None:
    least = len(assertion.encode(PAYLOAD, b"s" * 70))
    for size in (*range(least, least + 330), *range(least + 65_500, least + 65_600)):
        if size == least:
            continue
        made = assertion.encode(PAYLOAD, b"s" * 70, size=size)
        assert len(made) == size
        fields = cbor.decode_map(made)
        assert "pad1" in fields
        assert fields["signature"] == b"s" * 70
        padding = [value for name, value in fields.items() if str(name).startswith("pad")]
        assert all(isinstance(value, bytes) and not any(value) for value in padding)


def test_a_size_that_is_too_small() -> None:
    least = len(assertion.encode(PAYLOAD, b"s" * 70))
    assert len(assertion.encode(PAYLOAD, b"s" * 70, size=least)) == least
    with pytest.raises(LimitExceeded, match="does not fit"):
        assertion.encode(PAYLOAD, b"s" * 70, size=least - 1)


def test_what_is_signed_stands_in_the_file() -> None:
    assert assertion.encode_payload(PAYLOAD) in assertion.encode(PAYLOAD, b"s", size=500)


def test_an_altered_role_is_found(issued: Issued, ann: ad.Actor) -> None:
    data = signed(issued, ann)
    altered = data.replace(b"cawg.creator", b"cawg.sponsor")
    assert altered != data
    assert read(altered, issued).identities == ()


def test_a_service_that_signs_something_else(issued: Issued, tmp_path: Path) -> None:
    """No file appears if an actor's device fails after the content was written."""

    def refuse(_: bytes) -> bytes:
        raise ad.SigningError("the device is locked")

    chain = (issued("ed25519").folder / "chain.pem").read_bytes()
    actor = ad.Actor(signer=ad.Signer.from_callback(refuse, chain=chain))
    target = tmp_path / "out.png"
    with pytest.raises(ad.SigningError, match="the device is locked"):
        ad.sign(
            media.picture(),
            target,
            disclosure=GENERATED,
            signer=issued("es256").signer(),
            actors=[actor],
        )
    assert list(tmp_path.iterdir()) == []


def test_fragmented_media(tmp_path: Path, issued: Issued, ann: ad.Actor) -> None:
    """An actor vouches for all fragments: their hashes are in the hard binding."""
    for number in range(2):
        (tmp_path / f"{number}.m4s").write_bytes(fragments.fragment(number))
    (tmp_path / "init.mp4").write_bytes(fragments.INIT)
    (tmp_path / "out").mkdir()
    fragments.sign(tmp_path, issued("es256"), actors=[ann])
    report = ad.verify(
        tmp_path / "out" / "init.mp4",
        trust=fragments.trust(issued("es256")),
        fragments=fragments.names(tmp_path / "out"),
    )
    assert report.state is ad.State.TRUSTED
    assert [each.standing for each in report.identities] == ["valid"]
