"""Searching at a server of the Soft Binding Resolution API 2.4 (C2PA 2.5, Decoupled).

The server learns the watermark and the content code of the file, and nothing else: neither the
file, nor the codes of its bytes, by which it could be told from others that look alike. A server
that it names as the one that has a manifest learns the label of that. What they answer is not
believed: manifests are examined here, and compared with the file by the fingerprint that is signed
in them.
"""

from __future__ import annotations

import base64
import io
import json
import time
from datetime import datetime
from typing import Final
from urllib.parse import quote

from aidisclose import limits
from aidisclose.containers import sidecar
from aidisclose.durable import iscc, matching
from aidisclose.durable.iscc import CodeUnit
from aidisclose.errors import Unreachable
from aidisclose.io import http
from aidisclose.manifest.softbinding import SoftBinding
from aidisclose.named import NamedTuple
from aidisclose.repository.recovery import (
    Means,
    Recovered,
    Traces,
    nearest_code,
    signed_bindings,
)
from aidisclose.trust.config import TrustConfig
from aidisclose.validate.state import State
from aidisclose.validate.verify import examine

_BASE: Final = "/v1"
_NAME: Final = 200


def search(
    traces: Traces,
    server: str,
    *,
    trust: TrustConfig,
    at: datetime | None = None,
    most: int = 5,
) -> tuple[Recovered, ...]:
    """Credentials of files that one may be, from the first of its traces that leads to any.

    The similarity is computed here if the manifest has a signed fingerprint; else it is the
    server's, `is_signed` is false, and it is never that of the same bytes. Manifests that are valid
    come first, and of these those that name what led to them.

    Arguments:
        traces: The traces that lead from the file to them, watermarks first; of its content codes
            at most `limits.RESOLUTION_QUERIES` are sent.
        server: Its address, without the version of the API.
        trust: The authorities and signers that the user trusts.
        at: The time that counts as now.
        most: Largest number to return, at most `limits.CANDIDATES`.

    Raises:
        Unreachable: It does not answer in time, or not as the API says.
    """
    codes = [unit for unit in traces.units if unit.kind == iscc.CONTENT]
    codes = codes[: limits.RESOLUTION_QUERIES]
    base = server.rstrip("/") + _BASE
    end = time.monotonic() + limits.RESOLUTION_TOTAL
    tried: set[str] = set()  # a server may name the same for each code
    asked = [*traces.watermarks, *(SoftBinding(iscc.ALG, iscc.encode([each])) for each in codes)]
    for binding in asked:
        matches = _matches(base, binding, min(most, limits.CANDIDATES), end)
        new = {name: told for name, told in matches.items() if name not in tried}
        # One label is fetched once, however many codes lead to it: a server could name it for each.
        tried |= new.keys()
        subject = _Subject(base, binding, codes, trust, at, end)
        found = [
            each for name, told in new.items() if (each := _fetch(subject, name, told)) is not None
        ]
        if found:
            return tuple(sorted(found, key=_rank))
    return ()


def _rank(found: Recovered) -> tuple[bool, bool, int]:
    """The best first: whatever a server says comes behind what manifests prove."""
    return found.report.state < State.VALID, not found.is_signed, -(found.score or 0)


class _Subject(NamedTuple):
    """A search: its traces, and the server.

    Attributes:
        base: Address of the API.
        binding: The binding that the server was asked about.
        codes: The content codes of the file.
        trust: The authorities and signers that the user trusts.
        at: The time that counts as now.
        end: The time at which the search ends, of the clock that never goes back.
    """

    base: str
    binding: SoftBinding
    codes: list[CodeUnit]
    trust: TrustConfig
    at: datetime | None
    end: float


class _Told(NamedTuple):
    """A match as a server describes it.

    Attributes:
        score: The similarity.
        endpoint: Address of the API that has the manifest, if that is another one.
    """

    score: int
    endpoint: str | None


