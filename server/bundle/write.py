"""The folder for an installation without internet: wheels, lock, start scripts, samples, guide."""

from __future__ import annotations

import csv
import email.parser
import email.policy
import io
import json
import re
import shutil
import zipfile
from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path

from geo.base.errors import OutputError
from geo.base.files import atomic_folder, file_sha256, output_errors
from geo.base.progress import Progress
from server.bundle.start import FACTS, LOCK, WHEELS
from server.bundle.targets import Locked, Target, lock_entries
from server.bundle.wheels import build_project_wheel, fetch_wheels, source_folder

__all__ = ["CHECKSUMS", "LICENCES", "write_bundle"]

CHECKSUMS, LICENCES = "SHA256SUMS", "LICENCES.csv"
_FILES = Path(__file__).parent / "files"
_START = Path(__file__).parent / "start.py"
# Files of each platform, from `_FILES`.
_SCRIPTS = {"windows": ("start.bat", "start.ps1"), "linux": ("start.sh",)}
# Windows PowerShell reads a script without this mark in the code page of the machine.
_BOM = "\ufeff"
_README = "README.txt"
# Folders of the sources that come along as they are, for reading and copying.
_FOLDERS = ("data", "docs", "deploy")


def write_bundle(
    out: Path,
    targets: Sequence[Target],
    *,
    extra: Sequence[Path] = (),
    progress: Progress | None = None,
) -> Path:
    """Write the folder.

    Parameters
    ----------
    out : Path
        A new folder, or an empty one.
    targets : sequence of Target
    extra : sequence of Path
        Further files that are put beside the start scripts (Python for Windows).
    progress : Progress, optional

    Returns
    -------
    Path
        `out`.

    Raises
    ------
    OutputError
        ``bundle_not_empty``, or `out` cannot be written.
    MachineError
        A wheel cannot be fetched or built.
    QuestionError
        ``bundle_no_sources``
    """
    progress = progress or Progress()
    sources = source_folder()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise OutputError("bundle_not_empty", file=str(out))
    lock = (sources / LOCK).read_text(encoding="utf-8")
    with output_errors(out):
        if out.is_dir():
            out.rmdir()  # Windows replaces no folder, not even an empty one
        with atomic_folder(out) as folder:
            pip, project = _put_wheels(folder / WHEELS, lock_entries(lock), targets, progress)
            _put_lock(folder / LOCK, lock, project)
            _put_files(folder, sources, targets, extra)
            _put_facts(folder, targets, pip, project)
            _put_licences(folder)
            _put_checksums(folder)
    return out


def _put_wheels(
    folder: Path, entries: Sequence[Locked], targets: Sequence[Target], progress: Progress
) -> tuple[Path, Path]:
    """Fetch and build all wheels; returns pip's and the project's own."""
    folder.mkdir()
    progress.stage("wheels", len(targets) + 1)
    installer = lock_entries((_FILES / "pip.lock").read_text(encoding="utf-8"))
    project = build_project_wheel(folder)
    fetch_wheels(installer, targets[0], folder)
    (pip,) = folder.glob("pip-*.whl")
    progress.step()
    for target in targets:
        fetch_wheels(entries, target, folder)
        progress.step()
    return pip, project


def _put_lock(path: Path, lock: str, project: Path) -> None:
    """The lock of what runs, and with it the project itself."""
    name, version = project.name.split("-")[:2]
    own = f"{name}=={version} \\\n    --hash=sha256:{file_sha256(project)}\n"
    path.write_text(lock + own, encoding="utf-8", newline="\n")


def _put_files(
    folder: Path, sources: Path, targets: Sequence[Target], extra: Sequence[Path]
) -> None:
    """Start scripts, samples, guide, and what the office adds."""
    pythons = _pythons(targets)
    for platform in _platforms(targets):
        for name in _SCRIPTS[platform]:
            text = (_FILES / name).read_text(encoding="utf-8").replace("@PYTHONS@", pythons)
            newline = "\n" if platform == "linux" else "\r\n"
            mark = _BOM if name.endswith(".ps1") else ""
            (folder / name).write_text(mark + text, encoding="utf-8", newline=newline)
            if platform == "linux":
                (folder / name).chmod(0o755)
    readme = (_FILES / _README).read_text(encoding="utf-8").replace("@PYTHONS@", pythons)
    (folder / _README).write_text(_BOM + readme, encoding="utf-8", newline="\r\n")
    shutil.copyfile(_START, folder / _START.name)
    shutil.copyfile(sources / "LICENSE", folder / "LICENSE")
    ignored = shutil.ignore_patterns("__pycache__", "*.py")
    for name in _FOLDERS:
        shutil.copytree(
            sources / name, folder / name, ignore=ignored, copy_function=shutil.copyfile
        )
    for path in extra:
        shutil.copyfile(path, folder / path.name)


def _put_facts(folder: Path, targets: Sequence[Target], pip: Path, project: Path) -> None:
    """What start.py must know of the folder."""
    facts = {
        "version": project.name.split("-")[1],
        "platforms": _platforms(targets),
        "pythons": _pythons(targets).split(),
        "pip": pip.name,
        "longest_path": max(
            len(member) for path in (folder / WHEELS).iterdir() for member in _members(path)
        ),
    }
    (folder / FACTS).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def _members(wheel: Path) -> list[str]:
    """Paths below site-packages, those of compiled modules included."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def _put_licences(folder: Path) -> None:
    """Every package of the folder with its licence."""
    rows = sorted({_licence(path) for path in (folder / WHEELS).iterdir()})
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("package", "version", "licence", "home_page"))
    table.writerows(rows)
    (folder / LICENCES).write_text(_BOM + text.getvalue(), encoding="utf-8", newline="\n")


def _licence(wheel: Path) -> tuple[str, str, str, str]:
    """Name, version, licence and home page in the metadata of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (item for item in archive.namelist() if _METADATA.fullmatch(item))
        parser = email.parser.BytesParser(EmailMessage, policy=email.policy.compat32)
        found = parser.parsebytes(archive.read(name))

    def one(key: str) -> str:
        return " ".join(str(found.get(key, "")).split())

    classified = [
        str(value).rpartition(" :: ")[2]
        for value in found.get_all("Classifier", [])
        if str(value).startswith("License :: ")
    ]
    # Some write the whole text of the licence into the field.
    stated = one("License") if len(one("License")) <= _LONGEST_NAME else ""
    licence = one("License-Expression") or ", ".join(classified) or stated
    pages = [str(value).partition(",")[2].strip() for value in found.get_all("Project-URL", [])]
    page = one("Home-page") or (pages[0] if pages else "")
    return one("Name"), one("Version"), licence or "see the package", page


_METADATA = re.compile(r"[^/]+\.dist-info/METADATA")
_LONGEST_NAME = 80  # letters of a licence's name


def _put_checksums(folder: Path) -> None:
    """Every file with its SHA-256, in the form that `sha256sum -c` reads."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [f"{file_sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in files]
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8", newline="\n")


def _platforms(targets: Sequence[Target]) -> list[str]:
    return list(dict.fromkeys(target.platform for target in targets))


def _pythons(targets: Sequence[Target]) -> str:
    """The versions of Python, newest first: that is the order in which they are looked for."""
    versions = {target.python for target in targets}
    return " ".join(sorted(versions, key=lambda text: int(text.partition(".")[2]), reverse=True))
