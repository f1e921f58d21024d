"""Studies as folders: nothing is lost, nothing is half there, nothing leaves the folder."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from geo.base.errors import OutputError, StudyError
from geo.pipeline import run
from geo.study.load import load_study
from geo.workspace.edit import Replacement, copy_study, remove_layer, replace_input
from geo.workspace.folder import list_studies, new_study_folder
from geo.workspace.pack import pack_study, unpack_study
from tests.worlds.tiny_study import write_study

NEW_LAYER = {
    "key": "clinics",
    "title": {"zh-CN": "诊所", "en": "Clinics"},
    "profile": "walk",
    "minutes": 15,
    "bands": (5, 10),
    "datum": "gcj02",
}


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A study with a comment of the user's."""
    folder = write_study(tmp_path / "start")
    toml = folder / "study.toml"
    text = toml.read_text(encoding="utf-8").replace("[demand]", "# 我的备注\n[demand]")
    toml.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    """An uploaded table."""
    path = tmp_path / "upload.csv"
    path.write_text("id,name,lon,lat\nC1,一号诊所,114.30553,30.49772\n", encoding="utf-8")
    return path


def _tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_new_layer_in_a_copy_keeps_comments_and_the_start(
    tiny: Path, csv: Path, tmp_path: Path
) -> None:
    before = _tree(tiny)
    (tiny / "notes.docx").write_bytes(b"not of the study")
    change = Replacement("layer", csv, "csv", "诊所\n\x07名单.csv", NEW_LAYER)
    target = copy_study(tiny, tmp_path / "copies" / "新项目", name="新项目", change=change)
    text = (target / "study.toml").read_text(encoding="utf-8")
    assert "# 我的备注" in text and 'origin = "诊所 名单.csv"' in text
    study = load_study(target)
    assert study.study.name == "新项目"
    assert [layer.key for layer in study.layers] == ["station", "station_ebike", "parking",
                                                     "clinics"]  # fmt: skip
    layer = study.layer("clinics")
    assert layer.path == "layer-clinics.csv" and layer.datum == "gcj02" and layer.bands == (5, 10)
    assert (target / "layer-clinics.csv").read_bytes() == csv.read_bytes()
    assert sorted(_tree(target)) == sorted([*study.files, "study.toml"])
    (tiny / "notes.docx").unlink()
    assert _tree(tiny) == before
    assert run(study).summary["layers"]["clinics"]["sites_used"] == 1
    assert [path.name for path in target.parent.iterdir()] == ["新项目"]


def test_replacing_one_layer_keeps_the_rest(tiny: Path, csv: Path) -> None:
    before = load_study(tiny)
    change = Replacement(
        "layer", csv, "csv", "x.csv", {"datum": "bd09"}, layers=("station", "station_ebike")
    )
    replace_input(tiny, change)
    after = load_study(tiny)
    for key in ("station", "station_ebike"):
        new, old = after.layer(key), before.layer(key)
        assert (new.path, new.datum) == ("layer-station.csv", "bd09")
        assert new.proxy is None  # it spoke of the former file
        assert (new.minutes, new.bands, new.title) == (old.minutes, old.bands, old.title)
    assert after.layer("parking") == before.layer("parking")
    assert (after.demand, after.units, after.network) == (
        before.demand, before.units, before.network,
    )  # fmt: skip
    assert (tiny / "stations.csv").is_file()
    replace_input(tiny, change)
    assert load_study(tiny).layer("station").path == "layer-station-2.csv"


@pytest.mark.parametrize("role", ["demand", "units", "network"])
def test_other_inputs_are_replaced(tiny: Path, role: str) -> None:
    names = {"demand": "estates.csv", "units": "units.geojson", "network": "roads.geojson"}
    keys = {"demand": {"weight": "lon"}, "units": {"id": "code", "level": "county"}, "network": {}}
    source = tiny / names[role]
    kind = source.suffix[1:]
    replace_input(tiny, Replacement(role, source, kind, "x", keys[role]))  # type: ignore[arg-type]
    study = load_study(tiny)
    section = getattr(study, role)
    # Beside the file that was called so.
    assert section.path == (f"{role}-2.{kind}" if role == "units" else f"{role}.{kind}")
    if role == "units":
        assert section.parents == () and section.approximate is None
    if role == "network":
        assert section.note is None
    run(study)


