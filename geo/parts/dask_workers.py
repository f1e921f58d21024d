"""Workers for the parts of a study, on Dask distributed (the extra ``cluster``).

A worker receives the name of the task and the path of a part's folder, and returns a `PartCost`.
Dask pickles these values, so the scheduler and its workers must be as trustworthy as the user's own
account. Therefore only ``tls://`` (both sides have certificates) and loopback addresses are
accepted. A local cluster gets its own temporary certificate, so no other user of the machine can
connect to it.
"""

from __future__ import annotations

import ipaddress
import logging
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from geo.base.errors import OutputError
from geo.base.progress import Progress
from geo.base.scratch import ScratchFolder
from geo.parts.division import ClusterError, Compute, Division, PartCost
from geo.parts.run import compute_here, run_part

if TYPE_CHECKING:
    from distributed import Client, Future
    from distributed.security import Security

__all__ = ["Crew", "divided", "workers"]

_CONNECT_S = 10
_PARTS_A_CORE = 4  # with more, halos dominate; with fewer, the load of the cores is uneven
# Longest wait in seconds between two checks for a cancel.
_POLL_S = 0.5
# Seconds that a cancelled worker may need to notice that its folder has been removed.
_LAST_WRITES_S = 20
# Diagnostics pages are switched off, so that only the necessary ports are open.
_LOCAL = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.preload": ["geo.parts.dask_preload"],
    "distributed.diagnostics.nvml": False,
}


@dataclass(frozen=True)
class Crew:
    """Workers that are ready for parts.

    Attributes
    ----------
    cores : int
        Number of parts that they compute at the same time.
    compute : Compute
        The function for `geo.parts.division.Division`.
    """

    cores: int
    compute: Compute


