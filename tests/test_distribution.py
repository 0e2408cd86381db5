"""What a release consists of: an sdist that can test itself, and a wheel that works by itself.

The suite builds and installs without network; `make dist` sets `AIDISCLOSE_TEST_DIST` to what it
built in isolation.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import pytest

from aidisclose.manifest import label
from aidisclose.version import VERSION
from docs import manual

ROOT: Final = Path(__file__).resolve().parents[1]
BUILT: Final = os.environ.get("AIDISCLOSE_TEST_DIST")


class Distribution(NamedTuple):
    """The two files of a release."""

    sdist: Path
    wheel: Path


def run(*command: object, cwd: Path, **variables: str) -> str:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AIDISCLOSE_", "PYTHON"))
    }
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**kept, **variables},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Distribution:
    """The sdist of this checkout, and the wheel that is made from it, not from the checkout."""
    if BUILT:
        [sdist], [wheel] = ((ROOT / BUILT).glob(each) for each in ("*.tar.gz", "*.whl"))
        return Distribution(sdist, wheel)
    if not (ROOT / ".git").exists() and not (ROOT / "PKG-INFO").exists():
        pytest.skip("neither a checkout nor an sdist")
    pytest.importorskip("setuptools", minversion="77")
    folder = tmp_path_factory.mktemp("dist")
    manual.write(folder / "source" / "man")
    _copy(folder / "source")
    build = (sys.executable, "-m", "build", "--no-isolation", "--outdir", folder)
    run(*build, cwd=folder / "source")
    [sdist], [wheel] = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return Distribution(sdist, wheel)


def _copy(target: Path) -> None:
    """The files of the repository; a build in the checkout would leave its traces there."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    names = listed.stdout.decode().split("\0") if listed.returncode == 0 else _unpacked()
    for name in filter(None, names):
        if (ROOT / name).is_file():
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes((ROOT / name).read_bytes())
            path.chmod((ROOT / name).stat().st_mode)


def _unpacked() -> list[str]:
    """The files of an sdist, which lists them itself."""
    return (ROOT / "aidisclose.egg-info" / "SOURCES.txt").read_text().splitlines()


def test_the_wheel_has_all_that_the_program_reads(built: Distribution) -> None:
    with zipfile.ZipFile(built.wheel) as archive:
        names = set(archive.namelist())
    package = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "aidisclose").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert package - names == set()
    data = f"aidisclose-{VERSION}.data/data/share"
    assert f"{data}/aidisclose/report.schema.json" in names
    assert f"{data}/aidisclose/policy.schema.json" in names
    assert {name.rpartition("/")[2] for name in names if "/man1/" in name} == set(manual.pages())
    others = {name for name in names if not name.startswith(("aidisclose/", "aidisclose-"))}
    assert others == set()


