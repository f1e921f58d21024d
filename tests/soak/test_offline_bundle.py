"""The whole bundle: fetched, installed with the network cut, and run. Needs a package index."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import cli
from server.bundle.targets import PYTHONS

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(
        shutil.which("unshare") is None or os.geteuid() != 0, reason="needs a network namespace"
    ),
]


def _without_network(
    arguments: list[str], home: Path, timeout_s: float
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["unshare", "-n", *arguments],
        env={"PATH": f"{Path(sys.base_prefix) / 'bin'}:/usr/bin:/bin", "HOME": str(home)},
        cwd=home,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=timeout_s,
    )


def test_the_bundle_installs_and_runs_the_sample_with_the_network_cut(tmp_path: Path) -> None:
    out, home = tmp_path / "离线 安装包", tmp_path / "home"
    home.mkdir()
    assert cli.main(["bundle", str(out), "--platform", "linux", "--python", VERSION]) == 0
    installed = _without_network([str(out / "start.sh"), "--install"], home, 1_800)
    assert installed.returncode == 0, installed.stderr
    program = str(out / ".venv" / "bin" / "quarterhour")
    results = home / "results"
    ran = _without_network(
        [program, "run", str(out / "data/wuhan"), "--out", str(results)], home, 600
    )
    assert ran.returncode == 0, ran.stderr
    assert (results / "summary.json").is_file() and (results / "map.html").is_file()


@pytest.mark.parametrize("python", PYTHONS)
def test_windows_has_wheels_of_every_package(tmp_path: Path, python: str) -> None:
    out = tmp_path / "out"
    assert cli.main(["bundle", str(out), "--platform", "windows", "--python", python]) == 0
    assert len(list((out / "wheels").glob("*.whl"))) > 90
    shutil.rmtree(out)
