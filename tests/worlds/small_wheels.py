"""Small wheels, and a folder like that of `quarterhour bundle`, made without a network."""

from __future__ import annotations

import base64
import ensurepip
import hashlib
import json
import shutil
import sys
import zipfile
from pathlib import Path

from server.bundle import start

__all__ = ["small_bundle", "small_wheel"]

# Stands for the program: says how it was called.
_PROGRAM = """
import os, sys
print("called", *sys.argv[1:], "at", os.getcwd())
"""


def small_wheel(folder: Path, name: str, files: dict[str, str], metadata: str = "") -> Path:
    """Write ``name-1.0-py3-none-any.whl`` with these files into `folder`."""
    info = f"{name}-1.0.dist-info"
    content = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{metadata}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [f"{path},{_digest(text)},{len(text.encode())}" for path, text in content.items()]
    content[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,"]) + "\n"
    wheel = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in content.items():
            archive.writestr(path, text)
    return wheel


def _digest(text: str) -> str:
    value = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def small_bundle(folder: Path) -> Path:
    """A folder that start.py installs, with a program that only says how it was called."""
    wheels = folder / start.WHEELS
    wheels.mkdir(parents=True)
    files = {"cli/__init__.py": "", "cli/__main__.py": _PROGRAM}
    program = small_wheel(wheels, "quarterhour", files)
    digest = hashlib.sha256(program.read_bytes()).hexdigest()
    lock = f"quarterhour==1.0 \\\n    --hash=sha256:{digest}\n"
    (folder / start.LOCK).write_text(lock, encoding="utf-8")
    (pip,) = (Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl")
    shutil.copy(pip, wheels)
    facts = {
        "platforms": ["linux", "windows"],
        "pythons": [f"{sys.version_info.major}.{sys.version_info.minor}"],
        "pip": pip.name,
        "longest_path": 100,
    }
    (folder / start.FACTS).write_text(json.dumps(facts), encoding="utf-8")
    shutil.copy(start.__file__, folder)
    return folder
