"""Page: Report 成果输出. The report chapter, printed maps, tables by county, and the web map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import streamlit as st

from app_pages.panel.share_range import known_ranges
from app_pages.report_page.files import chapter, map_series, one_map, tables_by_county
from app_pages.report_page.verify import show_verify
from app_pages.rights.on_download import on_download
from app_pages.rights.upload_limit import file_uploader, upload_bytes
from app_pages.runs.server_queue import session_user
from app_pages.runs.studies import on_study
from app_pages.shell import address, frame, state, study_jobs
from app_pages.shell.choice import translated_choice
from app_pages.shell.html import head, plain, problems, show_html
from geo.analysis import Analysis
from geo.base.errors import CancelledError, QuarterhourError, StudyError
from geo.base.file_names import file_name
from geo.base.jobs import Job
from geo.base.progress import Progress
from geo.coverage.county import part_name, series_parts
from geo.scenarios.changes import AddSite, Scenario
from geo.scenarios.store import list_scenarios, load_scenario
from layers.export.by_county import iframe_snippet
from layers.export.results import result_bytes
from layers.print_map.files import KINDS
from layers.print_map.ground import CLASSINGS
from layers.print_map.layer_map import MapOptions
from layers.print_map.page import PAPERS
from layers.report.options import FORMATS, SECTIONS, ReportOptions
from layers.shapes.units import levels
from layers.words.catalogue import LOCALES, Words
from layers.words.phrases import layer_title, level_name, place_name, sentence
from ledger.evidence.trend import with_kept_trends
from ledger.snapshot import LedgerSnapshot, read_snapshot

__all__: list[str] = []

_MIME = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "html": "text/html",
    "pdf": "application/pdf",
    "png": "image/png",
    "svg": "image/svg+xml",
    "zip": "application/zip",
}
_ALL = ""
_MOST_MB = 200
# The choices that the address of the page keeps.
_IN_ADDRESS = (
    "report_format", "report_paper", "report_orientation", "print_layer", "print_level",
    "print_what", "print_part", "print_classing", "print_format", "print_paper",
    "print_orientation",
)  # fmt: skip


def show(analysis: Analysis, words: Words) -> None:
    """The whole page: the chapter on the left, maps and other files on the right."""
    for name in _IN_ADDRESS:
        for value in address.taken(name).values():
            st.session_state[f"given-{name}"] = value
    left, right = st.columns(2, gap="large")
    with left:
        _chapter(analysis, words)
        show_verify(analysis, words)
    with right:
        if analysis.has_borders:
            _maps(analysis, words)
        _others(analysis, words)
    address.keep_address(
        **{name: st.session_state.get(f"address-{name}", "") for name in _IN_ADDRESS}
    )


def _chapter(analysis: Analysis, words: Words) -> None:
    show_html(head(words("output.chapter")))
    ledger = _ledger(words)
    # Not a multiselect, which shows only some of the chosen options.
    sections = st.pills(
        words("output.sections"),
        SECTIONS,
        selection_mode="multi",
        default=ReportOptions(ledger=ledger).default_sections,
        format_func=lambda name: words(f"report.section.{name}"),
        key=f"report_sections-{words.locale}",
        wrap=True,
    )
    scenario = _proposals(analysis, words)
    first, second = st.columns(2)
    with first:
        kind = _choice(words, words("output.format"), FORMATS, str.upper, "report_format")
        paper = _choice(words, words("output.paper"), list(PAPERS), str.upper, "report_paper")
    with second:
        locale = st.selectbox(
            words("output.language"),
            LOCALES,
            index=LOCALES.index(words.locale),
            format_func=frame.ENDONYMS.__getitem__,
            key=f"report_language-{words.locale}",
        )
        way = _named(words, "orientation", ("portrait", "landscape"), "report")
    logo = _given("logo", ["png", "jpg", "jpeg"], words)
    office = b""
    if kind == "docx":
        office = _given("template", ["docx"], words)
        show_html(plain(words("output.template_hint")))
    ranges = known_ranges(analysis, state.analysis_key(analysis.study))
    options = ReportOptions(
        ranges=ranges,
        ledger=ledger,
        sections=(*sections, "siting") if scenario else tuple(sections),
        made_on=date.today(),
        logo=logo,
        paper=PAPERS[paper].turned(way),
    )
    key = state.analysis_key(analysis.study)
    head_hash = ledger.head if ledger else ""
    asked = (key, locale, kind, options, office, scenario, ranges is not None, head_hash)
    work = _work(
        analysis, chapter,
        locale=locale, kind=kind, options=options, template=office, scenario=scenario,
    )  # fmt: skip

    if ledger is not None:
        analysis = with_kept_trends(analysis, state.study_folder())
    if st.button(
        words("output.make"), type="primary", key="report_make", disabled=not options.sections
    ):
        _start("report", work, asked, f"report-{locale}.{kind}", _MIME[kind])
    _finish("report", asked, words)


def _given(name: str, kinds: list[str], words: Words) -> bytes:
    """The content of a file of the office for the report; empty without one."""
    file = file_uploader(
        words(f"output.{name}"), key=f"report_{name}", most_mb=_MOST_MB, kinds=kinds
    )
    try:
        return upload_bytes(file) if file else b""
    except StudyError as error:
        show_html(problems(error, words))
        return b""


def _ledger(words: Words) -> LedgerSnapshot | None:
    """The study's ledger; its error, where it cannot be read."""
    try:
        return read_snapshot(state.study_folder())
    except QuarterhourError as error:
        show_html(problems(error, words))
        return None


