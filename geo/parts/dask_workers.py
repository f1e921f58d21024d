"""Workers for the parts of a study, on Dask distributed (the extra ``cluster``).

What travels is the name of our own task and the path of a part's folder; what comes back is a
`PartCost`. Dask pickles these itself, so a scheduler and its workers must be trusted like one's own
account: only ``tls://`` (where both sides hold certificates) and loopback are accepted, and a local
cluster is given a certificate of its own, so that nobody else on the machine can join it.
"""

from __future__ import annotations

import ipaddress
import logging
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from geo.base.errors import OutputError
from geo.base.progress import Progress
from geo.parts.division import ClusterError, Compute, Division, PartCost
from geo.parts.run import compute_here, run_part

if TYPE_CHECKING:
    from distributed import Client, Future
    from distributed.security import Security

__all__ = ["Crew", "divided", "workers"]

_CONNECT_S = 10
_PARTS_A_CORE = 4  # few enough that halos do not dominate, enough to even out the cores
# How long nothing is asked, so that a cancel takes effect soon.
_POLL_S = 0.5
# How long a cancelled worker may take to notice that its folder has gone.
_LAST_WRITES_S = 20
# No diagnostics pages: nothing listens that the work does not need.
_LOCAL = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.preload": ["geo.parts.dask_preload"],
    "distributed.diagnostics.nvml": False,
}


@dataclass(frozen=True)
class Crew:
    """Workers that are ready.

    Attributes
    ----------
    cores : int
        How many parts they compute at a time.
    compute : Compute
        For `geo.parts.division.Division`.
    """

    cores: int
    compute: Compute


@contextmanager
def workers(*, scheduler: str | None = None, count: int = 1) -> Iterator[Crew]:
    """Workers of an existing scheduler, or `count` processes on this machine.

    Processes are started by spawning: a script that calls this must guard its main part with
    ``if __name__ == "__main__"``.

    Parameters
    ----------
    scheduler : str, optional
        ``tls://host:port`` (certificates by Dask's own configuration) or ``tcp://127.0.0.1:port``.
        Its workers must see the division's folder and have this version installed.
    count : int
        Processes, where no scheduler is named.

    Raises
    ------
    ClusterError
        Dask is not installed, the address is neither TLS nor loopback, or nobody answers there.
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
        TemporaryDirectory(prefix="quarterhour-", ignore_cleanup_errors=True) as scratch,
        LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            host="127.0.0.1",
            protocol="tls://",
            security=security,
            dashboard_address=None,
            # Without a dashboard Dask still opens a port for it, 8787 if it is free: any will do.
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
            # Dask's limit watches data that it holds itself, and it holds none of ours.
            memory_limit=0,
            local_directory=scratch,
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
    """A division whose parts are kept in a folder within `out` meanwhile; None if none is asked.

    `out` is the one place that the user has named, so that workers elsewhere can be told to see it.

    Parameters
    ----------
    scheduler, count : optional
        See `workers`; with `parts` alone, they are computed one by one in this process.
    parts : int, optional
        How many; 4 for each core of the workers by default.

    Raises
    ------
    OutputError
        `out` cannot be written.
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
            folder = TemporaryDirectory(
                prefix=".parts-", dir=out.resolve(), ignore_cleanup_errors=True
            )
        except OSError as error:
            reason = error.strerror or str(error)
            raise OutputError("output_failed", file=str(out), reason=reason) from error
        # Removed when the workers have gone, so that none writes into it meanwhile.
        afterwards.callback(_remove, folder)
        yield Division(number, Path(folder.name), compute)


def _remove(folder: TemporaryDirectory[str]) -> None:
    """Remove the parts' folder, again where a worker of another's scheduler still wrote into it.

    What was cancelled while it ran goes on until it misses its folder.
    """
    until = time.monotonic() + _LAST_WRITES_S
    folder.cleanup()
    while Path(folder.name).exists() and time.monotonic() < until:
        time.sleep(_POLL_S)
        folder.cleanup()


def _is_safe(address: str) -> bool:
    """Whether an address is TLS or loopback, with host and port."""
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
        # A name: only the one that every machine keeps for itself.
        return host == "localhost"


@contextmanager
def _connected(scheduler: str, security: Security) -> Iterator[Client]:
    from distributed import Client

    try:
        given = security.get_connection_args("client")["ssl_context"]
    except OSError as error:
        raise ClusterError("certificates_wrong", reason=_one_line(error)) from error
    if given is None and urlsplit(scheduler).scheme == "tls":
        # Dask's client would stumble over it half-way and leave a trace of its own.
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
    """Hand out parts as they are cut; a part whose worker is lost goes to another one."""
    run = uuid.uuid4().hex
    waiting: dict[Future[PartCost], Path] = {}
    try:
        for folder in folders:
            # A path and the name of our own function: all that is ever sent.
            future = client.submit(run_part, str(folder), key=f"{folder.name}-{run}", pure=False)
            waiting[future] = folder
            # Cutting keeps a little ahead, so that the disk need not hold every part at once.
            yield from _finished(client, waiting, progress, leave=2 * cores)
        yield from _finished(client, waiting, progress, leave=0)
    finally:
        client.cancel(list(waiting))


def _finished(
    client: Client, waiting: dict[Future[PartCost], Path], progress: Progress, *, leave: int
) -> Iterator[tuple[Path, PartCost]]:
    """Parts that are done, until at most `leave` are not."""
    from distributed import wait

    while True:
        for future in [future for future in waiting if future.done()]:
            folder = waiting.pop(future)
            yield folder, _result(future, folder)
        if len(waiting) <= leave:
            return
        progress.step(0)  # where a cancel takes effect
        with client.as_current(), suppress(TimeoutError):
            wait(list(waiting), timeout=_POLL_S, return_when="FIRST_COMPLETED")


def _result(future: Future[PartCost], folder: Path) -> PartCost:
    """What the task gave; what stopped it, as an error that says what to do."""
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
