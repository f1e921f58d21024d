"""A process that has imported what its work needs, and forks one process a request (Linux).

Importing pandas, pyarrow and shapely takes about a second, a fork a few milliseconds. Each forked
process serves one request and ends. The server keeps no state of a request.

The two ends talk through a socket pair. A request is two descriptors: a file with the request as
JSON, and the end of a second socket pair, through which the server answers how the process ended.
When that socket closes at the other end, the server kills the process. When the first socket
closes, because its owner ended, the server kills all processes and ends.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from geo.base.processes.children import start_child

__all__ = ["FORKS", "ForkServer", "ForkServerError", "serve"]


def _can_fork() -> bool:
    """Whether the system has what the server needs: Linux 5.3, and no filter of system calls.

    macOS has fork, but its system libraries do not survive it.
    """
    if sys.platform != "linux":
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
        os.close(os.memfd_create("probe"))
    except (AttributeError, OSError):
        return False
    return True


FORKS = _can_fork()
_STATUS = struct.Struct("<i")


class ForkServerError(RuntimeError):
    """The server ended before its process did."""


class ForkServer:
    """The owner's end of a server of forked processes. Several threads may use it.

    Parameters
    ----------
    command : sequence of str
        Starts a process that calls `serve` on its standard input.
    environment : mapping of str to str
        Of the server.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        here, there = socket.socketpair()
        with there:
            self._process = start_child(
                command,
                stdin=there,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=dict(environment),
            )
        self._control = here
        self._lock = threading.Lock()

    @property
    def pid(self) -> int:
        """The process id of the server."""
        return self._process.pid

    def run(self, request: Mapping[str, Any], seconds: float) -> int:
        """Run one request in a process of its own and wait for its end.

        Parameters
        ----------
        request : mapping
            JSON types.
        seconds : float
            The process is killed after this time.

        Returns
        -------
        int
            The exit code; the negative number of the signal that ended the process.

        Raises
        ------
        TimeoutError
            After `seconds`. The process has been killed.
        ForkServerError
            The server has ended.
        """
        here, there = socket.socketpair()
        with here:
            try:
                with there, open(os.memfd_create("request"), "wb") as file:
                    file.write(json.dumps(request).encode())
                    file.flush()
                    with self._lock:
                        socket.send_fds(self._control, [b"r"], [file.fileno(), there.fileno()])
            except OSError as error:
                raise ForkServerError("the server has ended") from error
            try:
                return _status(here, seconds)
            finally:
                # Also where the thread was cancelled: the server kills the process and answers.
                with suppress(OSError, ForkServerError):
                    here.shutdown(socket.SHUT_WR)
                    _status(here, None)

    def close(self) -> None:
        """End the server and all its processes."""
        self._control.close()
        self._process.wait()


def _status(connection: socket.socket, seconds: float | None) -> int:
    answer = select.poll()
    answer.register(connection, select.POLLIN)
    if not answer.poll(None if seconds is None else 1000 * seconds):
        raise TimeoutError
    try:
        status = connection.recv(_STATUS.size)
    except ConnectionError as error:
        raise ForkServerError("the server has ended") from error
    if not status:
        raise ForkServerError("the server has ended")
    return int(_STATUS.unpack(status)[0])


def serve(work: Callable[[dict[str, Any]], None]) -> None:
    """Serve requests until the owner ends. The control socket is standard input.

    Parameters
    ----------
    work : callable
        Given the request; runs in a forked process, whose exit code is 0 unless it raises.
    """
    control = socket.socket(fileno=os.dup(0))
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    running = _Running()
    running.poll.register(control, select.POLLIN)
    while True:
        # One event at a time: the descriptors of the others may be closed and used again meanwhile.
        descriptor = running.poll.poll()[0][0]
        if descriptor != control.fileno():
            running.end(descriptor)
            continue
        passed = socket.recv_fds(control, 1, 2)[1]
        if not passed:
            running.kill()
            return
        with open(passed[0], "rb") as file:
            content = os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0)
        connection = socket.socket(fileno=passed[1])
        pid = os.fork()
        if pid == 0:
            control.close()
            connection.close()
            running.close()
            _work(work, content)
        running.add(pid, connection)


class _Running:
    """The forked processes that have not ended, in the server."""

    def __init__(self) -> None:
        self.poll = select.poll()
        # Under both descriptors that an event may name.
        self._by_descriptor: dict[int, tuple[int, int, socket.socket]] = {}

    def add(self, pid: int, connection: socket.socket) -> None:
        ended = os.pidfd_open(pid)
        for descriptor in (ended, connection.fileno()):
            self._by_descriptor[descriptor] = pid, ended, connection
            self.poll.register(descriptor, select.POLLIN)

    def end(self, descriptor: int) -> None:
        """Answer how a process ended; where its owner gave up, kill it first."""
        pid, ended, connection = self._by_descriptor[descriptor]
        if descriptor != ended:
            # The process is not reaped yet, so that the id is its own.
            os.kill(pid, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        for each in (ended, connection.fileno()):
            self.poll.unregister(each)
            del self._by_descriptor[each]
        os.close(ended)
        with connection, suppress(OSError):
            connection.sendall(_STATUS.pack(status))

    def kill(self) -> None:
        for pid, _, _ in self._by_descriptor.values():
            os.kill(pid, signal.SIGKILL)

    def close(self) -> None:
        """Close what a forked process must not hold open."""
        for _, ended, connection in self._by_descriptor.values():
            connection.close()
            with suppress(OSError):  # each stands there twice
                os.close(ended)


def _work(work: Callable[[dict[str, Any]], None], content: bytes) -> None:
    """The forked process: never returns."""
    status = 1
    try:
        work(json.loads(content))
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 1
    finally:
        os._exit(status)
