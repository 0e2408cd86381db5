"""The description of the Soft Binding Resolution API, as this server offers it (OpenAPI 3.1)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

#: Version of the API, in the form that it asks for.
VERSION: Final = "2.4.0"
BASE: Final = "/v1"

_TEXT: Final = {"type": "string"}
_SEMANTIC: Final = {"type": "string", "pattern": r"^\d+\.\d+\.\d+$"}
_RECEIPT: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["@context", "@type", "repository", "anchor"],
    "properties": {
        "@context": {"type": ["object", "string"]},
        "@type": {"const": "org.c2pa.manifest-receipt"},
        "repository": {
            "type": "object",
            "required": ["uri", "manifestId"],
            "properties": {
                "uri": {"type": "string", "format": "uri-reference"},
                "manifestId": _TEXT,
            },
        },
        "anchor": {
            "type": "object",
            "required": ["uri", "proof"],
            "properties": {
                "uri": {"type": "string", "format": "uri-reference"},
                "parameters": {"type": "object"},
                "proof": {"type": "object"},
            },
        },
    },
}
_SCHEMAS: Final[dict[str, Any]] = {
    "query": {
        "type": "object",
        "required": ["alg", "value"],
        "properties": {
            "alg": _TEXT | {"description": "Name in the C2PA list of soft bindings."},
            "value": _TEXT | {"description": "Base64."},
        },
    },
    "matches": {
        "type": "object",
        "required": ["matches"],
        "properties": {
            "matches": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["manifestId"],
                    "properties": {
                        "manifestId": _TEXT,
                        "endpoint": _TEXT,
                        "similarityScore": {"type": "integer", "minimum": 0, "maximum": 100},
                    },
                },
            }
        },
    },
    "reference": {
        "type": "object",
        "required": ["referenceUrl", "assetLength"],
        "properties": {
            "referenceUrl": {"type": "string", "format": "uri", "pattern": "^https://.*"},
            "assetLength": {"type": "integer", "minimum": 1},
            "assetType": _TEXT | {"description": "Media type that the asset must have."},
        },
    },
    "binding": {
        "type": "object",
        "required": ["bindingValue", "manifestId"],
        "properties": {
            "bindingValue": _TEXT | {"description": "Base64."},
            "manifestId": _TEXT,
            "alg": _TEXT | {"description": "Of the value; io.iscc.v0 without it."},
        },
    },
    "stored": {
        "type": "object",
        "required": ["manifestId"],
        "properties": {"manifestId": _TEXT, "receipt": {"$ref": "#/components/schemas/receipt"}},
    },
    "receipt": _RECEIPT,
    # The API's own document has here what no answer can be: it requires the members of a receipt
    # and forbids all but these two (allOf with additionalProperties: false; C2PA 2.5 Decoupled
    # §1.4.3).
    "verified": {
        **_RECEIPT,
        "required": ["verified"],
        "properties": {**_RECEIPT["properties"], "verified": {"type": "boolean"}, "error": _TEXT},
    },
    "algorithms": {
        "type": "object",
        "properties": {
            kind: {
                "type": "array",
                "items": {"type": "object", "required": ["alg"], "properties": {"alg": _TEXT}},
            }
            for kind in ("watermarks", "fingerprints")
        },
    },
    "status": {
        "type": "object",
        "required": ["status"],
        "properties": {
            "status": {"enum": ["ok", "degraded", "down"]},
            "timestamp": {"type": "string", "format": "date-time"},
        },
    },
    "capabilities": {
        "type": "object",
        "required": ["c2paSpecificationVersion", "supportedCapabilities"],
        "properties": {
            "c2paSpecificationVersion": _SEMANTIC,
            "supportedCapabilities": {"type": "array", "items": _TEXT},
        },
    },
    "discovery": {
        "type": "object",
        "required": ["apiEndpoint", "c2paSpecificationVersion"],
        "properties": {
            "apiEndpoint": {"type": "string", "format": "uri-reference"},
            "c2paSpecificationVersion": _SEMANTIC,
            "capabilitiesEndpoint": {"type": "string", "format": "uri-reference"},
            "statusEndpoint": {"type": "string", "format": "uri-reference"},
        },
    },
}


def _query(name: str, schema: dict[str, Any], *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "schema": schema}


_MOST: Final = _query("maxResults", {"type": "integer", "minimum": 1, "default": 10})
_FLAG: Final = {"type": "boolean", "default": False}
_HINTS: Final = [_query(name, _TEXT) for name in ("alg", "hintAlg", "hintValue")]
_LABEL: Final = {"name": "activeManifestId", "in": "path", "required": True, "schema": _TEXT}
_STORE: Final = {"application/c2pa": {"schema": {"type": "string", "format": "binary"}}}
_ASSET: Final = {
    f"{kind}/*": {"schema": {"type": "string", "format": "binary"}}
    for kind in ("image", "audio", "video", "application", "model", "text")
}
_REASONS: Final = {
    400: "The request is invalid; the reason is in the text.",
    403: "The writer's token is missing, or wrong.",
    404: "There is no such manifest, value or receipt.",
    415: "The asset is of a type that is not examined.",
    500: "The service failed.",
    503: "Too much is being done at once; try again.",
}


def _json(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def _operation(
    name: str,
    summary: str,
    answer: str | dict[str, Any] | None,
    statuses: Iterable[int] = (),
    *,
    parameters: Iterable[dict[str, Any]] = (),
    body: dict[str, Any] | None = None,
    writes: bool = False,
) -> dict[str, Any]:
    """One operation.

    Arguments:
        name: Its id.
        summary: Its effect, in words.
        answer: The schema of its answer, or its content; None if it has none.
        statuses: Of refusals.
        parameters: The parameters that it takes.
        body: Content of the request.
        writes: Whether the writer's token is needed.
    """
    content = _json(answer) if isinstance(answer, str) else answer
    done = {"description": "Done.", **({"content": content} if content else {})}
    text = {"text/plain": {"schema": _TEXT}}
    refused = {
        str(each): {"description": _REASONS[each], "content": text}
        for each in sorted({*statuses, 500, *((403,) if writes else ())})
    }
    return {
        "operationId": name,
        "summary": summary,
        "parameters": list(parameters),
        **({"requestBody": {"required": True, "content": body}} if body else {}),
        "responses": {"204" if answer is None else "200": done, **refused},
        "security": [{"writer": []}] if writes else [],
    }


def document(base: str, capabilities: Iterable[str]) -> dict[str, Any]:
    """The description.

    Arguments:
        base: Address of the API.
        capabilities: The operations that this server offers beside those of every one.
    """
    offered = set(capabilities)
    paths: dict[str, dict[str, Any]] = {
        "/matches/byBinding": {
            "get": _operation(
                "queryByBinding",
                "Find manifests by a soft binding.",
                "matches",
                (400,),
                parameters=(
                    _query("alg", _TEXT, required=True),
                    _query("value", _TEXT, required=True),
                    _MOST,
                ),
            ),
            "post": _operation(
                "queryByLargeBinding",
                "Find manifests by a soft binding that is too long for an address.",
                "matches",
                (400,),
                parameters=(_MOST,),
                body=_json("query"),
            ),
        },
        "/manifests/{activeManifestId}": {
            "get": _operation(
                "getManifestById",
                "Get a manifest store, or its active manifest alone.",
                _STORE,
                (400, 404),
                parameters=(_LABEL, _query("returnActiveManifest", _FLAG)),
            )
        },
        "/manifests/{activeManifestId}/receipts": {
            "get": _operation(
                "getVerifiedReceipt",
                "Get the receipt of a manifest.",
                "verified",
                (404,),
                parameters=(_LABEL,),
            ),
            "post": _operation(
                "verifyReceipt",
                "Verify a receipt.",
                "verified",
                (400, 404),
                parameters=(_LABEL,),
                body=_json("receipt"),
            ),
        },
        "/services/supportedAlgorithms": {
            "get": _operation("getSupportedBindings", "List the algorithms.", "algorithms")
        },
        "/services/status": {"get": _operation("getServiceStatus", "Say how it is.", "status")},
        "/services/capabilities": {
            "get": _operation("getServiceCapabilities", "Say what is offered.", "capabilities")
        },
    }
    if "queryByContent" in offered:
        paths["/matches/byContent"] = {
            "post": _operation(
                "uploadFile",
                "Find manifests by a picture or text.",
                "matches",
                (400, 415, 503),
                parameters=(*_HINTS, _MOST),
                body=_ASSET,
            )
        }
    if "queryByReference" in offered:
        paths["/matches/byReference"] = {
            "post": _operation(
                "queryByReference",
                "Find manifests by a picture or text at an address.",
                "matches",
                (400, 503),
                parameters=(*_HINTS, _MOST),
                body=_json("reference"),
            )
        }
    if "storeManifests" in offered:
        paths["/manifests"] = {
            "post": _operation(
                "addManifest",
                "Store a manifest store.",
                "stored",
                (400,),
                parameters=(_query("returnReceipt", _FLAG),),
                body=_STORE,
                writes=True,
            )
        }
        paths["/manifests/{activeManifestId}"]["delete"] = _operation(
            "deleteManifest", "Remove a manifest.", None, (404,), parameters=(_LABEL,), writes=True
        )
    if "storeBindings" in offered:
        paths["/bindings"] = {
            "post": _operation(
                "associateManifest",
                "Let a manifest be found by a further value.",
                None,
                (400, 404),
                body=_json("binding"),
                writes=True,
            ),
            "put": _operation(
                "updateAssociatedManifest",
                "Let a value lead to another manifest.",
                None,
                (400, 404),
                body=_json("binding"),
                writes=True,
            ),
        }
    host = base.removesuffix(BASE) or "/"
    paths["/.well-known/c2pa-soft-binding-resolution"] = {
        "servers": [{"url": host}],
        "get": _operation("getWellKnown", "Say where the API is.", "discovery"),
    }
    return {
        "openapi": "3.1.1",
        "info": {"title": "C2PA Soft Binding Resolution API", "version": VERSION},
        "servers": [{"url": base}],
        "paths": paths,
        "components": {
            "schemas": _SCHEMAS,
            "securitySchemes": {"writer": {"type": "http", "scheme": "bearer"}},
        },
    }
