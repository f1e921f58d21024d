"""The Data page in both languages: what is uploaded is shown, tried, saved, and nothing is lost."""

from __future__ import annotations

import io
import json
import re
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from string import Formatter

import openpyxl
import pytest
from babel.messages.pofile import read_po
from streamlit.testing.v1 import AppTest

from app_pages import PAGES
from app_pages.add_data import received
from geo.coordinates.datum import from_wgs84
from geo.study.load import load_study
from geo.workspace.folder import list_studies
from geo.workspace.pack import pack_study
from layers.words.catalogue import LOCALES, words_for

PAGE = "app_pages/data.py"
ROOT = Path(__file__).parent.parent.parent
Open = Callable[..., AppTest]

CSV = "编号,名称,经度,纬度\n001,一号诊所,114.300,30.5\n002,二号诊所,114.320,30.5\n"


def shown(app: AppTest) -> str:
    """All HTML of the page but styles."""
    return "\n".join(
        element.proto.body for element in app.get("html") if "<style>" not in element.proto.body
    )


def upload(app: AppTest, name: str, content: str | bytes, *, role: str = "") -> AppTest:
    """Choose a role and hand a file in."""
    if role:
        app.selectbox(key="data_role").set_value(role).run()
    raw = content.encode() if isinstance(content, str) else content
    app.file_uploader[0].upload(name, raw).run()
    assert not app.exception
    return app


def widget(app: AppTest, kind: str, ending: str):
    """The widget about this upload whose key ends so."""
    return next(item for item in getattr(app, kind) if str(item.key).endswith(f"-{ending}"))


def save(app: AppTest, name: str | None) -> AppTest:
    if name is not None:
        app.text_input(key="data_name").set_value(name).run()
    app.button(key="data_save").click().run()
    assert not app.exception
    return app


def lines(app: AppTest) -> list[str]:
    return re.findall(r'class="qh-problem"[^>]*>(.*?)</div>', shown(app))


class _Given(io.BytesIO):
    """A file in an upload widget."""

    name, file_id, size = "a.csv", "1", len(CSV)


def test_the_emptied_widget_reports_its_file_in_vain(monkeypatch: pytest.MonkeyPatch) -> None:
    # A click right after a save still carries the file of the widget that the save emptied.
    session: dict[str, object] = {}
    monkeypatch.setattr(received.st, "session_state", session)
    first = received.uploader_key()
    session[first] = _Given(CSV.encode())
    received.take(first)
    assert received.received() is not None
    received.forget_received()
    session[received.SAVED] = "a.csv"
    received.take(first)
    assert received.received() is None
    assert session[received.SAVED] == "a.csv"
    second = received.uploader_key()
    session[second] = _Given(CSV.encode())
    received.take(second)
    assert received.received() is not None
    assert received.SAVED not in session
    received.forget_received()


@pytest.mark.parametrize("lang", LOCALES)
def test_a_table_becomes_a_layer_of_a_new_study(
    data_page: Callable[[str], AppTest], studies: Path, study: Path, lang: str
) -> None:
    before = {path.name: path.read_bytes() for path in study.iterdir()}
    app = upload(data_page(lang), "社区 诊所.csv", CSV.encode("gb18030"))
    preview = app.dataframe[0].value
    assert preview["名称"].tolist() == ["一号诊所", "二号诊所"]
    assert widget(app, "selectbox", "column-id").value == "编号"
    assert widget(app, "selectbox", "column-lon").value == "经度"
    widget(app, "text_input", "title").set_value("Clinics 诊所").run()
    assert "GB18030" in shown(app)
    save(app, "试点 1")
    assert not lines(app)
    saved = load_study(studies / "试点 1")
    layer = saved.layer("clinics")
    assert (layer.path, layer.title, layer.minutes) == ("layer-clinics.csv", "Clinics 诊所", 15)
    assert (layer.id, layer.name, layer.lon, layer.lat) == ("编号", "名称", "经度", "纬度")
    assert layer.datum == "wgs84" and layer.bands == (5, 10, 15)
    assert (studies / "试点 1" / "layer-clinics.csv").read_bytes() == CSV.encode("gb18030")
    assert {path.name: path.read_bytes() for path in study.iterdir()} == before
    assert "试点 1" in shown(app)  # the open study
    app.button(key="data_to_coverage").click().run()
    app.switch_page("app_pages/coverage.py").run()  # AppTest itself stays on its page
    _until_done(app, "cancel")
    assert app.selectbox(key="service").value == "clinics"


