"""Every code that geo/ raises, and every problem it logs, has its words in both languages."""

from __future__ import annotations

import ast
import string
from pathlib import Path
from typing import get_args

import pytest

from geo.base.access.guard import Action
from geo.base.quality_log import QualityRow
from geo.readers.formats.registry import FORMATS
from layers.words.catalogue import catalogue, words_for

GEO = Path(__file__).resolve().parents[2] / "geo"
LOCALE = GEO.parent / "layers" / "words" / "locale"
_ERRORS = {
    "QuarterhourError",
    "StudyError",
    "MachineError",
    "CancelledError",
    "OutputError",
    "FetchError",
    "ClusterError",
    "QuestionError",
    "LedgerError",
    "ConflictError",
    "AccessError",
}
# Where study.py and its helper join the parameters of several errors.
_WRAPPED = {"wrong": {"file", "field"}}
# What a condition is refused with, and where.
_CONDITION = {"file", "field", "at", "value"}
_WRAPPED |= {"_refuse_at": _CONDITION, "_refuse_here": _CONDITION}
# Models whose validators raise a code; the parameters are those of every wrong key.
_MODELS = (
    ("study", "model.py"),
    ("study", "decay.py"),
    ("scenarios", "changes.py"),
    ("server", "config.py"),
)
_LOGGING = {"add", "set_aside", "note", "total"}


def _name(call: ast.Call) -> str:
    function = call.func
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _texts(node: ast.expr) -> list[str]:
    return [
        item.value
        for item in ast.walk(node)
        if isinstance(item, ast.Constant) and isinstance(item.value, str)
    ]


def _sources() -> list[Path]:
    """The engine first of all; the doors and pages have codes of their own."""
    root = GEO.parent
    files = [
        path
        for name in ("geo", "ledger", "server", "layers", "app_pages", "cli")
        for path in (root / name).rglob("*.py")
    ]
    return sorted([*files, *root.glob("*.py")])


def _raised() -> list[tuple[str, set[str] | None, str]]:
    """Code, parameters (None where they cannot be read off), place."""
    found: list[tuple[str, set[str] | None, str]] = [("cancelled", set(), "errors.py")]
    for path in _sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            place = f"{path.name}:{getattr(node, 'lineno', 0)}"
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.value, ast.IfExp)
                and getattr(node.targets[0], "id", "") == "code"
            ):
                branches = (node.value.body, node.value.orelse)
                found += [(text, None, place) for item in branches for text in _texts(item)]
            if not isinstance(node, ast.Call) or not node.args:
                continue
            if _name(node) == "checked_name" and len(node.args) == 2:
                found += [(text, None, place) for text in _texts(node.args[1])]
            first = node.args[0]
            if isinstance(first, ast.IfExp) and _name(node) in _ERRORS:
                branches = (first.body, first.orelse)
                found += [(text, None, place) for item in branches for text in _texts(item)]
            if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
                continue
            given = {keyword.arg or "**" for keyword in node.keywords}
            given |= _WRAPPED.get(_name(node), set())
            if _name(node) in _ERRORS | set(_WRAPPED):
                found.append((first.value, None if "**" in given else given, place))
            elif _name(node) == "add" and path.parent.name == "scenarios":
                found.append((first.value, None, place))  # problems that are raised together
            elif _name(node) == "ValueError" and path.parts[-2:] in _MODELS:
                found.append((first.value, {"file", "field"}, place))
    return found


def _logged() -> set[str]:
    """Problems given as a text to the methods that log, or as the first of a loop's pairs."""
    found = {"group_weights_differ", "group_units_differ", "off_network"}
    for path in sorted(GEO.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node) in _LOGGING and len(node.args) >= 2:
                at = 2 if _name(node) in ("note", "total") else 1
                if len(node.args) > at and isinstance(node.args[at], ast.Constant):
                    found.add(str(node.args[at].value))
    return found


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_every_code_has_its_line_and_only_its_own_parameters(locale: str) -> None:
    words = catalogue(locale)
    raised = _raised()
    assert len(raised) > 50
    for code, given, place in raised:
        text = words.get(f"error.{code}")
        assert text, f"{place}: no words for {code}"
        assert "\n" not in text
        if given is not None:
            assert _placeholders(text) <= given, f"{place}: {code}"


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_every_problem_has_its_line(locale: str) -> None:
    words = catalogue(locale)
    problems = _logged()
    assert len(problems) > 25
    for problem in problems:
        text = words.get(f"quality.{problem}")
        assert text, f"no words for {problem}"
        assert "\n" not in text
        assert _placeholders(text) <= set(QualityRow.__dataclass_fields__)
    for key in ("severity.error", "severity.warning", "severity.info"):
        assert words[f"quality.{key}"]
    for key in ("action.set_aside", "action.repaired", "action.kept"):
        assert words[f"quality.{key}"]


def test_no_words_without_a_code() -> None:
    codes = {code for code, _, _ in _raised()} | {"internal"}
    codes |= {item.refusal for item in FORMATS}
    parts = ("", "_unit", "_whole")
    codes |= {f"access_{action}{part}" for action in get_args(Action) for part in parts}
    codes |= {f"scenario_{of}_unknown" for of in ("layer", "site", "road")}
    worded = {key.removeprefix("error.") for key in catalogue("en") if key.startswith("error.")}
    assert worded <= codes


@pytest.mark.parametrize("name", ["errors", "quality", "readers", "questions"])
def test_both_languages_have_the_same_keys_and_placeholders(name: str) -> None:
    from babel.messages.pofile import read_po

    both = []
    for folder in ("zh_CN", "en"):
        with (LOCALE / folder / f"{name}.po").open("rb") as handle:
            messages = [m for m in read_po(handle) if m.id]
        both.append({str(m.id): _placeholders(str(m.string)) for m in messages})
        assert all(str(m.string) for m in messages)
    assert both[0] == both[1]


def test_words_fill_their_placeholders() -> None:
    line = words_for("zh-CN")("error.file_missing", file="study.toml", field="x", value="{y}")
    assert "{y}" in line  # a user's braces stay text
