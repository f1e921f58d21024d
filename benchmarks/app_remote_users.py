"""Users on other machines, simulated by a process of their own (`app_client`)."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app_client import Plan

__all__ = ["RemoteUsers", "remote_users"]


class RemoteUsers:
    """Users who open the page on request."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.pid = process.pid

    def open(self) -> None:
        """Let all of them open the page."""
        assert self._process.stdin is not None
        self._process.stdin.write("now\n")
        self._process.stdin.flush()

    def seconds(self) -> list[float]:
        """Seconds that each waited for the last byte.

        Raises
        ------
        RuntimeError
            The server did not answer them.
        """
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the remote users got no answer: see above")
        return [float(user["seconds"]) for user in json.loads(line)]


@contextmanager
def remote_users(plan: Plan, count: int) -> Iterator[RemoteUsers]:
    """`count` users who send the requests of `plan`."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "plan.json"
        file.write_text(plan.text(), encoding="utf-8")
        script = Path(__file__).with_name("app_client.py")
        process = subprocess.Popen(
            [sys.executable, str(script), str(file), str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield RemoteUsers(process)
        finally:
            process.kill()
            process.wait()
