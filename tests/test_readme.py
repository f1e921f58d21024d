"""The commands of the README, run as they stand, and the links of all pages."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

import cli

ROOT = Path(__file__).resolve().parents[1]
# It serves until it is stopped.
NOT_HERE = ("app",)


def _commands() -> list[list[str]]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.partition("## The command")[2]
    block = re.search(r"```bash\n(.*?)```", section, re.DOTALL)
    assert block is not None
    return [shlex.split(line, comments=True) for line in block[1].splitlines()]


def test_the_commands_of_the_readme(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUARTERHOUR_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.chdir(tmp_path)
    commands = _commands()
    assert len(commands) == 8
    assert {words[0] for words in commands} == {"quarterhour"}
    for words in commands:
        if words[1] not in NOT_HERE:
            assert cli.main(words[1:]) == 0, words
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = re.findall(
        r"`([a-z_]+\.(?:csv|gpkg|html|json))`", text.partition("`results/`")[2][:600]
    )
    assert len(named) >= 7
    for name in named:
        assert (tmp_path / "results" / name).is_file(), name


def test_the_readme_begins_with_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"```bash\n(.*?)```", text, re.DOTALL)
    assert block is not None
    targets = [shlex.split(line, comments=True)[1] for line in block[1].splitlines()]
    assert targets == ["app", "test"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_other_commands_that_are_named_exist(capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = re.search(r"lists the other commands: (.*?)\.", text, re.DOTALL)
    assert named is not None
    assert cli.main(["--help"]) == 0
    listed = capsys.readouterr().out
    for name in re.findall(r"`([a-z-]+)`", named[1]):
        assert re.search(rf"^\s*{name}\s", listed, re.MULTILINE), name


def test_every_page_of_the_documentation_is_linked() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert f"(docs/{page.name})" in text, page.name


def test_the_pictures_and_pages_that_are_linked_exist() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"