def test_a_change_that_gives_no_study_changes_nothing(
    tiny: Path, csv: Path, tmp_path: Path
) -> None:
    before = _tree(tiny)
    bad = Replacement("layer", csv, "csv", "x", {**NEW_LAYER, "key": "station"})
    for attempt in (
        lambda: replace_input(tiny, bad),
        lambda: copy_study(tiny, tmp_path / "new", change=bad),
    ):
        with pytest.raises(StudyError) as caught:
            attempt()
        assert caught.value.code == "layer_twice"
    assert _tree(tiny) == before
    assert not (tmp_path / "new").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_missing_file_is_no_hindrance_when_it_is_the_one_replaced(
    tiny: Path, csv: Path, tmp_path: Path
) -> None:
    (tiny / "parking.csv").unlink()
    with pytest.raises(StudyError) as caught:
        copy_study(tiny, tmp_path / "new")
    assert caught.value.code == "file_missing"
    change = Replacement("layer", csv, "csv", "x", {}, layers=("parking",))
    copy_study(tiny, tmp_path / "new", change=change)
    assert run(load_study(tmp_path / "new"))


def test_inline_layers_are_written_too(tiny: Path, csv: Path) -> None:
    toml = tiny / "study.toml"
    head = toml.read_text(encoding="utf-8").split("[[layers]]")[0]
    inline = 'layers = [{ key = "p", path = "parking.csv", metres = 300 }]\n'
    toml.write_text(inline + head, encoding="utf-8")
    replace_input(tiny, Replacement("layer", csv, "csv", "a # b", NEW_LAYER))
    assert [layer.key for layer in load_study(tiny).layers] == ["p", "clinics"]


def test_layers_are_removed_but_never_the_last(tiny: Path) -> None:
    remove_layer(tiny, "station")
    remove_layer(tiny, "parking")
    with pytest.raises(StudyError) as caught:
        remove_layer(tiny, "station_ebike")
    assert caught.value.code == "layer_last"
    assert [layer.key for layer in load_study(tiny).layers] == ["station_ebike"]


@pytest.mark.parametrize(
    "name",
    ["", "  ", "..", ".x", "a/b", "a\\b", "/etc", "C:x", "a\0b", "a\nb", "con", "NUL.txt", "a.",
     "x" * 61, "字" * 70, "a\u202eb", "x?"],
)  # fmt: skip
def test_names_that_no_folder_may_have(tmp_path: Path, name: str) -> None:
    with pytest.raises(StudyError) as caught:
        new_study_folder(tmp_path, name)
    assert caught.value.code == "study_name"


def test_a_name_that_is_taken(tiny: Path) -> None:
    assert list_studies(tiny.parent) == ["start"]
    with pytest.raises(StudyError) as caught:
        new_study_folder(tiny.parent, "start")
    assert caught.value.code == "study_exists"
    with pytest.raises(StudyError) as caught:
        copy_study(tiny, tiny.parent / "start")
    assert caught.value.code == "study_exists"
    assert new_study_folder(tiny.parent, " 江岸区 2026 ").name == "江岸区 2026"
    assert list_studies(tiny / "nowhere") == []


