"""The COSE signature of a claim or an actor: made once, time-stamped, padded as was drafted.

Its size is known before anything is signed: the certificates and the OCSP responses are there, and
for a time stamp there is a reserve, which is filled up if none comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from aidisclose.codec import cbor, cose
from aidisclose.signing import tsa
from aidisclose.signing.request import Timestamping
from aidisclose.signing.signer import Signer
from aidisclose.trust.anchors import Anchor

#: Room for what the encoding adds, beyond the certificates and the signature.
#: The reference implementation reserves 1,024 bytes here and pads them with zeros in every file.
#: Ours is counted: the lengths of `pad` and of the whole in CBOR, and the names.
_SLACK: Final = 32
#: What the names of the header with a time stamp take of the room for it.
_NAMES: Final = 64


class Seal:
    """The signing of one claim or identity assertion, and its result.

    Arguments:
        stamping: The way in which it is time-stamped.
        signer: Certificate chain and key.
        anchors: The anchors whose time stamps are trusted.
        staples: OCSP responses about the certificates, the signer's first.

    Attributes:
        size: Bytes of the signature.
        timestamp: The time that an authority attested, once `sign` was called.
        problems: The problems that were not errors, a line each.
    """

    def __init__(
        self,
        stamping: Timestamping,
        signer: Signer,
        *,
        anchors: Sequence[Anchor] = (),
        staples: Sequence[bytes] = (),
    ) -> None:
        self._stamping = stamping
        self._signer = signer
        self._anchors = anchors
        self._protected = cose.protected_header(cose.NAMED[signer.alg], signer.chain)
        # Responses go into the unprotected header (C2PA 2.2 §14.5.2): they can be replaced by newer
        # ones without breaking the signature, and prove themselves by the signature of the
        # responder.
        self._unprotected: dict[object, object] = (
            {"rVals": {"ocspVals": list(staples)}} if staples else {}
        )
        # Zeros are as long as the signature will be: every algorithm of C2PA has one length for a
        # key.
        bare = cose.encode(
            self._protected, self._unprotected, bytes(signer.signature_size), size=None
        )
        self._room = stamping.reserve if stamping.authorities else 0
        self.size = len(bare) + _SLACK + self._room
        self.timestamp: datetime | None = None
        self.problems: tuple[str, ...] = ()

    def sign(self, content: bytes, *, is_padded: bool = True) -> bytes:
        """The signature over an encoded claim, or over what an actor signs.

        Arguments:
            content: The bytes that are signed.
            is_padded: Whether it takes `size` bytes; otherwise it takes no more than that.

        Raises:
            SigningError: The signer refuses, or there is no time stamp although one is required.
        """
        signature = self._signer.sign(cose.sig_structure(self._protected, content))
        unprotected = self._unprotected | self._stamp(signature)
        # The draft is in the file already, and all offsets behind it are hashed: the signature has
        # to fill its place to the byte, whatever the authority answered.
        size = self.size if is_padded else None
        return cose.encode(self._protected, unprotected, signature, size=size)

    def _stamp(self, signature: bytes) -> dict[object, object]:
        """The header with a time stamp on the signature; empty without one.

        C2PA 2.5 §10.3.2.5: what is stamped is the encoded byte string, its head included.
        """
        if not self._stamping.authorities:
            return {}
        # c2pa-rs checks it like that too. What `c2pa.time-stamp` assertions stamp is the bare
        # signature, see `update_manifest`.
        message = cose.sig_structure(
            self._protected, cbor.encode(signature), context="CounterSignature"
        )
        found = tsa.stamp(
            message,
            self._stamping.authorities,
            anchors=self._anchors,
            room=self._room - _NAMES,
            required=self._stamping.is_required,
        )
        self.problems = found.problems
        if found.stamp is None:
            return {}
        self.timestamp = found.stamp.time
        # One token only: validators call a second one `timeStamp.malformed`, and ignore both.
        # `sigTst`, of claims of version 1, would have the whole response.
        return {"sigTst2": {"tstTokens": [{"val": found.stamp.token}]}}
