"""The one way a file is written: whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from geo.base.errors import OutputError

__all__ = [
    "ZIP_EPOCH",
    "atomic_folder",
    "atomic_path",
    "file_sha256",
    "output_error",
    "write_atomic",
]

# The earliest date that a zip can hold. All members carry it, so that the same content gives the
# same bytes.
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)

# Read once: the mask belongs to the whole process and can only be read by setting it, which must
# not happen while another thread writes.
_UMASK = os.umask(0o022)
os.umask(_UMASK)


@contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside `target`; on success it replaces `target`, else it is removed.

    Writers that need a path (GDAL, xlsxwriter) use this; the temporary file keeps the target's
    suffix, since GDAL and others choose the format by it.

    Raises
    ------
    OutputError
        The folder cannot be written, the disk is full, or another program (Excel) holds the file.
    """
    target = Path(target)
    temporary: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            prefix=f".{target.stem}-", suffix=target.suffix, dir=target.parent
        )
        os.close(handle)
        temporary = Path(name)
        # mkstemp makes the file private; a result is as readable as any file the user makes.
        temporary.chmod(0o666 & ~_UMASK)
        yield temporary
        with open(temporary, "rb+") as written:
            os.fsync(written.fileno())
        os.replace(temporary, target)
    except OutputError:
        raise
    except PermissionError as error:
        raise OutputError("output_locked", file=str(target)) from error
    except OSError as error:
        raise output_error(error, target) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(target: Path, *, replace: bool = False) -> Iterator[Path]:
    """Yield an empty folder beside `target`; on success it becomes `target`, else it is removed.

    Parameters
    ----------
    target : Path
    replace : bool
        Whether an existing folder (broken, or just written by another process) is replaced.

    Raises
    ------
    OSError
        The folder cannot be written, or `target` exists and `replace` is false.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".new-", dir=target.parent))
    try:
        yield temporary
        if replace and target.exists():
            shutil.rmtree(target, ignore_errors=True)
        os.replace(temporary, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def output_error(error: OSError, target: Path) -> OutputError:
    """The system's error about a file or folder as an `OutputError`."""
    code = "disk_full" if error.errno == errno.ENOSPC else "output_failed"
    return OutputError(code, file=str(target), reason=error.strerror or str(error))


def write_atomic(target: Path, content: bytes) -> None:
    """Write `content` to `target`, whole or not at all (see `atomic_path`)."""
    with atomic_path(target) as temporary:
        temporary.write_bytes(content)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
