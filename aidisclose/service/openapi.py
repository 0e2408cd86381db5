"""The OpenAPI document of the service; tests hold the service to it."""

from __future__ import annotations

from typing import Any, Final

from aidisclose.service.configuration import Configuration
from aidisclose.version import VERSION

BASE: Final = "/api/v1"

_TEXT: Final = {"type": "string"}
_TEXTS: Final = {"type": "array", "items": _TEXT}


def _nullable(kind: str) -> dict[str, Any]:
    return {"type": [kind, "null"]}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": sorted(properties), "properties": properties}


def _choice(*values: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(values)}


def _statuses() -> dict[str, Any]:
    item = _object(code=_TEXT, url=_TEXT, explanation=_TEXT)
    listed = {"type": "array", "items": item}
    return _object(success=listed, informational=listed, failure=listed)


def _result() -> dict[str, Any]:
    """One result of docs/report.schema.json."""
    signer = _object(
        common_name=_TEXT, organization=_TEXT, issuer=_TEXT, serial=_TEXT, not_after=_TEXT
    )
    return _object(
        media_type=_TEXT,
        size={"type": "integer", "minimum": 0},
        sha256={"type": "string", "pattern": "^[0-9a-f]{64}$"},
        state=_choice("trusted", "valid", "invalid", "none"),
        integrity=_choice("intact", "partial", "altered", "unproven", "none"),
        covered={
            "oneOf": [
                {"type": "null"},
                _object(
                    share={"type": "number", "minimum": 0, "maximum": 1},
                    outside={"type": "array", "items": {"type": "array"}},
                ),
            ]
        },
        trust=_object(
            status=_choice("trusted", "untrusted", "revoked", "not_checked"),
            signer={"oneOf": [{"type": "null"}, signer]},
            product={"type": ["object", "null"]},
            timestamp=_object(
                time=_nullable("string"), status=_choice("none", "trusted", "untrusted")
            ),
        ),
        identities={"type": "array", "items": {"type": "object"}},
        disclosure=_object(
            ai=_choice("generated", "composite", "edited", "none", "undeclared"),
            digital_source_types=_TEXTS,
            model=_object(
                name=_nullable("string"),
                version=_nullable("string"),
                identifier=_nullable("string"),
                type=_nullable("string"),
                oversight=_nullable("string"),
            ),
            carriers=_TEXTS,
            contradictions=_TEXTS,
            unproven=_TEXT,
            unread=_TEXTS,
            doubted=_TEXTS,
            training={"type": "array", "items": {"type": "object"}},
            record={"type": "object"},
        ),
        manifests={"type": "integer", "minimum": 0},
        active_manifest=_nullable("string"),
        statuses=_statuses(),
        ingredients={"type": "array", "items": _object(url=_TEXT, statuses=_statuses())},
        missing=_TEXTS,
    )


def _problem_schema() -> dict[str, Any]:
    return _object(title=_TEXT, status={"type": "integer"}, code=_TEXT, detail=_TEXT)


_PROBLEMS: Final = {
    400: "The request has neither file nor address, or both, or cannot be read.",
    403: "A page of another site asks, or addresses are not fetched here.",
    408: "The upload comes too slowly.",
    413: "The file is too large.",
    415: "The body is of a type that is not understood.",
    421: "The request is for a name that is not one of this service.",
    422: "The file cannot be checked: `unsupported_format`, `unreadable`, `too_costly`, or its "
    "address cannot be fetched (`unreachable`).",
    429: "Too much is being checked (`busy`): try again after the seconds of Retry-After.",
    500: "An error of the service.",
    503: "Checking was interrupted, or there is no room: try again after the seconds of "
    "Retry-After.",
}


def _problems() -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        str(status): {
            "description": text,
            "content": {"application/problem+json": {"schema": schema}},
        }
        for status, text in _PROBLEMS.items()
    }


def _body(configuration: Configuration) -> dict[str, Any]:
    file = {"type": "string", "contentMediaType": "application/octet-stream"}
    upload = {"type": "object", "required": ["file"], "properties": {"file": file}}
    content: dict[str, Any] = {
        "application/octet-stream": {"schema": {"type": "string", "minLength": 1}},
        "multipart/form-data": {"schema": upload},
    }
    text = f"A file of up to {configuration.size} bytes"
    if configuration.addresses:
        text += ", or the https address of one that anybody can get"
        address = {"type": "string", "pattern": "^https://", "maxLength": 4096}
        named = {
            "type": "object",
            "required": ["address"],
            "properties": {"address": address},
            "additionalProperties": False,
        }
        content["application/json"] = {"schema": named}
    return {"required": True, "description": f"{text}.", "content": content}


def _post(
    configuration: Configuration, summary: str, operation: str, text: str, schema: dict[str, Any]
) -> dict[str, Any]:
    return {
        "post": {
            "operationId": operation,
            "summary": summary,
            "description": text,
            "requestBody": _body(configuration),
            "responses": {
                "200": {
                    "description": "The file was checked, whatever was found.",
                    "content": {"application/json": {"schema": schema}},
                },
                **_problems(),
            },
        }
    }


def document(configuration: Configuration) -> dict[str, Any]:
    """The document, for what this service offers.

    Arguments:
        configuration: Of the service.
    """
    report = _object(
        schema={"type": "integer", "const": 1},
        tool=_object(name=_TEXT, version=_TEXT),
        validation_time=_TEXT,
        result={"$ref": "#/components/schemas/Result"},
    )
    kept = "Nothing is kept. Identity assertions, titles and serial numbers are left out."
    if configuration.personal:
        kept = "Nothing is kept."
    paths = {
        f"{BASE}/verify": _post(
            configuration,
            "Say what a file says of itself",
            "verify",
            f"Who signed it, whether it is what was signed, and what is declared about AI. {kept} "
            "That nothing was found does not mean that no AI was used.",
            {"$ref": "#/components/schemas/Report"},
        )
    }
    if configuration.signer is not None:
        paths[f"{BASE}/result"] = _post(
            configuration,
            "The same, signed",
            "result",
            f"A detection result that `aidisclose receipt verify` checks. {kept}",
            {"type": "object"},
        )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "aidisclose",
            "version": VERSION,
            "summary": "Content Credentials and AI disclosures of media files",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": configuration.root_path or "/"}],
        "paths": paths,
        "components": {
            "schemas": {"Report": report, "Result": _result(), "Problem": _problem_schema()}
        },
    }
