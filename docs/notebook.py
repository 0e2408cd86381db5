"""Write docs/notebook.ipynb, the blocks of docs/python.md for Jupyter: `make docs`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
_BLOCK: Final = re.compile(r"```python\n(.*?)```\n", re.DOTALL)


def cells(page: str) -> list[tuple[str, str]]:
    """The kind and text of each cell: `markdown` or `code`."""
    kinds = ("markdown", "code")
    parts = enumerate(_BLOCK.split(page))
    return [(kinds[number % 2], part.strip()) for number, part in parts if part.strip()]


def notebook(page: str) -> str:
    """The notebook in the form of nbformat 4.5."""
    listed = []
    for number, (kind, text) in enumerate(cells(page)):
        cell: dict[str, object] = {
            "cell_type": kind,
            "id": f"cell-{number}",
            "metadata": {},
            "source": text.splitlines(keepends=True),
        }
        listed.append(cell | ({"execution_count": None, "outputs": []} if kind == "code" else {}))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    document = {
        "cells": listed,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    text = (HERE / "python.md").read_text(encoding="utf-8")
    (HERE / "notebook.ipynb").write_text(notebook(text), encoding="utf-8")