def _proposals(analysis: Analysis, words: Words) -> Scenario | None:
    """The choice of a scenario whose new sites are printed, where the study has any."""
    folder = Path(analysis.study.folder)
    known: dict[str, Scenario] = {}
    for name in list_scenarios(folder):
        with suppress(QuarterhourError):  # the Coverage page names what is wrong
            scenario = load_scenario(folder, name)
            if any(isinstance(change, AddSite) for change in scenario.changes):
                known[name] = scenario
    if not known:
        return None
    name = translated_choice(
        words("output.proposals"),
        [_ALL, *known],
        lambda name: name or words("output.proposals_none"),
        "report_proposals",
        words.locale,
        help_text=words("output.proposals_help"),
    )
    return known.get(name)


def _maps(analysis: Analysis, words: Words) -> None:
    """One map, or a PDF with a page a county."""
    show_html(head(words("output.maps")))
    study = analysis.study
    titles = {str(k): layer_title(study.layer(str(k)), words) for k in analysis.summary["layers"]}
    parts = {_ALL: words("output.whole")}
    parts |= {part: part_name(analysis, part) for part in series_parts(analysis)}
    label = words("gaps.layer")
    key = _choice(words, label, list(titles), titles.__getitem__, "print_layer")
    first, second = st.columns(2)
    with first:
        level = _choice(
            words, words("output.level"), levels(analysis.study),
            lambda name: sentence(level_name(name, words)), "print_level",
        )  # fmt: skip
        what = _named(words, "what", ("share", "gaps"))
    with second:
        part = _choice(words, words("output.part"), list(parts), parts.__getitem__, "print_part")
        classing = _named(words, "classing", CLASSINGS)
    first, second, third = st.columns(3)
    with first:
        kind = _choice(words, words("output.format"), KINDS, str.upper, "print_format")
    with second:
        paper = _choice(words, words("output.paper"), list(PAPERS), str.upper, "print_paper")
    with third:
        way = _named(words, "orientation", ("landscape", "portrait"))
    options = MapOptions(
        what=what, level=level, classing=classing, within=part, made_on=date.today(),
        paper=PAPERS[paper].turned(way),
    )  # fmt: skip

    asked = (state.analysis_key(study), words.locale, key, kind, options)

    one = _work(analysis, one_map, layer=key, locale=words.locale, kind=kind, options=options)
    whole = replace(options, within=_ALL)
    series = _work(analysis, map_series, layer=key, locale=words.locale, options=whole)
    with st.container(horizontal=True, gap="small"):
        if st.button(words("output.make_map"), key="print_make"):
            _start("print", one, asked, f"{key}-{what}.{kind}", _MIME[kind])
        if len(parts) > 1 and st.button(words("output.make_series"), key="print_series"):
            _start("print", series, asked, f"{key}-{what}-series.pdf", _MIME["pdf"])
    _finish("print", asked, words)