@pytest.mark.parametrize("lang", LOCALES)
def test_the_datum_is_proposed_with_its_evidence_and_applied_when_agreed(
    open_app: Open, studies: Path, lang: str
) -> None:
    import pandas as pd

    sites = pd.read_csv(ROOT / "data" / "wuhan" / "medical_insurance.csv")
    lon, lat = from_wgs84(sites["lon"], sites["lat"], "gcj02")
    rows = [f"{n},{x:.6f},{y:.6f}" for n, x, y in zip(sites["name"], lon, lat, strict=True)]
    app = open_app(ROOT / "data" / "wuhan", lang)
    app.switch_page(PAGE).run()
    upload(app, "stations.csv", "\n".join(["名称,经度,纬度", *rows]))
    text = shown(app)
    assert "39 米" in text or "39 m as GCJ-02" in text
    assert "65 米" in text or "65 m as WGS-84" in text
    datum = widget(app, "selectbox", "datum")
    assert datum.value == "wgs84"
    save(app, "untouched")
    assert load_study(studies / "untouched").layers[-1].datum == "wgs84"
    upload(app, "stations.csv", "\n".join(["名称,经度,纬度", *rows]))
    widget(app, "button", "accept-gcj02").click().run()
    assert widget(app, "selectbox", "datum").value == "gcj02"
    app.radio(key="data_where").set_value("new").run()
    save(app, "agreed")
    assert load_study(studies / "agreed").layers[-1].datum == "gcj02"


def test_replacing_a_list_keeps_the_rest_and_goes_into_the_open_study(
    data_page: Callable[[], AppTest], studies: Path, study: Path
) -> None:
    app = upload(data_page(), "a.csv", CSV, role="layer_replace")
    assert "服务站·电动自行车" in app.checkbox[0].label
    save(app, "one")
    first = load_study(studies / "one")
    former = load_study(study)
    for key in ("station", "station_ebike"):
        assert first.layer(key).path == "layer-station.csv"
        assert first.layer(key).minutes == former.layer(key).minutes
    assert first.layer("parking") == former.layer("parking")
    upload(app, "b.csv", CSV, role="layer_replace")
    app.selectbox(key="data_replaced").set_value("parking").run()
    save(app, None)
    again = load_study(studies / "one")
    assert again.layer("parking").path == "layer-parking.csv"
    assert again.layer("station") == first.layer("station")
    assert list_studies(studies) == ["one"]


def test_demand_units_and_roads_are_replaced(
    data_page: Callable[[], AppTest], studies: Path, study: Path
) -> None:
    app = upload(data_page(), "人口.csv", "编号,经度,纬度,户数\nA,114.305,30.5,12\n", role="demand")
    assert widget(app, "selectbox", "column-weight").value == "户数"
    save(app, "new")
    demand = load_study(studies / "new").demand
    assert (demand.weight, demand.weight_unit, demand.path) == ("户数", "户", "demand.csv")

    upload(app, "乡镇.geojson", (study / "units.geojson").read_bytes(), role="units")
    assert widget(app, "selectbox", "column-id").value == "code"
    assert widget(app, "multiselect", "parents").value == ["county"]
    save(app, None)
    assert not lines(app)
    units = load_study(studies / "new").units
    assert (units.path, units.level, units.parents) == ("units-2.geojson", "township", ("county",))
    assert units.approximate is None

    upload(app, "路.geojson", (study / "roads.geojson").read_bytes(), role="network")
    save(app, None)
    network = load_study(studies / "new").network
    assert network.path == "network.geojson" and network.note is None


def test_metres_are_read_once_the_projection_is_chosen(
    data_page: Callable[[], AppTest], studies: Path
) -> None:
    from pyproj import Transformer

    to_metres = Transformer.from_crs(4326, 4547, always_xy=True)
    east, north = to_metres.transform([114.300, 114.320], [30.5, 30.5])
    rows = [f"{n:.2f},{e:.2f}" for e, n in zip(east, north, strict=True)]
    app = upload(data_page(), "测绘.csv", "\n".join(["X,Y", *rows]))
    assert "请在左侧选择投影坐标系" in shown(app) and app.button(key="data_save").disabled
    widget(app, "selectbox", "crs").set_value("EPSG:4547").run()
    assert "请在左侧选择投影坐标系" not in shown(app)
    save(app, "survey")
    layer = load_study(studies / "survey").layers[-1]
    assert (layer.crs, layer.axis) == ("EPSG:4547", "yx")


def _workbook() -> bytes:
    book = openpyxl.Workbook()
    for name in ("一月", "二月"):
        sheet = book.create_sheet(name)
        sheet.append(["编号", "名称", "经度", "纬度"])
        sheet.append(["1", f"{name}诊所", 114.3, 30.5])
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


def test_a_workbook_with_two_sheets_is_asked_about(
    data_page: Callable[[], AppTest], studies: Path
) -> None:
    app = upload(data_page(), "台账.xlsx", _workbook())
    widget(app, "selectbox", "part-sheet").set_value("二月").run()
    assert app.dataframe[0].value["名称"].tolist() == ["二月诊所"]
    save(app, "sheets")
    layer = load_study(studies / "sheets").layers[-1]
    assert layer.sheet == "二月" and layer.path.endswith(".xlsx")


