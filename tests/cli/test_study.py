"""The `quarterhour` command: what it writes, what it says, and how it ends."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import cli
from cli.terminal import rate_text, show_progress
from geo.base.errors import CancelledError, QuarterhourError
from geo.base.progress import ProgressState
from layers.export.results import result_names
from layers.words.catalogue import words_for
from tests.cli.conftest import STUDY
from tests.worlds.streets import ROOT


def test_help_is_quick_and_loads_nothing_heavy() -> None:
    code = (
        "import sys, cli; cli.main(['--help']);"
        "print(sorted({'pandas', 'geopandas', 'numba', 'streamlit', 'shapely'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.endswith("[]\n")
    for name in ("new", "check", "run", "app"):
        assert re.search(rf"^  {name} ", done.stdout, re.MULTILINE)


def test_reading_study_toml_loads_no_library_of_tables() -> None:
    """`quarterhour app` reads it before it starts the server."""
    code = (
        "import sys, pathlib; from geo.study.load import load_study;"
        "load_study(pathlib.Path(sys.argv[1]));"
        "print(sorted({'pandas', 'geopandas', 'numba', 'scipy', 'shapely'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "data/wuhan"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout == "[]\n", done.stderr


def test_help_speaks_the_language_asked_for() -> None:
    for locale, word in (("en", "Compute a study"), ("zh-CN", "计算一个项目")):
        done = subprocess.run(
            [sys.executable, "-m", "cli", "run", "--help", "--lang", locale],
            cwd=ROOT,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            timeout=60,
        )
        assert word in done.stdout
        assert done.returncode == 0


def test_run_writes_everything_and_says_so(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert cli.main(["run", str(study), "--out", str(out)]) == 0
    assert sorted(path.name for path in out.iterdir()) == sorted(result_names())
    said = capsys.readouterr()
    assert said.err == ""  # no progress where nobody watches
    row = next(line for line in said.out.splitlines() if line.startswith("医保[red]服务站"))
    assert row.split()[1:] == ["1/1", "100.0%", "50.0%（15分钟，步行）", "1个"]
    assert "两项指标口径不同，不宜直接比较。" in said.out
    assert str(out) in said.out
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert summary["layers"]["clinic"]["share_by_time"] == 0.5


def test_run_writes_the_access_table(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["run", str(study), "--out", str(tmp_path / "out"), "--lang", "en"]
    assert cli.main([*command, "--access-table", "--access-minutes", "20"]) == 0
    pairs = pd.read_parquet(tmp_path / "out" / "access.parquet")
    assert len(pairs) and pairs["time_ms"].max() <= 1_200_000
    assert cli.main([*command, "--access-minutes", "20"]) == 2
    assert "--access-table" in capsys.readouterr().err
    assert cli.main([*command, "--access-table", "--access-minutes", "500"]) == 1
    assert "120" in capsys.readouterr().err


def test_run_of_one_layer_in_english(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    command = ["run", str(study), "--out", str(out), "--layer", "parking", "--lang", "en"]
    assert cli.main([*command, "--per-site"]) == 0
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert list(summary["layers"]) == ["parking"]
    assert "(300 m, walk)" in capsys.readouterr().out
    assert '<html lang="en">' in (out / "map.html").read_text(encoding="utf-8")


def test_check_tells_row_and_remedy(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = cli.main(["check", str(study)])
    said = capsys.readouterr().out
    assert "estates.csv, 第 4 行" in said
    assert "estates.csv [demand]：读入 3 行，采用 2 行，未参与计算 1 行" in said
    errors = int(re.search(r"错误 (\d+) 项", said)[1])  # type: ignore[index]
    assert code == (1 if errors else 0)


@pytest.mark.parametrize(("severity", "wanted"), [("error", 1), ("warning", 0), ("info", 0)])
def test_check_ends_with_1_on_errors_only(
    study: Path,
    severity: Any,
    wanted: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from geo.base.quality_log import QualityLog

    log = QualityLog()
    for row in range(2, 30):
        log.add(severity, "coordinate_bad", file="a.csv", row=row, field="lon", value="\x1b[2Jx")
    monkeypatch.setattr("geo.pipeline.check", lambda *_, **__: (log.frame(), []))
    assert cli.main(["check", str(study), "--lang", "en"]) == wanted
    said = capsys.readouterr().out
    assert "and 18 more of this kind" in said
    assert "\x1b" not in said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("[studdy]\n", "studdy"),
        ("[network]\npath = '../x'\n", "study.toml"),
        ("not toml", "study.toml"),
    ],
)
def test_a_wrong_study_is_one_line_a_problem(
    study: Path, change: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = STUDY.replace('[network]\npath = "roads.geojson"\n', "") + change
    (study / "study.toml").write_text(text, encoding="utf-8")
    for command in (["check", str(study)], ["run", str(study), "--out", str(study / "out")]):
        assert cli.main(command) == 1
        said = capsys.readouterr()
        # What was read before the error came is listed, row by row.
        assert said.out == "" or "十二" in said.out
        assert words in said.err
        assert "Traceback" not in said.err
    out = study / "out"
    assert not out.exists() or [path.name for path in out.iterdir()] == ["quality.csv"]


def test_a_missing_folder_and_an_unknown_layer(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check", str(tmp_path / "nowhere")]) == 1
    assert "study.toml" in capsys.readouterr().err
    out = str(tmp_path / "out")
    assert cli.main(["run", str(study), "--out", out, "--layer", "clinik"]) == 1
    assert "clinik" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "data"],
        ["fly"],
        ["run", "data", "--out", "x", "--lang", "fr"],
        ["new", "x", "--sample", "atlantis"],
        ["app", "--port", "0"],
    ],
)
def test_wrong_usage_ends_with_2(arguments: list[str], tmp_path: Path) -> None:
    assert cli.main(arguments) == 2


def test_results_never_take_the_place_of_inputs(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (study / "estates.csv").rename(study / "demand.csv")
    text = STUDY.replace("estates.csv", "demand.csv")
    (study / "study.toml").write_text(text, encoding="utf-8")
    before = (study / "demand.csv").read_bytes()
    assert cli.main(["run", str(study), "--out", str(study)]) == 1
    assert "--out" in capsys.readouterr().err
    assert (study / "demand.csv").read_bytes() == before
    assert not (study / "units.csv").exists()


def test_a_target_that_cannot_be_written_is_one_line(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").write_text("a file")
    assert cli.main(["run", str(study), "--out", str(tmp_path / "out")]) == 1
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_a_fault_of_ours_is_one_line_and_a_file(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("我们的错")

    monkeypatch.setattr("geo.pipeline.check", broken)
    assert cli.main(["check", str(study), "--lang", "en"]) == 3
    said = capsys.readouterr().err
    assert len(said.strip().splitlines()) == 1
    assert "Traceback" not in said
    log = Path(said.strip().rsplit(" ", 1)[1])
    content = log.read_text(encoding="utf-8")
    log.unlink()
    assert "Traceback" in content
    assert "我们的错" in content


def test_an_error_without_a_remedy_is_a_fault(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise QuarterhourError("never_worded")

    monkeypatch.setattr("geo.pipeline.check", broken)
    assert cli.main(["check", str(study)]) == 3
    Path(capsys.readouterr().err.strip().rsplit(" ", 1)[1]).unlink()


@pytest.mark.parametrize("where", ["geo.pipeline.check", "geo.study.load.load_study"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, CancelledError])
def test_ctrl_c_anywhere_is_one_line_and_exit_code_130(
    study: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    where: str,
    error: type[BaseException],
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(where, stopped)
    assert cli.main(["check", str(study)]) == 130
    assert capsys.readouterr().err.splitlines() == [words_for("zh-CN")("error.cancelled")]


def test_new_copies_the_sample(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "mine"
    assert cli.main(["new", str(folder), "--sample", "wuhan"]) == 0
    wanted = {path.name for path in (ROOT / "data" / "wuhan").iterdir() if path.is_file()}
    assert {path.name for path in folder.iterdir()} == wanted
    assert (folder / "study.toml").stat().st_mode & 0o200
    assert f"quarterhour check {folder}" in capsys.readouterr().out


def test_new_refuses_a_folder_with_something_in_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kept.txt").write_text("mine")
    assert cli.main(["new", str(tmp_path), "--lang", "en"]) == 1
    assert "not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]
    assert cli.main(["new", str(tmp_path / "kept.txt")]) == 1
    assert cli.main(["new", str(tmp_path / "empty" / "deep")]) == 0


def _start(monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> dict[str, Any]:
    """What `quarterhour app` would start."""
    started: dict[str, Any] = {}

    class Server:
        def __init__(self, command: list[str], **options: Any) -> None:
            started.update(command=command, **options)

        def __enter__(self) -> Server:
            return self

        def __exit__(self, *_: object) -> None: ...

        def wait(self) -> int:
            return 0

    monkeypatch.setattr(subprocess, "Popen", Server)
    assert cli.main(arguments) == 0
    return started


def test_app_starts_streamlit_on_the_study(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STREAMLIT_SERVER_ADDRESS", raising=False)
    monkeypatch.chdir(study.parent)
    started = _start(monkeypatch, ["app", "study", "--port", "9000", "--no-browser"])
    line = " ".join(started["command"][1:])
    assert line.startswith(f"-m app_pages.server {os.getpid()} ")
    for option in (
        "server.port=9000",
        "server.headless=true",
        "browser.gatherUsageStats=false",
        "server.address=127.0.0.1",
        "server.allowedHosts=localhost,127.0.0.1",
    ):
        assert option in line
    assert started["env"]["QUARTERHOUR_STUDY"] == str(study.resolve())


def test_app_shows_the_sample_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMLIT_SERVER_ADDRESS", "0.0.0.0")
    started = _start(monkeypatch, ["app"])
    assert started["env"]["QUARTERHOUR_STUDY"] == str(ROOT / "data" / "wuhan")
    line = " ".join(started["command"])
    assert "server.address" not in line
    # An office names its hosts itself.
    assert "server.allowedHosts" not in line
    assert "server.headless=false" in line


@pytest.mark.parametrize(
    ("lang", "study_locale", "environment", "wanted"),
    [
        ("en", "zh-CN", "zh_CN.UTF-8", "en"),
        (None, "en", "zh_CN.UTF-8", "en"),
        (None, None, "en_GB.UTF-8", "en"),
        (None, None, "zh_CN.GB18030", "zh-CN"),
        (None, None, "C.UTF-8", "zh-CN"),
        (None, None, "", "zh-CN"),
    ],
)
def test_language_of_messages(
    lang: str | None,
    study_locale: str | None,
    environment: str,
    wanted: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LANG", environment)
    if study_locale:
        text = f'[study]\nname = "x"\nlocale = "{study_locale}"\n'
        (tmp_path / "study.toml").write_text(text)
    option = ["--lang", lang] if lang else []
    assert cli.main(["check", str(tmp_path), *option]) == 1
    said = capsys.readouterr().err
    assert bool(re.search("[一-鿿]", said)) is (wanted == "zh-CN")


def test_a_gbk_console_gets_question_marks_not_a_crash(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = STUDY.replace("医保[red]服务站", "医保😀站")
    (study / "study.toml").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "cli", "run", str(study), "--out", str(study.parent / "out")],
        cwd=ROOT,
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "gbk"},
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode("gbk")
    assert "医保?站" in done.stdout.decode("gbk")


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_shows_rate_and_remaining_time_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    terminal = _Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    words = words_for("zh-CN")
    with show_progress(words) as watched:
        watched.stage("travel", 4)
        watched.step(2)
    assert "计算出行时间" in terminal.getvalue()
    text = rate_text(ProgressState("travel", 2, 4, 8.0, 3.0), words)
    assert text == "8.0 步/秒  约剩 3 秒"
