"""Every output file of three cities, byte for byte, from this checkout and from another one.

    python benchmarks/compare_checkouts.py OTHER [--differ NAME ...]

OTHER is the root of the other checkout; both are run by this Python, each with its own cache.
Porto Alegre and Liechtenstein need ``../shared/data``. In summary.json the time of the run and the
hashes of files that may differ are left out. Exit code 1 where any other file differs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from tests.worlds.real_cities import write_liechtenstein, write_porto_alegre
from tests.worlds.streets import WUHAN

_RUN = "import sys; import cli; sys.exit(cli.main(sys.argv[1:]))"


def compute(checkout: Path, study: Path, out: Path, cache: Path) -> None:
    """`quarterhour run` of one checkout, with isochrones of every site."""
    environment = {**os.environ, "PYTHONPATH": str(checkout), "QUARTERHOUR_CACHE": str(cache)}
    command = [sys.executable, "-c", _RUN, "run", str(study), "--out", str(out), "--per-site"]
    subprocess.run(command, cwd=checkout, env=environment, check=True, stdout=subprocess.DEVNULL)


def content(path: Path, differ: set[str]) -> bytes | str:
    """What must agree: the bytes, of the summary all but the clock and the hashes of `differ`."""
    if path.name != "summary.json":
        return path.read_bytes()
    summary = json.loads(path.read_text(encoding="utf-8"))
    del summary["generated_at"]
    for name in differ:
        summary["outputs"].pop(name, None)
    return json.dumps(summary, sort_keys=True)


def compare(ours: Path, theirs: Path, differ: set[str]) -> list[str]:
    """The names of files that differ, or that only one has."""
    names = {path.name for folder in (ours, theirs) for path in folder.iterdir()} - differ
    return sorted(
        name
        for name in names
        if not ((ours / name).is_file() and (theirs / name).is_file())
        or content(ours / name, differ) != content(theirs / name, differ)
    )


def main() -> int:
    """Compute, compare, and say what differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("other", type=Path)
    parser.add_argument("--differ", nargs="*", default=[], help="files that may differ")
    asked = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        studies = {"wuhan": WUHAN}
        for name, write in (("poa", write_porto_alegre), ("liechtenstein", write_liechtenstein)):
            studies[name] = root / name
            studies[name].mkdir()
            write(studies[name])
        for name, study in studies.items():
            for side, checkout in (("ours", ROOT), ("theirs", asked.other.resolve())):
                compute(checkout, study, root / side / name, root / f"cache-{side}")
            found = compare(root / "ours" / name, root / "theirs" / name, set(asked.differ))
            count = len(list((root / "ours" / name).iterdir()))
            print(f"{name}: {count} files, differ: {', '.join(found) or 'none'}", flush=True)
            failed |= bool(found)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