BAD = {
    "empty": ("x.csv", b"", "layer_new"),
    "binary": ("x.csv", b"\0\1\2\3" * 50, "layer_new"),
    "pdf": ("x.xlsx", b"%PDF-1.7 nothing", "layer_new"),
    "broken zip": ("x.zip", b"PK\x03\x04 nothing at all", "layer_new"),
    "vrt as geojson": ("x.geojson", b"<OGRVRTDataSource></OGRVRTDataSource>", "layer_new"),
    "entities": ("x.kml", b'<!DOCTYPE x [<!ENTITY a "b">]><kml>&a;</kml>', "layer_new"),
    "json of another kind": ("x.geojson", b'{"a": 1}', "layer_new"),
    "open quote": ("x.csv", b'a,b\n"1,2\n', "layer_new"),
    "no coordinates": ("x.csv", b"name,phone\na,1\n", "layer_new"),
    "no usable row": ("x.csv", b"name,lon,lat\na,,\n", "layer_new"),
    "table as units": ("x.csv", CSV.encode(), "units"),
    "table as roads": ("x.csv", CSV.encode(), "network"),
    "points as roads": (
        "x.geojson",
        json.dumps({"type": "Point", "coordinates": [114.3, 30.5]}).encode(),
        "network",
    ),
    "roads as a layer": ("x.osm", b'<osm version="0.6"></osm>', "layer_new"),
}


@pytest.mark.parametrize("lang", LOCALES)
@pytest.mark.parametrize("case", BAD)
def test_bad_files_give_clear_lines_and_cannot_be_saved(
    data_page: Callable[[str], AppTest], studies: Path, case: str, lang: str
) -> None:
    name, content, role = BAD[case]
    app = upload(data_page(lang), name, content, role=role)
    assert lines(app), shown(app)
    assert "upload." not in shown(app) and "Traceback" not in shown(app)
    assert any(name in line for line in lines(app))
    buttons = [button for button in app.button if button.key == "data_save"]
    assert all(button.disabled for button in buttons)
    assert not studies.exists()


@pytest.mark.parametrize("lang", LOCALES)
@pytest.mark.parametrize("name", ["", "../outside", "a/b", "CON", "tiny\0"])
def test_a_name_that_is_none_is_refused_in_one_line(
    data_page: Callable[[str], AppTest], studies: Path, name: str, lang: str, tmp_path: Path
) -> None:
    app = save(upload(data_page(lang), "a.csv", CSV), name)
    assert len(lines(app)) == 1
    assert not studies.exists() and not (tmp_path / "outside").exists()
    assert app.dataframe  # the upload is still there
    save(app, "good")
    assert not lines(app) and list_studies(studies) == ["good"]


def test_bands_that_are_none(data_page: Callable[[], AppTest]) -> None:
    app = upload(data_page(), "a.csv", CSV)
    widget(app, "text_input", "bands-minutes").set_value("5，十").run()
    assert lines(app) == ["等时圈分级中的“十”不是大于 0 的数。请写成 5, 10, 15 这样的数。"]
    widget(app, "text_input", "bands-minutes").set_value("10、5").run()
    assert not lines(app)
    widget(app, "text_input", "bands-minutes").set_value("500").run()
    assert len(lines(app)) == 1  # beyond the horizon


def test_text_from_files_is_text(data_page: Callable[[], AppTest], studies: Path) -> None:
    payload = "<img src=x onerror=alert(1)>`${alert(2)}`"
    content = f'id,name,lon,lat,{payload}\n1,"{payload}",114.3,30.5,x\n1,"{payload}",114.3,30.5,x\n'
    app = upload(data_page(), f"{payload}.csv", content)
    assert "<img" not in shown(app) and "&lt;img" in shown(app)
    save(app, "text")
    app.get("button_group")[0].set_value("quality").run()
    _until_done(app)
    assert "<img" not in shown(app)


def _until_done(app: AppTest, cancel: str = "data_cancel") -> None:
    until = time.monotonic() + 60
    while any(button.key == cancel for button in app.button):
        assert time.monotonic() < until
        time.sleep(0.1)
        app.run()
    assert not app.exception


@pytest.mark.parametrize("lang", LOCALES)
def test_the_quality_report_counts_lists_and_downloads(
    data_page: Callable[[str], AppTest], study: Path, lang: str
) -> None:
    rows = "id,name,lon,lat\nS1,a,114.300,30.5\nS1,b,114.301,30.5\nS2,c,,30.5\n"
    (study / "stations.csv").write_text(rows, encoding="utf-8")
    app = data_page(lang)
    app.get("button_group")[0].set_value("quality").run()
    _until_done(app)
    text = shown(app)
    words = words_for(lang)
    twice = words("quality.id_twice", file="", row=3, field="id", value="S1")
    assert twice.casefold() in text.casefold()
    assert "stations.csv" in text
    cells = re.findall(r"<td[^>]*>(.*?)</td>", text)
    assert "stations.csv|3|1|2|" in "|".join(cells)  # read, used, set aside
    # Both layers read the file; the row without a place is not on the map.
    assert words("data.mapped", mapped="2", total="4") in text
    assert app.get("download_button")


