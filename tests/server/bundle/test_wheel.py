"""The project's own wheel: it holds what the program reads, and runs outside the sources."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

import geo.study.load
from server.bundle.project_files import INSTALLED, PROJECT_FILES
from server.bundle.wheels import build_project_wheel
from tests.cli.conftest import study  # noqa: F401

PACKAGES = ("app_pages", "cli", "geo", "layers", "ledger", "server")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_project_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel; all other packages are those of the tests."""
    folder = tmp_path_factory.mktemp("环 境") / "venv"
    venv.EnvBuilder(with_pip=False, symlinks=True).create(folder)
    (packages,) = folder.glob("lib/python*/site-packages")
    command = ["install", "--quiet", "--no-index", "--no-deps", "--disable-pip-version-check"]
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(folder), *command, str(wheel)], check=True
    )
    # pandas is beside the others, and the sources are not there.
    others = Path(geo.study.load.__file__), Path(pytest.__file__).parents[1]
    assert others[0].is_relative_to(PROJECT_FILES)
    (packages / "others.pth").write_text(f"{others[1]}\n", encoding="utf-8")
    return folder


def _run(environment: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(environment / "bin" / "python"), "-P", *arguments],
        env=_surroundings(folder),
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )


def _surroundings(folder: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    # Without compilation, which takes longer than this test may.
    own = {"QUARTERHOUR_CACHE": str(folder / "cache"), "NUMBA_DISABLE_JIT": "1"}
    return {**kept, **own, "QUARTERHOUR_STUDIES": str(folder / "studies"), "LANG": "C.UTF-8"}


def test_the_wheel_holds_everything_that_the_sources_have(wheel: Path) -> None:
    found = set(zipfile.ZipFile(wheel).namelist())
    code = {
        path.relative_to(PROJECT_FILES).as_posix()
        for name in PACKAGES
        for path in (PROJECT_FILES / name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert code | {"app.py"} <= found
    (data,) = {name.partition("/data/")[0] for name in found if ".data/data/" in name}
    beside = [PROJECT_FILES / ".streamlit" / "config.toml", PROJECT_FILES / "data" / "README.md"]
    for folder in ("data/wuhan", "data/hubei_programmes", "docs/zh", "docs/en"):
        beside += [path for path in (PROJECT_FILES / folder).rglob("*") if path.is_file()]
    missing = [
        path
        for path in beside
        if path.suffix != ".py"
        and f"{data}/data/{INSTALLED.as_posix()}/{path.relative_to(PROJECT_FILES).as_posix()}"
        not in found
    ]
    assert missing == []


def test_the_command_runs_outside_the_sources(
    environment: Path,
    tmp_path: Path,
    study: Path,  # noqa: F811
) -> None:
    made = _run(environment, tmp_path, "-m", "cli", "new", "mine", "--sample", "wuhan")
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "mine" / "roads.parquet").is_file()
    ended = _run(environment, tmp_path, "-m", "cli", "run", str(study), "--out", "out")
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "out" / "map.html").stat().st_size > 10_000
    where = _run(environment, tmp_path, "-c", "import geo; print(geo.__file__)")
    assert Path(where.stdout.strip()).is_relative_to(environment)
    bundle = _run(environment, tmp_path, "-m", "cli", "bundle", "offline", "--lang", "en")
    assert bundle.returncode == 1
    assert "made from the sources" in bundle.stderr and len(bundle.stderr.splitlines()) == 1


def test_the_app_opens_outside_the_sources(
    environment: Path,
    tmp_path: Path,
    study: Path,  # noqa: F811
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [str(environment / "bin" / "python"), "-P", "-m", "cli", "app", str(study)]
    with subprocess.Popen(
        [*command, "--no-browser", "--port", str(port)], env=_surroundings(tmp_path), cwd=tmp_path
    ) as process:
        try:
            assert _answer(f"http://127.0.0.1:{port}/_stcore/health", process) == b"ok"
            assert b"<title>" in _answer(f"http://127.0.0.1:{port}/", process)
        finally:
            process.terminate()
    settings = (
        "import os; from server.bundle.project_files import PROJECT_FILES as files;"
        "os.chdir(files); import streamlit.config as c; print(c.get_option('client.toolbarMode'))"
    )
    assert _run(environment, tmp_path, "-c", settings).stdout.strip() == "minimal"


def _answer(address: str, process: subprocess.Popen[bytes]) -> bytes:
    for _ in range(600):
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return bytes(answer.read())
        except OSError:
            assert process.poll() is None, "the app has ended"
            time.sleep(0.2)
    raise AssertionError(f"{address} does not answer")
