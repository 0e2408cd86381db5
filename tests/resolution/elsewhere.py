"""Somebody else's resolution server: it knows the OpenAPI document, and nothing of aidisclose.

Its routes are the operations of the document. What is asked, and what is answered, is held to the
schemas there. What is stored is forgotten at the end.

    python elsewhere.py openapi.json
"""

from __future__ import annotations

import base64
import json
import struct
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import uvicorn
from jsonschema import Draft202012Validator
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

DOCUMENT: dict[str, Any] = {}
#: Manifest stores by the labels of their active manifests.
KEPT: dict[str, bytes] = {}
#: Algorithm, value, and label of the manifest that was bound to it.
BOUND: list[tuple[str, bytes, str]] = []
#: Bytes of a unit of 256 bits with its header, and bits in which two may differ here.
UNIT, REACH = 34, 90

Given = dict[str, Any]


def held(value: object, schema: dict[str, Any]) -> None:
    """Raise an exception unless a value is of a schema of the document."""
    Draft202012Validator({**schema, "components": DOCUMENT["components"]}).validate(value)


def boxes(data: bytes) -> list[tuple[bytes, bytes]]:
    """Types and contents of JUMBF boxes."""
    found = []
    while data:
        size, kind = struct.unpack(">I4s", data[:8])
        found.append((kind, data[8:size]))
        data = data[size:]
    return found


def label(store: bytes) -> str:
    """The label of the last manifest of a store, which is the active one."""
    [(_kind, content)] = boxes(store)
    _kind, manifest = boxes(content)[-1]
    _kind, description = boxes(manifest)[0]
    return description[17:].split(b"\0")[0].decode()


def similarity(one: bytes, other: bytes) -> int:
    """Of the units of one kind that are nearest: 0 to 100."""
    units = [[value[at : at + UNIT] for at in range(0, len(value), UNIT)] for value in (one, other)]
    apart = [
        (int.from_bytes(mine, "big") ^ int.from_bytes(theirs, "big")).bit_count()
        for mine in units[0]
        for theirs in units[1]
        if mine[:2] == theirs[:2]
    ]
    nearest = min(apart, default=256)
    return round(100 * (1 - nearest / 256)) if nearest <= REACH else 0


def matches(alg: str, value: str, most: int) -> Given:
    """What is bound to a value, or to one that is alike; of each manifest the best."""
    wanted = base64.b64decode(value, validate=True)
    best: dict[str, int] = {}
    for kind, bound, name in BOUND:
        alike = similarity(wanted, bound) if kind == alg else 0
        best[name] = max(best.get(name, 0), alike)
    listed = sorted(((score, name) for name, score in best.items() if score), reverse=True)
    return {
        "matches": [{"manifestId": name, "similarityScore": score} for score, name in listed[:most]]
    }


def receipt(name: str) -> Given:
    return {
        "@context": "https://elsewhere.example",
        "@type": "org.c2pa.manifest-receipt",
        "repository": {"uri": "https://elsewhere.example", "manifestId": name},
        "anchor": {"uri": "https://elsewhere.example/anchor", "proof": {}},
    }


def query_by_binding(given: Given) -> object:
    return matches(given["alg"], given["value"], given["maxResults"])


def query_by_large_binding(given: Given) -> object:
    return matches(given["body"]["alg"], given["body"]["value"], given["maxResults"])


def add_manifest(given: Given) -> object:
    name = label(given["body"])
    KEPT[name] = given["body"]
    return {"manifestId": name, **({"receipt": receipt(name)} if given["returnReceipt"] else {})}


def get_manifest_by_id(given: Given) -> object:
    return KEPT.get(given["activeManifestId"], KeyError)


def associate_manifest(given: Given) -> object:
    body = given["body"]
    if body["manifestId"] not in KEPT:
        return KeyError
    value = base64.b64decode(body["bindingValue"], validate=True)
    BOUND.append((body.get("alg", "io.iscc.v0"), value, body["manifestId"]))
    return None


#: What is done, by the operation of the document. The others are not offered, as the API permits.
DONE: dict[str, Callable[[Given], object]] = {
    "queryByBinding": query_by_binding,
    "queryByLargeBinding": query_by_large_binding,
    "addManifest": add_manifest,
    "getManifestById": get_manifest_by_id,
    "associateManifest": associate_manifest,
}


def parameter(text: str | None, described: dict[str, Any]) -> object:
    """The value of a parameter, or the default that the document gives it."""
    schema = described["schema"]
    if text is None:
        if described.get("required"):
            raise ValueError(f"{described['name']} is missing")
        return schema.get("default")
    value = text if schema["type"] == "string" else json.loads(text)
    held(value, schema)
    return value


async def asked(request: Request, operation: dict[str, Any]) -> Given:
    """What a request gives to an operation, held to the document."""
    sources = {"path": request.path_params, "query": request.query_params}
    described = operation.get("parameters", [])
    known = {each["name"] for each in described if each["in"] == "query"}
    if unknown := request.query_params.keys() - known:
        raise ValueError(f"the document has no parameter {unknown}")
    given = {
        each["name"]: parameter(sources[each["in"]].get(each["name"]), each) for each in described
    }
    if "requestBody" in operation:
        media = request.headers["content-type"]
        schema = operation["requestBody"]["content"][media]["schema"]
        body = await request.body()
        given["body"] = json.loads(body) if media == "application/json" else body
        if media == "application/json":
            held(given["body"], schema)
    return given


def route(path: str, method: str, operation: dict[str, Any]) -> Route:
    async def answer(request: Request) -> Response:
        if operation["security"] and "authorization" not in request.headers:
            return PlainTextResponse("no token", 403)
        try:
            found = DONE[operation["operationId"]](await asked(request, operation))
        except Exception as error:  # whatever the document does not permit
            return PlainTextResponse(f"{type(error).__name__}: {error}", 400)
        if found is KeyError:
            return PlainTextResponse("there is no such manifest", 404)
        if found is None:
            assert "204" in operation["responses"]
            return Response(status_code=204)
        [(media, content)] = operation["responses"]["200"]["content"].items()
        if isinstance(found, bytes):
            return Response(found, media_type=media)
        held(found, content["schema"])
        return JSONResponse(found)

    handler: Callable[[Request], Awaitable[Response]] = answer
    return Route(path, handler, methods=[method.upper()])


def main() -> None:
    DOCUMENT.update(json.loads(Path(sys.argv[1]).read_text()))
    routes = [
        route(path, method, operation)
        for path, operations in DOCUMENT["paths"].items()
        for method, operation in operations.items()
        if method != "servers" and operation["operationId"] in DONE
    ]
    uvicorn.run(Starlette(routes=[Mount("/v1", routes=routes)]), port=0)


if __name__ == "__main__":
    main()