def test_a_study_goes_into_a_zip_and_comes_out_again(
    data_page: Callable[[], AppTest], studies: Path, study: Path, tmp_path: Path
) -> None:
    app = data_page()
    app.get("button_group")[0].set_value("studies").run()
    app.button(key="data_pack").click().run()
    assert app.get("download_button")
    pack_study(load_study(study), tmp_path / "x.zip")
    app.file_uploader[0].upload("我的项目.zip", (tmp_path / "x.zip").read_bytes()).run()
    app.button(key="data_zip_open").click().run()
    assert not app.exception and not lines(app)
    assert list_studies(studies) == ["我的项目"]
    assert load_study(studies / "我的项目").layers == load_study(study).layers
    app.selectbox(key="data_layer_out").set_value("parking").run()
    app.button(key="data_remove").click().run()
    app.button(key="data_remove_yes").click().run()
    assert len(load_study(studies / "我的项目").layers) == 2
    box = next(box for box in app.selectbox if str(box.key).startswith("data_open_name"))
    assert box.value == "我的项目"  # the one that is open
    box.set_value("").run()
    app.button(key="data_open").click().run()
    assert not app.exception
    assert "data_layer_out" not in [box.key for box in app.selectbox]  # not ours to change


@pytest.mark.parametrize("lang", LOCALES)
def test_a_zip_that_is_an_attack_is_refused(
    data_page: Callable[[str], AppTest], studies: Path, tmp_path: Path, lang: str
) -> None:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("study.toml", "x")
        archive.writestr("../evil.txt", "x")
    app = data_page(lang)
    app.get("button_group")[0].set_value("studies").run()
    app.file_uploader[0].upload("x.zip", raw.getvalue()).run()
    app.button(key="data_zip_open").click().run()
    assert len(lines(app)) == 1 and "../evil.txt" in lines(app)[0]
    assert not (tmp_path / "evil.txt").exists() and list_studies(studies) == []


@pytest.mark.parametrize("lang", LOCALES)
def test_a_broken_study_still_leads_to_another_one(
    data_page: Callable[[str], AppTest], study: Path, lang: str
) -> None:
    (study / "study.toml").write_text("[study\n", encoding="utf-8")
    app = data_page(lang)
    assert len(lines(app)) == 1
    assert app.button(key="data_open")


def test_uploads_live_in_private_folders_that_go(data_page: Callable[[], AppTest]) -> None:
    app = upload(data_page(), "../../etc/evil.csv", CSV)
    kept = app.session_state["data_received"]
    folder = Path(kept.folder.name)
    assert [path.name for path in folder.iterdir()] == ["upload.csv"]
    assert folder.stat().st_mode & 0o077 == 0
    assert kept.upload.file == "evil.csv"
    app.file_uploader[0].clear().run()
    assert not folder.exists()


def _keys(folder: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for domain in ("data", "start"):
        with (ROOT / "layers" / "words" / "locale" / folder / f"{domain}.po").open("rb") as handle:
            found |= {str(m.id): str(m.string) for m in read_po(handle) if m.id}
    return found


def test_both_languages_hold_the_same_keys_and_all_are_used() -> None:
    chinese, english = _keys("zh_CN"), _keys("en")
    assert chinese.keys() == english.keys()
    for key, text in chinese.items():
        fields = [{f for _, f, _, _ in Formatter().parse(t) if f} for t in (text, english[key])]
        assert fields[0] == fields[1], key
    folders = ("app_pages", "cli", "geo", "layers/words", "layers/export")
    files = [ROOT / "app.py", *(p for d in folders for p in (ROOT / d).rglob("*.py"))]
    source = "\n".join(path.read_text(encoding="utf-8") for path in files)
    built = (*(f"page.{page.key}" for page in PAGES),
             "data.section.", "data.role.", "data.column.", "data.axis_", "data.where_",
             "data.head_", "data.limit_", "data.minutes", "data.metres", "data.sheet", "data.layer",
             "data.before", "data.after", "data.proposal", "page.section.",
             "start.step.", "start.input.",
             "start.about.", "template.", "facts.", "undo.", "tour.", "cli.help.")  # fmt: skip
    for key in english:
        # Errors and findings are named by their codes, also in the pages' own words for them.
        code = re.sub(r"^(page\.)?(error|quality)\.", "", key)
        assert f'"{code}"' in source or key.startswith(built), key
