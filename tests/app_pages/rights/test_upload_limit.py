"""A file over the server's limit is refused in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from app_pages.rights.upload_limit import check_upload
from geo.base.errors import StudyError
from layers.words.catalogue import LOCALES, words_for
from tests.worlds.office_server import open_office


@pytest.mark.parametrize("locale", LOCALES)
def test_the_limit_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, locale: str) -> None:
    check_upload("a.csv", 10**12)  # a laptop has no limit
    open_office(tmp_path, monkeypatch).set("[limits]\nupload_mb = 3")
    check_upload("a.csv", 3_000_000)
    with pytest.raises(StudyError) as caught:
        check_upload("a.csv", 3_000_001)
    (line,) = words_for(locale).error(caught.value)
    assert "a.csv" in line and "3 MB" in line
