"""A newcomer's walk by the guide alone: own files, map, gaps, report and cases, by its labels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from docx import Document
from playwright.sync_api import Page

from geo.study.load import load_study
from layers.words.catalogue import LOCALES
from ledger.ledger import open_ledger
from tests.browser.newcomer import Newcomer
from tests.worlds.office_files import OfficeFiles, write_office_files


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> OfficeFiles:
    """What the newcomer's office has."""
    return write_office_files(tmp_path_factory.mktemp("newcomer"))


@pytest.mark.parametrize("lang", LOCALES)
def test_the_guide_leads_from_own_files_to_a_case(
    app: str, studies: Path, files: OfficeFiles, page_guard: Callable[..., Page], lang: str
) -> None:
    name = f"newcomer {lang}"
    newcomer = Newcomer(page_guard(1366, 768), app, lang, files)
    newcomer.make_a_study(name, "武昌区", look=lambda picture: None)
    study = load_study(studies / name)
    # What the guide says about the files came true: households, and the datum of the phone map.
    assert (study.demand.weight_unit, study.layers[0].datum) == ("户", "gcj02")
    assert study.units.parents == ("XJMC",)

    listed = newcomer.read_the_gaps().path().read_text("utf-8-sig").splitlines()
    assert len(listed) > 2
    text = "\n".join(p.text for p in Document(str(newcomer.make_the_report().path())).paragraphs)
    assert "武昌区" in text

    newcomer.open_cases("王敏")
    with open_ledger(studies / name, create=False) as ledger:
        cases = ledger.store.cases()
    assert len(cases) == len({case.unit_id for case in cases}) >= 2
