"""The samples in deploy/: what the documentation quotes, and that they can be used."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from server.config import load_config
from tests.cli.conftest import study  # noqa: F401
from tests.worlds.streets import ROOT

DEPLOY = ROOT / "deploy"
PAGES = (ROOT / "docs" / "deploy.md", ROOT / "docs" / "zh" / "deploy.md")
_QUOTED = re.compile(r"^`deploy/([\w.]+)`[:：]\n\n```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=("en", "zh"))
def test_the_documentation_quotes_the_samples(page: Path) -> None:
    quoted = dict(_QUOTED.findall(page.read_text(encoding="utf-8")))
    samples = {path.name: path.read_text(encoding="utf-8") for path in DEPLOY.iterdir()}
    assert quoted == samples


def test_both_pages_have_the_same_parts() -> None:
    levels = [
        re.findall(r"^#+ ", _QUOTED.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
        for page in PAGES
    ]
    assert levels[0] == levels[1] and len(levels[0]) > 8


def test_the_settings_fit_the_server_and_nginx() -> None:
    config = load_config(DEPLOY / "server.toml")
    nginx = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    assert f"http://{config.listen.host}:{config.listen.port};" in nginx
    assert f"location {config.listen.base_path}/ {{" in nginx
    assert f"client_max_body_size {config.limits.upload_mb}m;" in nginx
    assert f"{config.auth.user_header} $remote_user;" in nginx
    assert all(f"server_name {host};" in nginx for host in config.listen.hosts)
    unit = (DEPLOY / "quarterhour.service").read_text(encoding="utf-8")
    writable = re.findall(r"^ReadWritePaths=(.*)$", unit, re.MULTILINE)
    assert Path(config.studies).is_relative_to(writable[0])
    assert "LogsDirectory=quarterhour" in unit and config.audit.startswith("/var/log/quarterhour/")


@pytest.mark.skipif(sys.platform == "win32", reason="needs sh")
def test_a_backup_holds_studies_ledgers_and_settings(
    study: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    studies, config, logs = (tmp_path / name for name in ("studies", "config", "logs"))
    for folder in (config, logs):
        folder.mkdir()
    (config / "server.toml").write_text("", encoding="utf-8")
    shutil.copytree(study, studies / "县 一")
    own = [sys.executable, "-m", "cli", "ledger", str(studies / "县 一")]
    opened = [*own, "open", "--layer", "clinic", "--by", "li"]
    subprocess.run(opened, cwd=ROOT, check=True, capture_output=True)
    ended = subprocess.run(
        ["sh", str(DEPLOY / "backup.sh"), str(tmp_path / "backups")],
        env={
            **{key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
            **{"STUDIES": str(studies), "CONFIG": str(config), "LOGS": str(logs)},
            **{"PYTHON": sys.executable, "PYTHONPATH": str(ROOT)},
        },
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    made = Path(ended.stdout.splitlines()[-1])
    assert {path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file()} == {
        *("SHA256SUMS", "studies.tar.gz", "config.tar.gz", "logs.tar.gz", "ledgers/县 一.db"),
    }
    with tarfile.open(made / "studies.tar.gz") as archive:
        names = archive.getnames()
    assert "./县 一/study.toml" in names and not any(name.endswith("ledger.db") for name in names)
    restored = [*own, "restore", str(made / "ledgers" / "县 一.db")]
    assert subprocess.run(restored, cwd=ROOT, capture_output=True, check=False).returncode == 0
