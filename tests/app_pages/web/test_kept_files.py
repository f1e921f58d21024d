"""Files with names of their contents are asked for once, and sent compressed."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from app_pages.web.kept_files import KeptFiles
from app_pages.web.requests import Paths
from tests.app_pages.web.asgi import ask

HASH = "0123456789abcdef" * 4
GZIP = [("Accept-Encoding", "gzip, br")]
TEXT = b"a long text " * 500


class Files:
    """An application that counts what it is asked for."""

    def __init__(self, content: bytes = TEXT, kind: str = "text/javascript") -> None:
        self.asked: list[str] = []
        self._content, self._kind = content, kind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.append(scope["path"])
        answer: Response = PlainTextResponse("none", 404)
        if "missing" not in scope["path"]:
            answer = Response(self._content, media_type=self._kind, headers={"ETag": "x"})
        await answer(scope, receive, send)


@pytest.mark.parametrize(
    "path",
    ["/static/js/index.abc.js", f"/component/a.drawn/{HASH}.json",
     f"/component/a.road/{HASH}/2/418_209.bin"],
)  # fmt: skip
def test_a_file_is_compressed_once(path: str) -> None:
    files = Files()
    app = KeptFiles(files, Paths("/plan"))
    for _ in range(3):
        answer = ask(app, f"/plan{path}", GZIP)
        assert answer.status == 200 and gzip.decompress(answer.body) == TEXT
        assert answer.headers["content-encoding"] == "gzip" and answer.headers["etag"] != "x"
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-length"] == str(len(answer.body))
    assert files.asked == [f"/plan{path}"]
    # Who does not read it compressed gets it as it is.
    assert ask(app, f"/plan{path}").body == TEXT


@pytest.mark.parametrize(
    "path",
    ["/", "/coverage", f"/component/a.drawn/later-{HASH}.json", "/media/abc.csv",
     f"/component/a.drawn/road-tiles-{HASH}.json",
     "/component/a.help/picture.svg"],
)  # fmt: skip
def test_what_may_change_is_asked_for_each_time(path: str) -> None:
    files = Files()
    app = KeptFiles(files, Paths())
    answers: list[Any] = [ask(app, path, GZIP) for _ in range(2)]
    assert len(files.asked) == 2
    assert all(answer.body == TEXT and "etag" in answer.headers for answer in answers)


@pytest.mark.parametrize(
    "path",
    ["/component/a.served_files.leaflet/leaflet.js",
     "/component/streamlit_folium.st_folium/static/js/main.js"],
)  # fmt: skip
def test_a_file_of_a_package_is_kept_and_asked_about(path: str) -> None:
    files = Files()
    app = KeptFiles(files, Paths())
    first = ask(app, path, GZIP)
    assert gzip.decompress(first.body) == TEXT and "no-cache" in first.headers["cache-control"]
    again = ask(app, path, [*GZIP, ("If-None-Match", f"W/{first.headers['etag']}")])
    assert (again.status, again.body) == (304, b"") and "content-length" not in again.headers
    assert ask(app, path, [*GZIP, ("If-None-Match", '"another"')]).body == first.body
    assert len(files.asked) == 1


def test_a_missing_file_may_come_later() -> None:
    files = Files()
    app = KeptFiles(files, Paths())
    for _ in range(2):
        assert ask(app, "/static/missing.js", GZIP).status == 404
    assert len(files.asked) == 2


def test_pictures_are_kept_as_they_are_and_the_oldest_go() -> None:
    files = Files(b"x" * 60, "image/png")
    app = KeptFiles(files, Paths(), most_bytes=100)
    for name in ("a", "a", "b", "b", "a"):
        answer = ask(app, f"/static/{name}.png", GZIP)
        assert answer.body == b"x" * 60 and "content-encoding" not in answer.headers
    assert files.asked == ["/static/a.png", "/static/b.png", "/static/a.png"]
