"""Installs Quarterhour from the wheels beside this file, without a network, and opens the app.

It is copied into the folder that `quarterhour bundle` writes, and started there by start.bat or
start.sh with the Python that they have found. It needs nothing but that Python.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["install", "main"]

ENVIRONMENT = ".venv"
LOCK, FACTS, WHEELS = "requirements.lock", "bundle.json", "wheels"
# In the environment, written last: what is installed in it.
_INSTALLED = "installed.json"
# Windows without long paths opens no file whose path is longer.
_WINDOWS_LONGEST = 259
_HERE = Path(__file__).resolve().parent


class InstallError(Exception):
    """The installation cannot go on; the text has both languages."""


def say(chinese: str, english: str) -> None:
    """Print a line in both languages."""
    print(f"{chinese}\n{english}", flush=True)


def main(arguments: Sequence[str], here: Path = _HERE) -> int:
    """Install if needed, then open the app with `arguments` (``--install``: install only).

    Returns
    -------
    int
        The exit code.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console that lacks Chinese characters
    try:
        python = install(here)
    except InstallError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("已中断。再次启动将继续安装。", "Stopped. The next start installs again.")
        return 130
    if arguments == ["--install"]:
        return 0
    command = [str(python), "-P", "-m", "cli", "app", *arguments]
    if os.name == "nt":
        try:
            return subprocess.call(command, cwd=here, env=_surroundings())
        except KeyboardInterrupt:
            return 0
    os.chdir(here)
    os.execve(command[0], command, _surroundings())


def install(here: Path) -> Path:
    """The Python of a complete environment beside this file; it is made or repaired if needed.

    Raises
    ------
    InstallError
    """
    facts = json.loads((here / FACTS).read_text(encoding="utf-8"))
    _check_machine(facts, here)
    wanted = {
        "python": sys.version,
        "folder": str(here),
        "lock": hashlib.sha256((here / LOCK).read_bytes()).hexdigest(),
    }
    if _is_installed(here, wanted):
        return _python_of(here)
    with _alone(here):
        if not _is_installed(here, wanted):
            _install(here, facts, wanted)
    return _python_of(here)


def _python_of(here: Path) -> Path:
    folder = here / ENVIRONMENT
    return folder / "Scripts" / "python.exe" if os.name == "nt" else folder / "bin" / "python"


def _is_installed(here: Path, wanted: dict[str, str]) -> bool:
    """Whether all of `wanted` is installed, and its Python starts."""
    try:
        found = json.loads((here / ENVIRONMENT / _INSTALLED).read_text(encoding="utf-8"))
        started = subprocess.run([str(_python_of(here)), "-I", "-c", ""], check=False)
    except (OSError, ValueError):
        return False
    return bool(found == wanted and started.returncode == 0)


def _check_machine(facts: dict[str, Any], here: Path) -> None:
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    if python not in facts["pythons"] or sys.maxsize < 2**32:
        known = ", ".join(facts["pythons"])
        raise InstallError(
            f"需要 64 位 Python {known}，当前为 {python}。\n"
            f"Python {known} (64 bit) is needed; this is {python}."
        )
    system = platform.system()
    if system.lower() not in facts["platforms"] or platform.machine() not in ("x86_64", "AMD64"):
        known = ", ".join(facts["platforms"])
        raise InstallError(
            f"本安装包适用于 x86-64 处理器上的 {known}，当前为 {system} {platform.machine()}。\n"
            f"This folder is for {known} on x86-64; this is {system} {platform.machine()}."
        )
    longest = len(str(here / ENVIRONMENT / "Lib" / "site-packages")) + 1 + facts["longest_path"]
    if os.name == "nt" and longest > _WINDOWS_LONGEST:
        most = len(str(here)) - (longest - _WINDOWS_LONGEST)
        raise InstallError(
            f"本文件夹的路径过长。请移到不超过 {most} 个字符的路径下，例如 D:\\quarterhour。\n"
            f"The path of this folder is too long. Move it to one of at most {most} characters, "
            "for example D:\\quarterhour."
        )


@contextmanager
def _alone(here: Path) -> Iterator[None]:
    """Let one installation at a time work in the folder."""
    try:
        lock = (here / ".installing").open("a+")
    except OSError as error:
        raise InstallError(
            f"无法写入 {here}。请把整个文件夹复制到可以写入的位置（例如本机硬盘）后再启动。\n"
            f"{here} cannot be written. Copy the whole folder to a place where you may write."
        ) from error
    with lock:
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InstallError(
                "另一个窗口正在安装。请等它完成后再启动。\n"
                "Another window is installing. Wait until it has finished, then start again."
            ) from error
        yield


def _install(here: Path, facts: dict[str, Any], wanted: dict[str, str]) -> None:
    say(
        "正在安装（只需一次，约需几分钟，不需要网络）……",
        "Installing (once, a few minutes, no network needed) ...",
    )
    try:
        (here / ENVIRONMENT / _INSTALLED).unlink(missing_ok=True)
        builder = venv.EnvBuilder(clear=True, symlinks=os.name != "nt", with_pip=False)
        builder.create(here / ENVIRONMENT)
    except OSError as error:
        raise InstallError(
            f"无法写入 {here / ENVIRONMENT}：{error}。请关闭正在运行的程序后再启动。\n"
            f"{here / ENVIRONMENT} cannot be written: {error}. Close the running app, "
            "then start again."
        ) from error
    pip = here / WHEELS / facts["pip"] / "pip"
    command = [str(_python_of(here)), str(pip), "install", "--quiet", "--no-index"]
    command += ["--find-links", str(here / WHEELS), "--no-cache-dir", "--no-deps"]
    command += ["--require-hashes", "--disable-pip-version-check", "--no-warn-script-location"]
    command += ["-r", str(here / LOCK)]
    if subprocess.run(command, env=_surroundings(), check=False).returncode:
        raise InstallError(
            "安装没有完成，原因见上。请检查磁盘空间（约需 2 GB），并用 SHA256SUMS "
            "核对文件是否完整，然后再启动。\n"
            "The installation did not finish; the reason stands above. Check the free disk space "
            "(about 2 GB) and the files against SHA256SUMS, then start again."
        )
    (here / ENVIRONMENT / _INSTALLED).write_text(json.dumps(wanted), encoding="utf-8")
    # Compiles, so that the first map comes within seconds. The app would do it otherwise.
    command = [str(_python_of(here)), "-P", "-m", "cli", "prepare"]
    subprocess.run(command, cwd=here, env=_surroundings(), check=False)


def _surroundings() -> dict[str, str]:
    """The environment variables, without this machine's settings of pip and Python.

    They would name another index, or other folders of packages.
    """
    foreign = ("PIP_", "PYTHONPATH", "PYTHONHOME")
    kept = {key: value for key, value in os.environ.items() if not key.upper().startswith(foreign)}
    return {**kept, "PIP_CONFIG_FILE": os.devnull}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
