"""Settings under which a server does not start."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.base.errors import StudyError
from layers.words.catalogue import words_for
from server.config import load_config
from server.start import check_start

_OIDC = """
[auth.oidc]
metadata_url = "https://id.example/.well-known/openid-configuration"
client_id = "quarterhour"
client_secret_file = "secret"
redirect_uri = "https://maps.example/oauth2callback"
"""


def _check(folder: Path, text: str) -> None:
    path = folder / "server.toml"
    path.write_text(f'studies = "studies"\n{text}', encoding="utf-8")
    check_start(load_config(path), path.name)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[listen]\nhost = "0.0.0.0"', "listen.host"),
        ('[listen]\nhost = "10.0.0.4"', "listen.host"),
        ('[listen]\nhost = "maps.example"', "listen.host"),
        ('[listen]\nhost = "::"', "listen.host"),
        ('[auth]\nmode = "header"', "auth.trusted_proxies"),
        ('[auth]\nmode = "oidc"', "auth.oidc"),
    ],
)
@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_refused_in_one_line(tmp_path: Path, text: str, named: str, locale: str) -> None:
    (tmp_path / "studies").mkdir()
    with pytest.raises(StudyError) as caught:
        _check(tmp_path, text)
    (line,) = words_for(locale).error(caught.value)
    assert line.startswith("server.toml") and named in line and "\n" not in line


def test_the_folder_of_studies_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(StudyError) as caught:
        _check(tmp_path, "")
    assert "studies" in words_for("en").error(caught.value)[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        '[listen]\nhost = "127.0.0.2"',
        '[listen]\nhost = "::1"',
        '[listen]\nhost = "0.0.0.0"\n[auth]\nmode = "header"\ntrusted_proxies = ["10.0.0.1"]',
        f'[listen]\nhost = "0.0.0.0"\n[auth]\nmode = "oidc"\n{_OIDC}',
    ],
)
def test_settings_that_start(tmp_path: Path, text: str) -> None:
    (tmp_path / "studies").mkdir()
    (tmp_path / "secret").write_text("s3cret")
    _check(tmp_path, text)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("maps.example/oauth2callback", "maps.example/callback", "redirect_uri"),
        ("maps.example/oauth2callback", "maps.example/qh/oauth2callback", "redirect_uri"),
        ("https://maps.example/", "http://maps.example/", "redirect_uri"),
        ('"secret"', '"absent"', "client_secret_file"),
        ('"secret"', '"empty"', "client_secret_file"),
    ],
)
def test_an_oidc_sign_in_that_cannot_work(tmp_path: Path, old: str, new: str, named: str) -> None:
    (tmp_path / "studies").mkdir()
    (tmp_path / "secret").write_text("s3cret")
    (tmp_path / "empty").write_text(" \n")
    with pytest.raises(StudyError) as caught:
        _check(tmp_path, '[auth]\nmode = "oidc"\n' + _OIDC.replace(old, new))
    (line,) = words_for("en").error(caught.value)
    assert named in line and "s3cret" not in line
