"""Meanings of status codes, in a sentence for anybody.

The explanation of a status says more, in English, and may quote the file; where personal data are
withheld there is none, and the sentence is all that a reader has.
"""

from __future__ import annotations

from typing import Final

from aidisclose.render.language import Language, mark

_CONFIRMED: Final = mark("The content is the one that was signed")
_UNKNOWN: Final = mark("Whether the signer’s certificate was revoked is not known")
_MORE: Final = mark("The hash leaves out more bytes than it has to")
_OTHER: Final = mark("Something is not as the rules of C2PA ask for")
#: By the code of a failure, or what it begins with: the longer before the shorter.
_FAILURES: Final = {
    "signingCredential.untrusted": mark("No trust list confirms the name of the signer"),
    "timeStamp.untrusted": mark("The authority of the time stamp is not trusted"),
    "assertion.dataHash.": mark("The content is not the one that was signed"),
    "assertion.boxesHash.": mark("The content is not the one that was signed"),
    "assertion.bmffHash.": mark("The content is not the one that was signed"),
    "assertion.collectionHash.": mark("The content is not the one that was signed"),
    "assertion.multiAssetHash.": mark("The content is not the one that was signed"),
    "assertion.segmentHash.": mark("The content is not the one that was signed"),
    "assertion.hashedURI.mismatch": mark("A signed statement was changed"),
    "hashedURI.": mark("A signed statement was changed"),
    "assertion.missing": mark("A signed statement is missing"),
    "assertion.undeclared": mark("A statement was added that nobody signed"),
    "claim.hardBindings.missing": mark(
        "No signed hash ties the Content Credentials to the content"
    ),
    "claimSignature.mismatch": mark("The signature does not match what was signed"),
    "claimSignature.missing": mark("The signature is missing"),
    "claimSignature.outsideValidity": mark("The certificate was not valid when it was signed"),
    "signingCredential.expired": mark("The signer’s certificate has expired"),
    "signingCredential.invalid": mark("The signer’s certificate does not follow the rules"),
    "signingCredential.ocsp.revoked": mark("The signer’s certificate was revoked"),
    "ingredient.": mark("Something that it was made from was changed"),
    "timeStamp.": mark("The time stamp is not valid"),
    "algorithm.unsupported": mark("It uses an algorithm that is not permitted, or not known here"),
    "assertion.action.": mark("A statement about how it was made does not follow the rules"),
    "assertion.": mark("A signed statement does not follow the rules"),
    "claim.": mark("The list of what was signed does not follow the rules"),
    "livevideo.": mark("A part of the stream is not what was signed"),
    "manifest.inaccessible": mark("The Content Credentials cannot be read"),
    "manifest.": mark("The Content Credentials do not follow the rules"),
    "cawg.": mark("An identity that is named is not valid"),
}
_SUCCESSES: Final = {
    "assertion.alternativeContentRepresentation.match": mark(
        "Another form of the content is the one that was signed"
    ),
    "assertion.hashedURI.match": mark("A signed statement is unchanged"),
    "assertion.bmffHash.match": _CONFIRMED,
    "assertion.boxesHash.match": _CONFIRMED,
    "assertion.collectionHash.match": _CONFIRMED,
    "assertion.dataHash.match": _CONFIRMED,
    "assertion.multiAssetHash.match": _CONFIRMED,
    "claimSignature.insideValidity": mark("The certificate was valid when it was signed"),
    "claimSignature.validated": mark("The signature matches what was signed"),
    "ingredient.claimSignature.validated": mark(
        "The signature of something that it was made from is unchanged"
    ),
    "ingredient.manifest.validated": mark(
        "The Content Credentials of something that it was made from are unchanged"
    ),
    "signingCredential.ocsp.notRevoked": mark("The signer’s certificate was not revoked"),
    "signingCredential.trusted": mark("A trust list confirms the name of the signer"),
    "timeStamp.trusted": mark("The authority of the time stamp is trusted"),
    "timeStamp.validated": mark("The time stamp belongs to this signature"),
    "cawg.": mark("Something about an identity that is named holds"),
}
_NOTES: Final = {
    "assertion.action.ingredientLocationMismatch": mark(
        "A statement about how it was made names something in an unexpected place"
    ),
    "assertion.bmffHash.additionalExclusionsPresent": _MORE,
    "assertion.boxesHash.additionalExclusionsPresent": _MORE,
    "assertion.dataHash.additionalExclusionsPresent": _MORE,
    "assertion.linkedResourceIntegrity.skipped": mark(
        "Something that is stored elsewhere was not checked"
    ),
    "assertion.redacted": mark("A statement was removed later, as the rules permit"),
    "ingredient.unknownProvenance": mark(
        "Nothing is known of where something that it was made from comes from"
    ),
    "signingCredential.ocsp.": _UNKNOWN,
    "timeOfSigning.insideValidity": mark(
        "The certificate was valid at the time that the signer states"
    ),
    "timeOfSigning.outsideValidity": mark(
        "The certificate was not valid at the time that the signer states"
    ),
    "timeStamp.untrusted": _FAILURES["timeStamp.untrusted"],
    "timeStamp.": _FAILURES["timeStamp."],
    "cawg.": mark("Something about an identity that is named remains open"),
}
_MEANINGS: Final = {
    "failure": _FAILURES,
    "informational": _NOTES,
    "success": _SUCCESSES,
}


def of(code: str, kind: str, language: Language) -> str:
    """The meaning of a status, in a language.

    Arguments:
        code: Of the status; that of somebody's own namespace is untrusted text.
        kind: `failure`, `informational` or `success`: one code may stand among several.
        language: Of the page.

    Returns:
        The sentence; empty for a code that is not known, unless it is a failure.
    """
    kinds = (text for start, text in _MEANINGS[kind].items() if code.startswith(start))
    found = next(kinds, _OTHER if kind == "failure" else "")
    return language.say(found) if found else ""
