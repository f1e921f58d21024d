"""The limit of an office's server on the size of one uploaded file."""

from __future__ import annotations

from geo.base.errors import StudyError
from server.current import current_config

__all__ = ["check_upload"]


def check_upload(file: str, size: int) -> None:
    """Refuse a file that is larger than the server allows; on a laptop none is.

    Raises
    ------
    StudyError
        ``upload_over_limit``.
    """
    config = current_config()
    if config is not None and size > config.limits.upload_mb * 1_000_000:
        raise StudyError("upload_over_limit", file=file, limit=config.limits.upload_mb)