def _named(words: Words, name: str, options: tuple[str, ...], form: str = "print") -> Any:
    """A choice whose options have words in the catalogues."""
    return _choice(
        words,
        words(f"output.{name}"),
        options,
        lambda option: words(f"output.{name}.{option}"),
        f"{form}_{name}",
    )


def _choice(
    words: Words, label: str, options: Sequence[str], shown: Callable[[str], str], name: str
) -> Any:
    """A choice that the address of the page keeps (`translated_choice`)."""
    held = f"chosen-{name}"
    given = st.session_state.pop(f"given-{name}", None)
    if given in options:
        st.session_state[held] = given
    elif given:
        address.ignore(name, given)
    chosen = translated_choice(label, options, shown, name, words.locale)
    st.session_state[f"address-{name}"] = "" if chosen == options[0] else chosen
    return chosen


def _others(analysis: Analysis, words: Words) -> None:
    """Tables by county, and the map for a portal."""
    show_html(head(words("output.others")))
    if series_parts(analysis):
        split = _work(analysis, tables_by_county, locale=words.locale)
        asked = (state.analysis_key(analysis.study), words.locale)
        if st.button(words("output.split"), key="split_make"):
            _start("split", split, asked, "counties.zip", _MIME["zip"])
        _finish("split", asked, words)
    key = state.analysis_key(analysis.study)
    st.download_button(
        words("output.map_page"),
        data=_map_page(key, words.locale, _analysis=analysis),
        file_name="map.html",
        mime="text/html",
        on_click=on_download(),
        key="map_page",
    )
    show_html(plain(words("output.embed")))
    title = words("html.title", study=place_name(analysis.study, words))
    st.code(iframe_snippet(title), language=None, wrap_lines=True)
    show_html(plain(words("output.embed_app")))


@st.cache_data(show_spinner=False, max_entries=4)
def _map_page(key: str, locale: str, *, _analysis: Analysis) -> bytes:
    """map.html; `key` stands for the analysis."""
    del key
    return result_bytes(_analysis, "map.html", locale=locale)


def _work(
    analysis: Analysis, make: Callable[..., bytes], **arguments: Any
) -> Callable[[Progress], bytes]:
    """Work that makes a file of this session's study; for `_start`."""
    job = study_jobs.study_job(str(state.study_folder()), state.analysis_key(analysis.study))
    user = session_user()

    def work(progress: Progress) -> bytes:
        made: bytes = on_study(job.result(), make, progress, user=user, **arguments)
        return made

    return work


def _start(
    name: str, work: Callable[[Progress], bytes], asked: object, file: str, mime: str
) -> None:
    """Start `work` in a job; `_finish` offers its file when it is done.

    `asked` are the language and options of the page; with others the file is not offered.
    """
    st.session_state[f"job-{name}"] = (Job(work), file, mime)
    st.session_state[f"asked-{name}"] = asked


@st.fragment(run_every=0.5)
def _show_progress(name: str, words: Words) -> None:
    job, _, _ = st.session_state[f"job-{name}"]
    if job.done:
        st.rerun()
    progress = job.progress.state
    frame.show_stage(progress, words)
    show_html(plain(frame.remaining_text(progress, words)))
    if st.button(words("app.cancel"), key=f"cancel-{name}"):
        job.cancel()


def _finish(name: str, asked: object, words: Words) -> None:
    """Show the progress of a job, then a button for its file, or its error.

    A job for other options than `asked` is cancelled and forgotten, and its file with it.
    """
    held = st.session_state.get(f"job-{name}")
    if held is None:
        return
    job, file, mime = held
    if st.session_state.get(f"asked-{name}") != asked:
        job.cancel()
        del st.session_state[f"job-{name}"]
        return
    if not job.done:
        _show_progress(name, words)
        return
    try:
        content = job.result()
    except CancelledError:
        st.info(words("app.cancelled"))
        return
    except QuarterhourError as error:
        show_html(problems(error, words))
        return
    st.download_button(
        words("output.download", file=file, size=words.number(len(content) / 2**20, 1)),
        data=content,
        file_name=file_name(file),
        mime=mime,
        on_click=on_download(),
        key=f"download-{name}",
    )


_words = state.words()
if (_analysis := frame.analysis(_words)) is not None:
    show(_analysis, _words)
