"""The app's catalogues: the same keys in both languages, all of them used, none missing."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

from babel.messages.pofile import read_po

from app_pages import PAGES
from layers.words.catalogue import catalogue

ROOT = Path(__file__).parent.parent.parent
# Keys put together from codes: what may follow is the engine's and the contract's.
BUILT = (
    *(f"page.{page.key}" for page in PAGES),
    "amount.", "class.", "click.", "colours.", "curve.m", "drawn.", "found.", "gaps.by_",
    "gaps.cause.", "gaps.column.", "gaps.download.", "gaps.median_help", "gaps.minutes_help",
    "gaps.sort_", "hover.", "lead.by.", "legend.", "level.", "panel.next",
    "panel.previous", "road.", "stage.",
    "tour.", "trial.count.", "kept.export_", "put.before", "put.after", "put.points",
    "trial.before", "trial.after", "trial.points", "warning.", "what.",
    "page.error.", "propose.after", "propose.at_least_help", "propose.before", "propose.click_",
    "propose.column.", "propose.download_", "propose.file_name_", "propose.from_",
    "propose.marked_", "propose.no_column", "propose.method.", "propose.phase1_help",
    "propose.relocate_help",
    "propose.seconds_help", "propose.state_",
    "cases.", "data.column.", "quality.", "equity.basis.", "equity.column.", "equity.concentration",
    "equity.fgt1", "equity.gini", "equity.mean", "equity.palma",
)  # fmt: skip
DOMAINS = ("app", "equity", "explore", "help", "ledger_page", "roads", "siting_page", "widgets")


def _app_keys(folder: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for domain in DOMAINS:
        with (ROOT / "layers" / "words" / "locale" / folder / f"{domain}.po").open("rb") as handle:
            keys = {str(m.id): str(m.string) for m in read_po(handle) if m.id}
        assert not keys.keys() & found.keys()
        found |= keys
    return found


def _source() -> str:
    files = [
        ROOT / "app.py",
        *sorted((ROOT / "app_pages").rglob("*.py")),
        ROOT / "layers/export/gap_list.py",
        ROOT / "layers/words/lines/finding.py",
        ROOT / "layers/words/lines/equity.py",
        ROOT / "layers/report/chapter_parts/equity.py",
        ROOT / "layers/print_map/lorenz_chart.py",
    ]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def test_both_languages_hold_the_same_keys_and_placeholders() -> None:
    chinese, english = _app_keys("zh_CN"), _app_keys("en")
    assert chinese.keys() == english.keys()
    for key, text in chinese.items():
        fields = [{f for _, f, _, _ in Formatter().parse(t) if f} for t in (text, english[key])]
        # English may leave a unit to the column's other words, and `people` to the amount; a count
        # stands alone where the noun was named before.
        assert fields[1] - {"count"} <= fields[0], key
        assert text and english[key], key


def test_every_key_that_the_pages_name_exists() -> None:
    named = set(re.findall(r'words\(\s*"([a-z0-9_.]+)"', _source()))
    assert named
    for locale in ("zh-CN", "en"):
        assert not named - catalogue(locale).keys()


def test_every_key_of_the_app_is_used() -> None:
    source = _source()
    for key in _app_keys("en"):
        if key.startswith(BUILT):
            continue
        assert f'"{key}"' in source or key.startswith("basis.presence_unit"), key


def test_a_key_stands_in_one_catalogue_only() -> None:
    for folder in (ROOT / "layers" / "words" / "locale").iterdir():
        keys = [
            str(message.id)
            for path in sorted(folder.glob("*.po"))
            for message in read_po(path.open("rb"))
            if message.id
        ]
        assert sorted(keys) == sorted(set(keys)), folder.name
