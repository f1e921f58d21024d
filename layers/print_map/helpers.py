"""Helper processes that draw maps, so that a series uses all cores.

They are plain child processes with pipes. multiprocessing would run the main module again, which
under Streamlit is a page of the app. loky does not, but after its workers are killed its two
resource trackers stay as long as the app runs, and one dead worker ends its whole pool.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from queue import Empty, Queue
from threading import Lock, Thread

from geo.base.processes.children import start_child
from geo.base.progress import Progress
from geo.base.scratch import ScratchFolder
from layers.print_map.layer_map import MapOptions
from layers.print_map.prepared import PreparedMaps
from layers.print_map.series import DrawnPage, MapPage, drawn_pages
from layers.words.catalogue import Words

__all__ = ["MapPool"]

_ROOT = Path(__file__).resolve().parents[2]
_START = (
    "import sys; sys.path.insert(0, {root!r}); "
    "from layers.print_map.helper_child import main; main()"
)
# A helper takes two seconds to start, and about 0.4 GB.
_WORTH_PAGES = 12
_MOST = 4
_WAIT_S = 0.2
# In place of the pages: a helper ended before it had drawn its run.
_FAILED = "failed"


class MapPool:
    """Draws runs of pages: in helpers from `__enter__` on, and in this process during `results`.

    Parameters
    ----------
    prepared : PreparedMaps
    runs : sequence of sequence of MapPage
        Pieces of work, each of one layer.
    words : Words
    options : MapOptions
    workers : int, optional
        Number of helpers; by default one less than cores if there are enough pages, else none.
    """

    def __init__(
        self,
        prepared: PreparedMaps,
        runs: Sequence[Sequence[MapPage]],
        words: Words,
        options: MapOptions,
        *,
        workers: int | None = None,
    ) -> None:
        self._prepared, self._runs, self._words, self._options = prepared, runs, words, options
        self._workers = _helpers(runs) if workers is None else workers
        self._open = deque(range(len(runs)))
        # A run's number with None (a page is drawn), all its pages, or `_FAILED`.
        self._answers: Queue[tuple[int, list[DrawnPage] | str | None]] = Queue()
        self._lock = Lock()
        self._stopped = False
        self._processes: list[subprocess.Popen[bytes]] = []
        self._threads: list[Thread] = []
        self._folder: ScratchFolder | None = None

    def __enter__(self) -> MapPool:
        if self._workers:
            self._folder = ScratchFolder("quarterhour-")
            path = Path(self._folder.name) / "prepared"
            keys = sorted({page.key for run in self._runs for page in run})
            prepared = self._prepared.packed(keys, self._words)
            with path.open("wb") as file:
                pickle.dump((prepared, self._words.locale, self._options), file)
            for _ in range(self._workers):
                thread = Thread(target=self._feed, args=(path,), daemon=True)
                self._threads.append(thread)
                thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        with self._lock:
            self._stopped = True
            for process in self._processes:
                process.kill()
        for thread in self._threads:
            thread.join()
        if self._folder is not None:
            self._folder.cleanup()

    def results(self, progress: Progress) -> Iterator[tuple[int, list[DrawnPage]]]:
        """Yield the number of each run and its pages when ready; a step for each page.

        Raises
        ------
        CancelledError
            At the next page.
        """
        counted: Counter[int] = Counter()
        for _ in self._runs:
            pages: list[DrawnPage] | None = None
            while pages is None:
                number, answer = self._answer(progress)
                if answer is None:
                    counted[number] += 1
                    progress.step()
                elif isinstance(answer, str):
                    pages = self._draw_here(number, progress, counted[number])
                else:
                    pages = answer
            yield number, pages

    def _answer(self, progress: Progress) -> tuple[int, list[DrawnPage] | str | None]:
        """The next answer of the helpers; if there is none yet, a run drawn in this process."""
        while True:
            try:
                return self._answers.get(timeout=0.0 if self._open else _WAIT_S)
            except Empty:
                progress.step(0)
            # Helpers take runs from the other end.
            if (number := _taken(self._open.pop)) is not None:
                return number, self._draw_here(number, progress, 0)

    def _draw_here(self, number: int, progress: Progress, counted: int) -> list[DrawnPage]:
        """A run drawn in this process; its first `counted` pages are in the progress already."""
        found = []
        drawn = drawn_pages(self._prepared, self._runs[number], self._words, self._options)
        for number_of_page, page in enumerate(drawn):
            found.append(page)
            progress.step(int(number_of_page >= counted))
        return found

    def _feed(self, path: Path) -> None:
        """Start one helper, send it runs and receive their pages, until no run is left."""
        number = None
        try:
            if (process := self._started(path)) is None:
                return
            with process:
                assert process.stdin is not None and process.stdout is not None
                while (number := _taken(self._open.popleft)) is not None:
                    pickle.dump(self._runs[number], process.stdin)
                    process.stdin.flush()
                    found = []
                    for _ in self._runs[number]:
                        found.append(pickle.load(process.stdout))
                        self._answers.put((number, None))
                    self._answers.put((number, found))
        except (OSError, EOFError, pickle.UnpicklingError):
            # Killed, out of memory, or not allowed to start: `results` draws its run here, and so
            # raises an error of the page itself.
            if number is not None:
                self._answers.put((number, _FAILED))

    def _started(self, path: Path) -> subprocess.Popen[bytes] | None:
        command = [sys.executable, "-P", "-c", _START.format(root=str(_ROOT))]
        command += [str(path), str(os.getpid())]
        with self._lock:
            if self._stopped:
                return None
            process = start_child(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            self._processes.append(process)
        return process


def _taken(take: Callable[[], int]) -> int | None:
    """The next number of a run that is not taken yet."""
    try:
        return take()
    except IndexError:
        return None


def _helpers(runs: Sequence[Sequence[MapPage]]) -> int:
    """How many helpers save more time than they take to start."""
    if sum(map(len, runs)) < _WORTH_PAGES:
        return 0
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    return max(0, min(cores - 1, _MOST, len(runs) - 1))
