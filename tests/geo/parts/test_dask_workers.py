"""Parts on workers: the same bytes, nothing open to strangers, every failure in one line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from geo.analysis import Analysis
from geo.base.errors import CancelledError, OutputError, QuarterhourError
from geo.base.progress import Progress
from geo.parts.dask_workers import divided, workers
from geo.parts.division import ClusterError, Division
from geo.parts.run import compute_here
from geo.pipeline import run
from geo.study.model import Study
from layers.words.catalogue import LOCALES, words_for
from layers.words.lines.division import parts_lines
from tests.worlds.parts_studies import differing, in_parts, province_study

Province = tuple[Study, Analysis]
distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Province:
    """A study and what it gives in one piece."""
    study = province_study(tmp_path_factory.mktemp("studies") / "province")
    return study, run(study, cache=cache)


@pytest.fixture(scope="module")
def threads() -> Iterator[str]:
    """Address of a scheduler somebody else runs: plain TCP on loopback, workers as threads."""
    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=2,
        processes=False,
        host="127.0.0.1",
        protocol="tcp://",
        dashboard_address=None,
        silence_logs=50,
    ) as cluster:
        yield cluster.scheduler_address


def test_two_processes_give_the_same_bytes(province: Province, tmp_path: Path, cache: Path) -> None:
    import psutil

    study, whole = province
    ours = psutil.Process()
    before = {child.pid for child in ours.children(recursive=True)}
    open_before = _listening([ours])
    with workers(count=2) as crew:
        assert crew.cores == 2
        started = [c for c in ours.children(recursive=True) if c.pid not in before]
        listening = _listening([ours, *started]) - open_before
        # Whatever listens, listens on this machine only.
        assert listening and {address for address, _ in listening} == {"127.0.0.1"}
        found, report = in_parts(study, 6, tmp_path / "parts", cache, crew.compute)
    assert differing(whole, found) == []
    assert len(report.costs) == len(report.sizes) == 6
    assert all(cost.cpu_s > 0 for cost in report.costs)
    # multiprocessing keeps its resource tracker; every worker is gone.
    left = [" ".join(c.cmdline()) for c in ours.children(recursive=True) if c in started]
    assert not [command for command in left if "spawn_main" in command]


def _listening(processes: list) -> set[tuple[str, int]]:  # type: ignore[type-arg]
    return {
        (one.laddr.ip, one.laddr.port)
        for process in processes
        for one in process.net_connections(kind="inet")
        if one.status == "LISTEN"
    }


def test_a_scheduler_on_loopback(
    province: Province, threads: str, tmp_path: Path, cache: Path
) -> None:
    study, whole = province
    with divided(tmp_path / "out", scheduler=threads, parts=5) as division:
        assert division is not None
        assert division.folder.parent == tmp_path / "out"
        found = run(study, cache=cache, division=division)
    assert differing(whole, found) == []
    # The parts are gone, whatever became of them.
    assert list((tmp_path / "out").iterdir()) == []
    for locale in LOCALES:
        lines = parts_lines(division, words_for(locale))
        assert len(lines) == 4 and "15" in lines[1]
    assert parts_lines(None, words_for("en")) == []


def test_a_cancel_on_workers_leaves_nothing(
    province: Province, threads: str, tmp_path: Path, cache: Path
) -> None:
    study, _ = province

    def listen(state) -> None:  # type: ignore[no-untyped-def]
        if state.stage == "parts" and state.done == 1:
            progress.cancel()

    progress = Progress(listen)
    with (
        pytest.raises(CancelledError),
        divided(tmp_path / "out", scheduler=threads, parts=8) as division,
    ):
        run(study, cache=cache, division=division, progress=progress)
    assert list((tmp_path / "out").iterdir()) == []


def test_workers_that_do_not_see_the_folder(threads: str, tmp_path: Path) -> None:
    with workers(scheduler=threads) as crew, pytest.raises(ClusterError) as caught:
        list(crew.compute(iter([tmp_path / "nowhere" / "part-0001"]), Progress()))
    assert caught.value.code == "cluster_folder"
    _worded(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "tcp://10.0.0.1:8786",
        "tcp://0.0.0.0:8786",
        "tcp://scheduler.example:8786",
        "tcp://127.0.0.1.example:8786",
        "tcp://localhost@10.0.0.1:8786",
        "tcp://127.0.0.1",
        "tcp://[::1",
        "tcp://127.0.0.1:port",
        "ws://127.0.0.1:8786",
        "inproc://127.0.0.1/1/1",
        "10.0.0.1:8786",
        "127.0.0.1:8786",
        "tls://",
        "",
    ],
)
def test_only_tls_and_loopback_are_accepted(address: str) -> None:
    with pytest.raises(ClusterError) as caught, workers(scheduler=address):
        pass
    assert caught.value.code == "scheduler_unsafe"
    _worded(caught.value)


def test_tls_without_certificates_is_worded() -> None:
    with pytest.raises(ClusterError) as caught, workers(scheduler="tls://127.0.0.1:9"):
        pass
    assert caught.value.code == "certificates_missing"
    _worded(caught.value)


def test_certificates_that_are_not_there_are_worded(tmp_path: Path) -> None:
    import dask

    given = {
        f"distributed.comm.tls.{name}": str(tmp_path / "none.pem")
        for name in ("ca-file", "client.key", "client.cert")
    }
    with (
        dask.config.set(given),
        pytest.raises(ClusterError) as caught,
        workers(scheduler="tls://127.0.0.1:9"),
    ):
        pass
    assert caught.value.code == "certificates_wrong"
    _worded(caught.value)


def test_a_scheduler_with_certificates(province: Province, tmp_path: Path, cache: Path) -> None:
    import dask
    from distributed.security import Security

    study, whole = province
    own = Security.temporary()
    certificates = {
        "distributed.comm.tls.ca-file": own.tls_ca_file,
        "distributed.comm.tls.client.key": own.tls_client_key,
        "distributed.comm.tls.client.cert": own.tls_client_cert,
    }
    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        processes=False,
        host="127.0.0.1",
        protocol="tls://",
        security=own,
        dashboard_address=None,
        silence_logs=50,
    ) as cluster:
        address = cluster.scheduler_address
        assert address.startswith("tls://")
        with dask.config.set(certificates), divided(tmp_path, scheduler=address) as division:
            found = run(study, cache=cache, division=division)
        # A stranger on this machine, with certificates of their own, is not let in.
        with (
            dask.config.set({**certificates, **_others()}),
            pytest.raises(ClusterError) as caught,
            workers(scheduler=address),
        ):
            pass
    assert caught.value.code == "scheduler_silent"
    _worded(caught.value)
    assert differing(whole, found) == []


def _others() -> dict[str, str]:
    from distributed.security import Security

    own = Security.temporary()
    return {
        "distributed.comm.tls.client.key": own.tls_client_key,
        "distributed.comm.tls.client.cert": own.tls_client_cert,
    }


def test_a_scheduler_without_workers_is_worded() -> None:
    with (
        distributed.LocalCluster(
            n_workers=0,
            processes=False,
            host="127.0.0.1",
            protocol="tcp://",
            dashboard_address=None,
            silence_logs=50,
        ) as cluster,
        pytest.raises(ClusterError) as caught,
        workers(scheduler=cluster.scheduler_address),
    ):
        pass
    assert caught.value.code == "scheduler_empty"
    _worded(caught.value)


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError) as caught, divided(tmp_path / "out", count=2):
        pass
    assert caught.value.code == "cluster_missing"
    assert all("cluster" in words_for(locale).error(caught.value)[0] for locale in LOCALES)
    # In this process it takes nothing.
    with divided(tmp_path / "out", parts=3) as division:
        assert isinstance(division, Division) and division.compute is compute_here
    with divided(tmp_path / "out") as division:
        assert division is None


def test_a_folder_that_cannot_be_made_is_worded(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError) as caught, divided(tmp_path / "file" / "out", parts=3):
        pass
    _worded(caught.value)


@pytest.mark.parametrize(
    "error",
    [
        ClusterError("worker_unsafe", value="tcp://10.0.0.2:1"),
        ClusterError("scheduler_lost"),
        ClusterError("workers_killed", part="part-0001"),
        ClusterError("cluster_version", part="part-0001"),
    ],
)
def test_every_failure_is_one_line_in_both_languages(error: ClusterError) -> None:
    _worded(error)


def _worded(error: QuarterhourError) -> None:
    assert error.exit_code == 1
    for locale in LOCALES:
        (line,) = words_for(locale).error(error)
        assert line and "{" not in line and "\n" not in line


def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import cli

    monkeypatch.setenv("QUARTERHOUR_CACHE", str(tmp_path / "cache"))
    study = str(province_study(tmp_path / "province").folder)
    assert cli.main(["run", study, "--out", str(tmp_path / "whole")]) == 0
    capsys.readouterr()
    assert cli.main(["run", study, "--out", str(tmp_path / "cut"), "--parts", "4"]) == 0
    assert "4 个分区" in capsys.readouterr().err
    names = sorted(path.name for path in (tmp_path / "cut").iterdir())
    assert names == sorted(path.name for path in (tmp_path / "whole").iterdir())
    for name in set(names) - {"summary.json"}:
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    refused = ["run", study, "--out", str(tmp_path / "no"), "--scheduler", "tcp://10.0.0.1:1"]
    assert cli.main(refused) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not (tmp_path / "no").exists()
    assert cli.main([*refused, "--workers", "2"]) == 2