def _left(end: float, most: float) -> float:
    """Seconds that a question may take.

    Raises:
        Unreachable: There are none.
    """
    # A server that answers each question at the last moment would keep us for an hour.
    left = min(end - time.monotonic(), most)
    if left <= 0:
        raise Unreachable(f"the search took more than {limits.RESOLUTION_TOTAL:g} s")
    return left


def _matches(base: str, binding: SoftBinding, most: int, end: float) -> dict[str, _Told]:
    """Labels of manifests, and what the server says of each."""
    query = {"alg": binding.alg, "value": base64.b64encode(binding.value).decode()}
    url = f"{base}/matches/byBinding?maxResults={most}"
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    answer = http.ask(
        url,
        body=json.dumps(query).encode(),
        headers=headers,
        timeout=_left(end, limits.RESOLUTION_TIME),
        limit=limits.RESOLUTION_ANSWER,
    )
    # The API answers like that where it knows nothing that fits.
    if answer.status == 404:
        return {}
    if not answer.is_success:
        raise Unreachable(f"{http.public(base)}: it answers with status {answer.status}")
    try:
        listed = json.loads(answer.body)["matches"]
        # Older servers say less of a match than its label.
        return {
            _label(each["manifestId"]): _Told(
                _score(each.get("similarityScore")), _endpoint(each.get("endpoint"))
            )
            for each in listed[:most]
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Unreachable(f"{http.public(base)}: its answer is not of the API") from None


def _label(value: object) -> str:
    # A name that JSON can hold but UTF-8 cannot is refused.
    if not isinstance(value, str) or not 0 < len(value.encode()) <= _NAME:
        raise ValueError
    return value


def _score(value: object) -> int:
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    # "The same bytes" is for this machine to say, which has them.
    return max(0, min(value, matching.IDENTICAL - 1))


def _endpoint(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError
    return value.rstrip("/") if value else None


def _store(base: str, name: str, endpoint: str | None, end: float) -> bytes | None:
    """The store under a label, here or at another endpoint; None if there is none."""
    path = f"manifests/{quote(name, safe='')}"
    timeout = _left(end, limits.REMOTE_STORE_TIME)
    if endpoint is None or endpoint == base:
        answer = http.ask(
            f"{base}/{path}",
            headers={"Accept": sidecar.MEDIA_TYPE},
            timeout=timeout,
            limit=limits.REMOTE_STORE_SIZE,
        )
    else:
        # The server chose the address: it must not lead into a network of the user's.
        try:
            answer = http.ask_public(
                f"{endpoint}/{path}",
                media_type=sidecar.MEDIA_TYPE,
                timeout=timeout,
                limit=limits.REMOTE_STORE_SIZE,
            )
        except Unreachable:
            return None  # the server that was asked has answered, and may know others
    return answer.body if answer.is_success and sidecar.is_store(answer.body) else None


def _fetch(subject: _Subject, name: str, told: _Told) -> Recovered | None:
    """The manifest of this label; None if the server has another one, or none that is one."""
    store = _store(subject.base, name, told.endpoint, subject.end)
    if store is None:
        return None
    # Judged here, by the user's own trust: what the server thinks of a manifest does not count.
    report = examine(io.BytesIO(store), trust=subject.trust, at=subject.at)
    # Whoever asked for one manifest must not be shown another one.
    if report.store is None or report.store.active.label != name:
        return None
    signed = signed_bindings(report)
    nearest = nearest_code(signed, subject.codes)
    if subject.binding.alg != iscc.ALG:
        # The number in a watermark is easily put into another picture: how alike they look is said.
        looks = None if nearest is None else matching.score(nearest)
        is_signed = subject.binding in signed
        return Recovered(name, looks, is_signed, store, report, Means.WATERMARK)
    if nearest is None:
        return Recovered(name, told.score, False, store, report)
    if nearest > matching.reach(subject.codes[0].subtype):
        return None  # signed to be about other content
    return Recovered(name, matching.score(nearest), True, store, report)
