"""The folder that `quarterhour bundle` writes, with small wheels in place of the fetched ones."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

import cli
from geo.base.errors import MachineError
from server.bundle import write
from server.bundle.project_files import PROJECT_FILES
from server.bundle.targets import Locked, Target
from tests.worlds.small_wheels import small_wheel

LONG_LICENCE = (
    "License: "
    + "All of the text. " * 20
    + "\nClassifier: License :: OSI Approved :: MIT License\n"
)


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[Target]:
    """Makes fetching and building quick; the targets that were fetched."""
    targets: list[Target] = []

    def fetch(entries: Sequence[Locked], target: Target, folder: Path) -> None:
        if [entry.requirement.name for entry in entries] == ["pip"]:
            small_wheel(folder, "pip", {"pip/__init__.py": ""}, "License-Expression: MIT\n")
            return
        targets.append(target)
        small_wheel(folder, f"for_{target.platform}", {"made/it.py": ""}, LONG_LICENCE)

    def build(folder: Path) -> Path:
        return small_wheel(folder, "quarterhour", {"a/" + "b" * 90 + ".py": ""})

    monkeypatch.setattr(write, "fetch_wheels", fetch)
    monkeypatch.setattr(write, "build_project_wheel", build)
    return targets


def test_the_folder_is_complete(
    fetched: list[Target], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    python = tmp_path / "python-3.12.10-amd64.exe"
    python.write_bytes(b"setup")
    out = tmp_path / "离线 包"
    options = ["--python", "3.12", "--python", "3.11", "--windows-python", str(python)]
    assert cli.main(["bundle", str(out), *options, "--lang", "en"]) == 0
    assert "4 wheels" in capsys.readouterr().out
    assert fetched == [Target(p, v) for p in ("windows", "linux") for v in ("3.11", "3.12")]
    names = {path.name for path in out.iterdir()}
    assert names == {
        *(
            "README.txt",
            "LICENSE",
            "LICENCES.csv",
            "SHA256SUMS",
            "bundle.json",
            "requirements.lock",
        ),
        *(
            "start.bat",
            "start.ps1",
            "start.sh",
            "start.py",
            "wheels",
            "data",
            "docs",
            "deploy",
            python.name,
        ),
    }
    for path in ("data/wuhan/study.toml", "data/README.md", "docs/study.md"):
        assert (out / path).read_bytes() == (PROJECT_FILES / path).read_bytes()
    facts = json.loads((out / "bundle.json").read_text(encoding="utf-8"))
    assert facts["pythons"] == ["3.12", "3.11"] and facts["platforms"] == ["windows", "linux"]
    assert facts["pip"] == "pip-1.0-py3-none-any.whl" and facts["longest_path"] == 95
    lock = (out / "requirements.lock").read_text(encoding="utf-8")
    own = hashlib.sha256((out / "wheels/quarterhour-1.0-py3-none-any.whl").read_bytes()).hexdigest()
    assert lock.startswith((PROJECT_FILES / "requirements.lock").read_text(encoding="utf-8"))
    assert lock.endswith(f"quarterhour==1.0 \\\n    --hash=sha256:{own}\n")


def test_the_scripts_suit_their_systems(fetched: list[Target], tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert cli.main(["bundle", str(out), "--python", "3.13"]) == 0
    # Windows PowerShell takes a script without a mark for GBK; cmd knows ASCII only.
    powershell = (out / "start.ps1").read_bytes()
    assert powershell.startswith(b"\xef\xbb\xbf") and b"'3.13'.Split" in powershell
    assert (out / "start.bat").read_bytes().isascii()
    for name in ("start.ps1", "start.bat", "README.txt"):
        content = (out / name).read_bytes()
        assert content.count(b"\n") == content.count(b"\r\n") > 3, name
    shell = (out / "start.sh").read_bytes()
    assert b"\r" not in shell and b'pythons="3.13"' in shell
    assert (out / "start.sh").stat().st_mode & 0o111
    for name in ("start.ps1", "start.sh", "README.txt"):
        assert "@PYTHONS@" not in (out / name).read_text(encoding="utf-8")


def test_checksums_and_licences(fetched: list[Target], tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert cli.main(["bundle", str(out), "--platform", "linux", "--python", "3.11"]) == 0
    assert not (out / "start.bat").exists() and (out / "start.sh").exists()
    listed = dict(
        reversed(line.split("  ", 1))
        for line in (out / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    )
    files = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
    assert set(listed) == files - {"SHA256SUMS"}
    for name, digest in listed.items():
        assert hashlib.sha256((out / name).read_bytes()).hexdigest() == digest
    with (out / "LICENCES.csv").open(encoding="utf-8-sig", newline="") as handle:
        rows = {row["package"]: row["licence"] for row in csv.DictReader(handle)}
    assert rows == {"pip": "MIT", "quarterhour": "see the package", "for_linux": "MIT License"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--platform", "mac"], "--platform mac is none of: windows, linux, all."),
        (["--python", "3.8"], "--python 3.8: the locked packages support 3.11"),
        (["--windows-python", "python-3.12.10.exe"], "give python-3.x.y-amd64.exe"),
        (["--platform", "linux", "--windows-python", "python.3.12.1.nupkg"], "(-)"),
        (["--windows-python", "python.3.12.1.nupkg"], "python.3.12.1.nupkg does not exist"),
    ],
)
def test_wrong_options_are_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], expected: str
) -> None:
    out = tmp_path / "out"
    assert cli.main(["bundle", str(out), *options, "--lang", "en"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and expected in lines[0]
    assert not out.exists()


def test_a_folder_with_files_stays_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    assert cli.main(["bundle", str(tmp_path), "--lang", "zh-CN"]) == 1
    assert "不是空文件夹" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_failed_fetch_leaves_nothing(
    fetched: list[Target],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(entries: Sequence[Locked], target: Target, folder: Path) -> None:
        raise MachineError("bundle_fetch", platform="linux", python="3.11", reason="no network")

    monkeypatch.setattr(write, "fetch_wheels", fail)
    assert cli.main(["bundle", str(tmp_path / "out"), "--lang", "en"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and "no network" in lines[0]
    assert list(tmp_path.iterdir()) == []