def test_the_sdist_has_what_its_tests_need(built: Distribution) -> None:
    with tarfile.open(built.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a checkout")
    gone = {name for name in listed.stdout.splitlines() if not (ROOT / name).exists()}
    assert set(listed.stdout.splitlines()) - names - gone == set()


def test_tests_run_out_of_the_sdist(built: Distribution, tmp_path: Path) -> None:
    """A few of them; the release workflow runs all."""
    with tarfile.open(built.sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    [folder] = tmp_path.iterdir()
    tests = ("tests/test_layers.py", "tests/codec/test_der.py", "tests/cli/test_formats.py")
    existing = [each for each in tests if (folder / each).exists()]
    out = run(
        *(sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", *existing), cwd=folder
    )
    assert "passed" in out


def test_the_wheel_signs_verifies_and_checks_without_the_checkout(
    built: Distribution, tmp_path: Path
) -> None:
    """In an environment of its own; what it depends on is that of this one, or from an index."""
    run(sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv", cwd=tmp_path)
    folder = "Scripts" if os.name == "nt" else "bin"
    python = tmp_path / "venv" / folder / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet")
    if BUILT:
        run(*pip, built.wheel, cwd=tmp_path)
    else:
        run(*pip, "--no-deps", "--no-index", built.wheel, cwd=tmp_path)
        [site] = (tmp_path / "venv").rglob("site-packages")
        (site / "dependencies.pth").write_text(_site_packages())
    program = tmp_path / "venv" / folder / "aidisclose"
    (tmp_path / "picture.jpg").write_bytes((ROOT / "fixtures" / "unsigned.jpg").read_bytes())

    def aidisclose(*arguments: str) -> str:
        return run(program, *arguments, cwd=tmp_path, AIDISCLOSE_HOME=str(tmp_path / "home"))

    where = "import aidisclose; print(aidisclose.__file__)"
    assert run(python, "-c", where, cwd=tmp_path).startswith(str(tmp_path / "venv"))
    assert aidisclose("--version").strip() == f"aidisclose, version {VERSION}"
    aidisclose("credentials", "new")
    aidisclose("sign", "picture.jpg", "--ai", "generated")
    [result] = json.loads(aidisclose("verify", "picture.signed.jpg", "--format", "json"))["results"]
    assert (result["state"], result["disclosure"]["ai"]) == ("trusted", "generated")
    aidisclose("check", "picture.signed.jpg", "--policy", "pai", "--exit-zero")
    for name in ("report", "policy"):
        schema = tmp_path / "venv" / "share" / "aidisclose" / f"{name}.schema.json"
        assert json.loads(schema.read_text())["$schema"]


def _site_packages() -> str:
    import click

    return str(Path(click.__file__).parents[1])


@pytest.mark.parametrize(
    ("homepage", "own"),
    [
        ("https://aidisclose.example", True),
        ("https://aidisclose.org", True),
        ("https://docs.aidisclose.org/start", True),
        ("https://aidisclose.dev", False),
        ("https://maidisclose.org", False),
    ],
)
def test_a_label_is_in_a_domain_of_this_project(homepage: str, own: bool) -> None:
    assert _owns(homepage, "org.aidisclose.disclosure") is own


def test_our_label_is_in_a_domain_of_this_project() -> None:
    """C2PA 2.2 §6.2.1. A homepage in `.example` is nobody's; then there is no domain to demand."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert _owns(project["urls"]["Homepage"], label.DISCLOSURE)
    package = (path.read_text() for path in (ROOT / "aidisclose").rglob("*.py"))
    assert sum(text.count("org.aidisclose") for text in package) == 1


def _owns(homepage: str, label: str) -> bool:
    host = urlsplit(homepage).hostname or ""
    domain = ".".join(reversed(label.split(".")[:2]))
    return host.endswith(".example") or f".{host}".endswith(f".{domain}")


def test_readme_leads_somewhere_from_everywhere(tmp_path: Path) -> None:
    """PyPI shows it without the files beside it."""
    path = tmp_path / "README.md"
    path.write_bytes((ROOT / "README.md").read_bytes())
    subprocess.run([sys.executable, str(ROOT / "docs" / "readme.py"), str(path)], check=True)
    text = path.read_text("utf-8")
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    relative = [each for each in links if not each.startswith(("https://", "#"))]
    assert relative == []
    assert "(https://aidisclose.example/source/docs/formats.md)" in text
    named = [
        each.partition("/source/")[2].partition("#")[0] for each in links if "/source/" in each
    ]
    assert [each for each in named if not (ROOT / each).exists()] == []


def test_addresses_of_this_project_stand_in_one_place() -> None:
    """None of them exists yet, and nobody else can own them: RFC 2606."""
    urls = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]
    assert {re.match(r"https://([\w.]+)/?", url)[1] for url in urls.values()} == {  # type: ignore[index]
        "aidisclose.example"
    }
    ours = re.compile(
        r"(github\.com|gitlab\.com|ghcr\.io|pypi\.org/\w+|readthedocs\.io|docker\.io)[/:]+\S*aidisclose"
        r"|https?://(\w+\.)*aidisclose\.\w+|uses: aidisclose/"
        r"|pip install ['\"]?aidisclose(?!\[)\b"
    )
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a checkout")
    found = []
    for name in listed.stdout.split("\0"):
        path = ROOT / name
        if name.startswith(("tests/", "pyproject.toml")) or not path.is_file():
            continue
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{name}: {match[0]}" for match in ours.finditer(text)]
    assert found == []
