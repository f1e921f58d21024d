"""server.toml: what it may say, and one line for what it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.base.errors import StudyError
from layers.words.catalogue import words_for
from server.config import load_config

_WHOLE = """
studies = "studies"
[listen]
port = 8600
base_path = "/quarterhour"
hosts = ["maps.example"]
[auth]
mode = "header"
trusted_proxies = ["127.0.0.1", "10.1.0.0/16"]
[limits]
run_minutes = 5
[[grants]]
user = "li"
role = "editor"
study = "wuhan"
unit = "420102"
"""


def _problems(folder: Path, text: str) -> list[str]:
    path = folder / "server.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        load_config(path)
    words = words_for("en")
    return words.error(caught.value)


def test_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "server.toml"
    path.write_text(_WHOLE, encoding="utf-8")
    config = load_config(path)
    assert config.path(config.studies) == tmp_path / "studies"
    assert (config.listen.port, config.limits.run_minutes, config.limits.queue) == (8600, 5, 20)
    grant = config.grants[0]
    assert (grant.user, grant.role, grant.study, grant.unit) == ("li", "editor", "wuhan", "420102")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("studies = 1", "studies"),
        ('[auth]\nmode = "none"', "studies"),
        ('studies = "s"\n[auth]\nmode = "password"', "auth.mode"),
        ('studies = "s"\n[auth]\ntrusted_proxies = ["proxy"]', "auth.trusted_proxies"),
        ('studies = "s"\n[listen]\nprot = 1', "listen.prot"),
        ('studies = "s"\n[limits]\nworkers = 0', "limits.workers"),
        ('studies = "s"\n[[grants]]\nuser = "li"\nrole = "boss"', "grants[1].role"),
        ("studies = ", "server.toml"),
        ('folder = "x"\nstudies = "s"', "folder"),
    ],
)
def test_one_line_for_each_problem(tmp_path: Path, text: str, named: str) -> None:
    (line, *more) = _problems(tmp_path, text)
    assert "server.toml" in line and named in line and "\n" not in line
    assert not more


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="server_missing"):
        load_config(tmp_path / "server.toml")


def test_sites_that_may_show_the_pages_are_one_word_each(tmp_path: Path) -> None:
    for site in ("https://portal.example", "http://10.0.0.7:8080"):
        (tmp_path / "server.toml").write_text(f'studies = "s"\n[listen]\nframes = ["{site}"]\n')
        assert load_config(tmp_path / "server.toml").listen.frames == (site,)
    for site in ("https://a.example; script-src *", "portal.example", "https://a.example b"):
        (line,) = _problems(tmp_path, f'studies = "s"\n[listen]\nframes = ["{site}"]\n')
        assert "listen.frames" in line
