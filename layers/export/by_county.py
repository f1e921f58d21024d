"""Each county's share of the results, all in one zip."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Any

from geo.analysis import Analysis
from geo.base.progress import Progress
from geo.coverage.county import county_folders, county_part, part_name
from layers.export.results import county_files, result_bytes
from layers.style.escape import escape
from layers.words.catalogue import LOCALES, Words, words_for

__all__ = ["county_zip", "iframe_snippet", "worded_county"]


def county_zip(analysis: Analysis, words: Words, *, progress: Progress | None = None) -> bytes:
    """The files of every county (`county_files`), a folder each, in one zip."""
    folders = county_folders(analysis)
    progress = progress or Progress()
    progress.stage("counties", len(folders))
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, folder in folders.items():
            county = worded_county(analysis, part)
            for name in county_files():
                # A fixed date, so that the same analysis gives the same bytes.
                entry = zipfile.ZipInfo(f"{folder}/{name}", (2000, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, result_bytes(county, name, locale=words.locale))
            progress.step()
    return target.getvalue()


def worded_county(analysis: Analysis, part: str) -> Analysis:
    """`county_part` under the name of the study in this county, in every language."""
    info = analysis.study.study
    study = info.place or info.name
    name: Any = {
        locale: words_for(locale)(
            "report.place_in",
            study=words_for(locale).text(study),
            part=part_name(analysis, part),
        )
        for locale in LOCALES
    }
    return county_part(analysis, part, name)


def iframe_snippet(title: str, source: str = "map.html") -> str:
    """HTML that shows map.html inside another page; it may run only its own script."""
    return (
        f'<iframe src="{escape(source)}" title="{escape(title)}" sandbox="allow-scripts" '
        'loading="lazy" style="width:100%;height:640px;border:0"></iframe>'
    )
