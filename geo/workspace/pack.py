"""A study as one zip, both ways."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import tomlkit

from geo.base.access import guard
from geo.base.errors import StudyError
from geo.base.files import ZIP_EPOCH, atomic_path
from geo.base.messages import one_line
from geo.readers.guard.zip_members import checked_members, open_archive
from geo.study.load import read_study
from geo.study.model import Study
from geo.workspace.folder import (
    STUDY_TOML,
    create_study_folder,
    named_by_scenario,
    scenario_files,
)

__all__ = ["pack_study", "unpack_study"]

# Compressed already; and rasters, which may compress so far that `unpack_study` refuses them.
_STORED = (".parquet", ".pbf", ".gz", ".bz2", ".zip", ".xlsx", ".kmz", ".tif", ".tiff")


def pack_study(study: Study, target: Path) -> None:
    """Write a study into one zip: study.toml, its scenarios, and the files that both name.

    Raises
    ------
    StudyError
        A file is missing or outside of the folder.
    AccessError
        Whoever acts may not read all of the study.
    OutputError
        `target` cannot be written.
    """
    guard.demand("read", study.folder)
    files = {STUDY_TOML: study.folder / STUDY_TOML} | {
        name: study.file(name) for name in study.files
    }
    files |= {name: study.folder / name for name in scenario_files(study.folder)}
    with atomic_path(target) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, path in files.items():
            # The same study packs to the same bytes, whenever and wherever.
            info = zipfile.ZipInfo(PurePosixPath(name).as_posix(), ZIP_EPOCH)
            stored = name.lower().endswith(_STORED)
            info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            with path.open("rb") as source, archive.open(info, "w") as packed:
                shutil.copyfileobj(source, packed)


def unpack_study(path: Path, file: str, target: Path, *, name: str = "") -> Path:
    """Make the study of a zip a new folder, with its scenarios.

    Only what study.toml and the scenarios name is unpacked.

    Parameters
    ----------
    path : Path
        The archive, of unknown origin.
    file : str
        Its name for messages.
    target : Path
        The new folder (`new_study_folder`).
    name : str
        The study's new name; empty keeps the one it has.

    Raises
    ------
    StudyError
        The archive is refused (`checked_members`), holds no study or several
        (``zip_no_study``), or the study is wrong.
    OutputError
        The folder cannot be written.
    """
    with open_archive(path, file) as archive:
        members = checked_members(archive, file)
        tops = [name for name in members if PurePosixPath(name).name == STUDY_TOML]
        tops = [name for name in tops if "__MACOSX" not in name]
        if len(tops) != 1:
            raise StudyError("zip_no_study", file=file, count=len(tops))
        top = tops[0][: -len(STUDY_TOML)]

        def fill(folder: Path) -> None:
            _unpack(archive, members[tops[0]], folder / STUDY_TOML, file)
            study = read_study(folder)
            if name:
                _rename(folder / STUDY_TOML, name)
            for relative in study.files:
                info = members.get(top + PurePosixPath(relative).as_posix())
                if info is None:
                    raise StudyError("zip_file_missing", file=file, value=one_line(relative))
                if not (folder / relative).resolve().is_relative_to(folder.resolve()):
                    raise StudyError("zip_path", file=file, value=one_line(relative))
                _unpack(archive, info, folder / relative, file)
            _unpack_scenarios(archive, members, top, folder, file)

        return create_study_folder(target, fill)


def _unpack_scenarios(
    archive: zipfile.ZipFile,
    members: Mapping[str, zipfile.ZipInfo],
    top: str,
    folder: Path,
    file: str,
) -> None:
    """The scenarios, and the files that these name where the archive holds them."""
    names = [name for name in members if re.fullmatch(r"scenarios/[^/]+\.toml", name[len(top) :])]
    for name in (name for name in names if name.startswith(top)):
        target = folder / name[len(top) :]
        _unpack(archive, members[name], target, file)
        for relative in named_by_scenario(target.read_bytes()):
            info = members.get(top + PurePosixPath(relative).as_posix())
            inside = (folder / relative).resolve().is_relative_to(folder.resolve())
            if info is not None and inside and not (folder / relative).exists():
                _unpack(archive, info, folder / relative, file)


def _rename(path: Path, name: str) -> None:
    """Give the study another name; comments and order of study.toml stay."""
    document = tomlkit.parse(path.read_bytes().decode("utf-8-sig"))
    document["study"]["name"] = name
    path.write_text(tomlkit.dumps(document), encoding="utf-8", newline="\n")


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, file: str) -> None:
    """One member, in pieces: never more than its directory entry states (`checked_members`)."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with archive.open(info) as source, target.open("xb") as written:
            shutil.copyfileobj(source, written)
    except (zipfile.BadZipFile, RuntimeError, EOFError, NotImplementedError, ValueError) as error:
        raise StudyError("zip_broken", file=file, reason=one_line(error)) from error
