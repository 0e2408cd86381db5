"""Writes the tables anew."""

from __future__ import annotations

import tempfile
from pathlib import Path

from aidisclose.policy.profiles import PROFILES
from aidisclose.signing.credentials import Credentials
from tests.issuing import unmarked
from tests.policy.scenarios import FOLDER, rows, table


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        made: dict[str, Credentials] = {}

        def issue(alg: str) -> Credentials:
            if alg not in made:
                made[alg] = unmarked(Path(folder) / alg, alg)
            return made[alg]

        found = rows(issue)
    for profile in PROFILES:
        (FOLDER / f"{profile}.txt").write_text(table(profile, found))


if __name__ == "__main__":
    main()
