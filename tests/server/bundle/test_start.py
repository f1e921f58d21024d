"""start.py and start.sh: installation, second start, repair, refusals; without a network."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from server.bundle import start
from tests.worlds.small_wheels import small_bundle

FILES = Path(start.__file__).parent / "files"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with blanks and Chinese in its path, installed once."""
    folder = small_bundle(tmp_path_factory.mktemp("离线 安装") / "一刻钟 0.2")
    assert "called prepare" in _started(folder, "--install").stdout
    return folder


@pytest.fixture
def bundle(made: Path, tmp_path: Path) -> Path:
    """A copy of that folder at another place, without the installation."""
    ignored = shutil.ignore_patterns(start.ENVIRONMENT)
    return Path(shutil.copytree(made, tmp_path / "复制 的", ignore=ignored))


def _started(folder: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run start.py with an index that does not resolve, and settings that must not count."""
    hostile = {
        "PIP_INDEX_URL": "http://index.invalid/simple",
        "PIP_REQUIRE_VIRTUALENV": "1",
        "PIP_TARGET": str(folder / "elsewhere"),
        "PYTHONIOENCODING": "utf-8",
    }
    return subprocess.run(
        [sys.executable, str(folder / "start.py"), *arguments],
        env={**os.environ, **hostile, **env},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


def test_a_second_start_installs_nothing(made: Path) -> None:
    mark = made / start.ENVIRONMENT / "installed.json"
    before = mark.stat().st_mtime_ns
    ended = _started(made, "--port", "9000")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines() == [f"called app --port 9000 at {made}"]
    assert mark.stat().st_mtime_ns == before
    assert not (made / "elsewhere").exists()


def test_half_an_installation_is_repaired(made: Path) -> None:
    environment = made / start.ENVIRONMENT
    (environment / "installed.json").unlink()  # as after a power cut
    shutil.rmtree(next(environment.rglob("site-packages")))
    (environment / "bin" / "python").unlink()
    ended = _started(made)
    assert ended.returncode == 0, ended.stderr
    assert "Installing" in ended.stdout and "正在安装" in ended.stdout
    assert ended.stdout.splitlines()[-1] == f"called app at {made}"


@pytest.mark.parametrize("change", ["none", "moved", "other lock", "half a mark", "no python"])
def test_what_does_not_fit_is_installed_again(
    bundle: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    installed: list[Path] = []

    def pretend(here: Path, facts: object, wanted: dict[str, str]) -> None:
        installed.append(here)
        folder = here / start.ENVIRONMENT
        (folder / "bin").mkdir(parents=True, exist_ok=True)
        if not (folder / "bin" / "python").exists():
            (folder / "bin" / "python").symlink_to(sys.executable)
        (folder / "installed.json").write_text(json.dumps(wanted), encoding="utf-8")

    monkeypatch.setattr(start, "_install", pretend)
    start.install(bundle)
    environment = bundle / start.ENVIRONMENT
    if change == "moved":
        bundle = bundle.rename(bundle.with_name("moved"))
    elif change == "other lock":
        with (bundle / start.LOCK).open("a", encoding="utf-8") as lock:
            lock.write("# newer\n")
    elif change == "half a mark":
        (environment / "installed.json").write_text('{"python": ', encoding="utf-8")
    elif change == "no python":
        (environment / "bin" / "python").unlink()
    start.install(bundle)
    assert len(installed) == (1 if change == "none" else 2)


def test_a_damaged_wheel_is_refused_and_leaves_no_mark(bundle: Path) -> None:
    wheel = bundle / start.WHEELS / "quarterhour-1.0-py3-none-any.whl"
    wheel.write_bytes(wheel.read_bytes() + b"more")
    ended = _started(bundle)
    assert ended.returncode == 1
    assert "SHA256SUMS" in ended.stderr and "安装没有完成" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (bundle / start.ENVIRONMENT / "installed.json").exists()


@pytest.mark.parametrize(
    ("fact", "value", "expected"),
    [
        ("pythons", ["3.99"], "Python 3.99 (64 bit) is needed"),
        ("platforms", ["plan9"], "This folder is for plan9"),
    ],
)
def test_a_machine_that_does_not_fit_is_told_so(
    bundle: Path, fact: str, value: list[str], expected: str
) -> None:
    facts = json.loads((bundle / start.FACTS).read_text(encoding="utf-8"))
    (bundle / start.FACTS).write_text(json.dumps({**facts, fact: value}), encoding="utf-8")
    ended = _started(bundle)
    assert ended.returncode == 1 and expected in ended.stderr
    assert len(ended.stderr.splitlines()) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="needs fcntl")
def test_two_installations_do_not_meet(bundle: Path) -> None:
    import fcntl

    with (bundle / ".installing").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ended = _started(bundle)
    assert ended.returncode == 1 and "Another window is installing" in ended.stderr


def test_it_needs_nothing_but_python() -> None:
    tree = ast.parse(Path(start.__file__).read_text(encoding="utf-8"))
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= sys.stdlib_module_names


@pytest.mark.skipif(sys.platform == "win32", reason="needs sh")
def test_the_script_of_linux_looks_for_a_python_that_fits(made: Path, tmp_path: Path) -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    script = made / "start.sh"
    text = (FILES / "start.sh").read_text(encoding="utf-8")
    script.write_text(text.replace("@PYTHONS@", f"3.99 {version}"), encoding="utf-8")
    tools = tmp_path / "bin dir"
    tools.mkdir()
    for name in ("sh", "dirname"):
        (tools / name).symlink_to(shutil.which(name) or "")

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", str(script), "a b"],
            env={"PATH": str(tools), "LANG": "C.UTF-8"},
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=60,
        )

    (tools / f"python{version}").write_text("#!/bin/sh\necho 3.6\n", encoding="utf-8")
    (tools / f"python{version}").chmod(0o755)
    ended = run()
    assert ended.returncode == 1
    assert "没有找到 Python" in ended.stderr and "No Python was found" in ended.stderr
    (tools / "python3").symlink_to(sys.executable)
    ended = run()
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[-1] == f"called app a b at {made}"