def test_packed_and_unpacked_is_the_same_study(tiny: Path, tmp_path: Path) -> None:
    (tiny / "secret.txt").write_text("not of the study", encoding="utf-8")
    study = load_study(tiny)
    for name in ("a.zip", "b.zip"):
        pack_study(study, tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    target = unpack_study(tmp_path / "a.zip", "我的.zip", tmp_path / "again")
    (tiny / "secret.txt").unlink()
    assert _tree(target) == _tree(tiny)


def test_a_zip_opened_under_a_new_name_has_it(tiny: Path, tmp_path: Path) -> None:
    pack_study(load_study(tiny), tmp_path / "a.zip")
    kept = load_study(unpack_study(tmp_path / "a.zip", "a.zip", tmp_path / "kept"))
    assert kept.study.name == load_study(tiny).study.name
    target = unpack_study(tmp_path / "a.zip", "a.zip", tmp_path / "named", name="江夏 2026")
    assert load_study(target).study.name == "江夏 2026"
    before, after = (
        (folder / "study.toml").read_text(encoding="utf-8").splitlines()
        for folder in (tiny, target)
    )
    assert len([1 for a, b in zip(before, after, strict=True) if a != b]) == 1


def test_a_folder_in_the_zip_is_understood(tiny: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for path in tiny.iterdir():
            archive.write(path, f"武汉/{path.name}")
        archive.writestr("__MACOSX/武汉/study.toml", "x")
        archive.writestr("武汉/run.exe", "x")
    target = unpack_study(tmp_path / "x.zip", "x.zip", tmp_path / "again")
    assert _tree(target) == _tree(tiny)


def _packed(tiny: Path, target: Path, **members: str) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in tiny.iterdir():
            archive.write(path, path.name)
        for name, text in members.items():
            archive.writestr(name, text)
    return target


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"../evil.txt": "x"}, "zip_path"),
        ({"/etc/evil": "x"}, "zip_path"),
        ({"big.csv": "0" * 4_000_000}, "zip_ratio"),
        ({"other/study.toml": "x"}, "zip_no_study"),
    ],
)
def test_bad_archives_leave_nothing(
    tiny: Path, tmp_path: Path, members: dict[str, str], code: str
) -> None:
    path = _packed(tiny, tmp_path / "bad.zip", **members)
    with pytest.raises(StudyError) as caught:
        unpack_study(path, "bad.zip", tmp_path / "new")
    assert caught.value.code == code
    assert sorted(item.name for item in tmp_path.iterdir()) == ["bad.zip", "start"]


def test_a_study_in_a_zip_cannot_name_files_outside(tiny: Path, tmp_path: Path) -> None:
    toml = tiny / "study.toml"
    text = toml.read_text(encoding="utf-8")
    for path in ("/etc/passwd", "../upload.csv"):
        toml.write_text(text.replace('"parking.csv"', f'"{path}"'), encoding="utf-8")
        with pytest.raises(StudyError) as caught:
            unpack_study(_packed(tiny, tmp_path / "x.zip"), "x.zip", tmp_path / "new")
        assert caught.value.code in ("zip_file_missing", "zip_path")
        with pytest.raises(StudyError) as caught:
            copy_study(tiny, tmp_path / "new")
        assert caught.value.code == "path_outside"
    assert not (tmp_path / "new").exists()


def test_no_zip_and_a_broken_one(tiny: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(StudyError) as caught:
        unpack_study(path, "x.zip", tmp_path / "new")
    assert caught.value.code == "zip_broken"
    _packed(tiny, path)
    raw = bytearray(path.read_bytes())
    at = raw.index(b"PK\x03\x04") + 60
    raw[at : at + 40] = bytes(40)
    path.write_bytes(raw)
    with pytest.raises(StudyError):
        unpack_study(path, "x.zip", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_written(tiny: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("x", encoding="utf-8")
    with pytest.raises(OutputError):
        copy_study(tiny, blocked / "new")


def test_links_are_not_followed_out(tiny: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.csv"
    shutil.copyfile(tiny / "parking.csv", outside)
    (tiny / "parking.csv").unlink()
    (tiny / "parking.csv").symlink_to(outside)
    with pytest.raises(StudyError) as caught:
        pack_study(load_study(tiny), tmp_path / "x.zip")
    assert caught.value.code == "path_outside"
    assert not (tmp_path / "x.zip").exists()