@contextmanager
def workers(*, scheduler: str | None = None, count: int = 1) -> Iterator[Crew]:
    """Provide the workers of an existing scheduler, or start `count` processes on this machine.

    Processes are spawned, so a script that calls this function must protect its main part with
    ``if __name__ == "__main__"``.

    Parameters
    ----------
    scheduler : str, optional
        ``tls://host:port`` (certificates from Dask's configuration) or ``tcp://127.0.0.1:port``.
        Its workers must have access to the division's folder and have this version installed.
    count : int
        Number of processes, used if no scheduler is given.

    Raises
    ------
    ClusterError
        Dask is not installed (`cluster_missing`), an address is neither TLS nor loopback
        (`scheduler_unsafe`, `worker_unsafe`), certificates are wrong or missing
        (`certificates_wrong`, `certificates_missing`), the scheduler does not answer
        (`scheduler_silent`), or it has no workers (`scheduler_empty`).
    """
    if scheduler is not None and not _is_safe(scheduler):
        raise ClusterError("scheduler_unsafe", value=scheduler)
    try:
        import dask
        from distributed import Client, LocalCluster
        from distributed.security import Security

        security = Security.temporary() if scheduler is None else Security()
    except ImportError as error:
        raise ClusterError("cluster_missing") from error
    if scheduler is not None:
        with _connected(scheduler, security) as client:
            yield _crew(client)
        return
    with (
        dask.config.set(_LOCAL),
        ScratchFolder("quarterhour-") as scratch,
        LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            host="127.0.0.1",
            protocol="tls://",
            security=security,
            dashboard_address=None,
            # Dask opens this port even without a dashboard (8787 if free). Port 0: any free port.
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
            # Dask's limit is meant for data that Dask stores itself. It stores none of our data.
            memory_limit=0,
            local_directory=str(scratch),
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield _crew(client)


@contextmanager
def divided(
    out: Path,
    *,
    scheduler: str | None = None,
    count: int | None = None,
    parts: int | None = None,
) -> Iterator[Division | None]:
    """Provide a division whose parts are in a temporary folder in `out`.

    It is None if `scheduler`, `count` and `parts` are all None. The folder is in `out` because this
    is the only path that the user has given, so the user can make it accessible to remote workers.

    Parameters
    ----------
    scheduler, count : optional
        See `workers`. If only `parts` is given, the parts are computed one by one in this
        process.
    parts : int, optional
        Number of parts; by default 4 for each core of the workers.

    Raises
    ------
    OutputError
        `out` cannot be written (`output_failed`).
    ClusterError
        See `workers`.
    """
    if scheduler is None and count is None and parts is None:
        yield None
        return
    with ExitStack() as afterwards, ExitStack() as stack:
        number = parts or _PARTS_A_CORE
        compute: Compute = compute_here
        if scheduler is not None or count is not None:
            crew = stack.enter_context(workers(scheduler=scheduler, count=count or 1))
            number, compute = parts or _PARTS_A_CORE * crew.cores, crew.compute
        try:
            out.mkdir(parents=True, exist_ok=True)
            folder = ScratchFolder(".parts-", parent=out.resolve())
        except OSError as error:
            reason = error.strerror or str(error)
            raise OutputError("output_failed", file=str(out), reason=reason) from error
        # The folder is removed after the workers have stopped, so that none of them writes to it.
        afterwards.callback(_remove, folder)
        yield Division(number, folder.path, compute)


def _remove(folder: ScratchFolder) -> None:
    """Remove the folder of the parts, repeatedly if a worker still writes to it.

    Workers of an existing scheduler are not stopped. A cancelled task that is already running
    continues until it finds that its folder is missing.
    """
    until = time.monotonic() + _LAST_WRITES_S
    folder.cleanup()
    while folder.path.exists() and time.monotonic() < until:
        time.sleep(_POLL_S)
        shutil.rmtree(folder.path, ignore_errors=True)


def _is_safe(address: str) -> bool:
    """Return whether an address has host and port and is TLS or loopback."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or port is None:
        return False
    return parts.scheme == "tls" or (parts.scheme == "tcp" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        # The host is a name. Only ``localhost`` always means this machine.
        return host == "localhost"


@contextmanager
def _connected(scheduler: str, security: Security) -> Iterator[Client]:
    from distributed import Client

    try:
        given = security.get_connection_args("client")["ssl_context"]
    except OSError as error:
        raise ClusterError("certificates_wrong", reason=_one_line(error)) from error
    if given is None and urlsplit(scheduler).scheme == "tls":
        # Without this check Dask's client fails later and prints its own traceback.
        raise ClusterError("certificates_missing", value=scheduler)
    try:
        client = Client(scheduler, security=security, timeout=_CONNECT_S, set_as_default=False)
    except OSError as error:
        raise ClusterError("scheduler_silent", value=scheduler, reason=_one_line(error)) from error
    with client:
        found = client.nthreads()
        if not found:
            raise ClusterError("scheduler_empty", value=scheduler)
        for address in found:
            if not _is_safe(address):
                raise ClusterError("worker_unsafe", value=address)
        yield client


def _one_line(error: OSError) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _crew(client: Client) -> Crew:
    cores = sum(client.nthreads().values())
    return Crew(cores, partial(_compute, client, cores))


def _compute(
    client: Client, cores: int, folders: Iterator[Path], progress: Progress
) -> Iterator[tuple[Path, PartCost]]:
    """Submit parts as they are cut. If a worker is lost, Dask gives its part to another one."""
    run = uuid.uuid4().hex
    waiting: dict[Future[PartCost], Path] = {}
    try:
        for folder in folders:
            # Only a path and the name of our own function are sent.
            future = client.submit(run_part, str(folder), key=f"{folder.name}-{run}", pure=False)
            waiting[future] = folder
            # Only a few parts are cut in advance, so the disk never has to hold all parts at once.
            yield from _finished(client, waiting, progress, leave=2 * cores)
        yield from _finished(client, waiting, progress, leave=0)
    finally:
        client.cancel(list(waiting))


def _finished(
    client: Client, waiting: dict[Future[PartCost], Path], progress: Progress, *, leave: int
) -> Iterator[tuple[Path, PartCost]]:
    """Yield finished parts until at most `leave` parts are unfinished."""
    from distributed import wait

    while True:
        for future in [future for future in waiting if future.done()]:
            folder = waiting.pop(future)
            yield folder, _result(future, folder)
        if len(waiting) <= leave:
            return
        progress.step(0)  # raises if the run was cancelled
        with client.as_current(), suppress(TimeoutError):
            wait(list(waiting), timeout=_POLL_S, return_when="FIRST_COMPLETED")


def _result(future: Future[PartCost], folder: Path) -> PartCost:
    """Return the result of a task, or raise a `ClusterError` that says what to do."""
    from asyncio import CancelledError

    from distributed.scheduler import KilledWorker

    try:
        cost: PartCost = future.result()
    except KilledWorker as error:
        raise ClusterError("workers_killed", part=folder.name) from error
    except CancelledError as error:
        raise ClusterError("scheduler_lost") from error
    except FileNotFoundError as error:
        raise ClusterError("cluster_folder", file=str(folder.parent)) from error
    except ImportError as error:
        raise ClusterError("cluster_version", part=folder.name) from error
    return cost
