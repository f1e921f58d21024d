"""What the parts of this package share about requests: their paths, their person, refusals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from server.person import Person

__all__ = ["HEALTH", "POLICY_VIOLATION", "Paths", "person_of", "refuse", "set_person"]

HEALTH = "/healthz"
_PERSON = "quarterhour_person"
_FILES = ("/static/", "/component/", "/media/", "/_stcore/bidi-components/", "/favicon.png")
# Why a websocket is closed: its person may not use it.
POLICY_VIOLATION = 1008


@dataclass(frozen=True)
class Paths:
    """The paths of the application below its base path.

    Attributes
    ----------
    base : str
        The base path, without a slash at its end; "" for none.
    """

    base: str = ""

    def inner(self, path: str) -> str:
        """A path of a request without the base path; "" where it is not below it."""
        if path != self.base and not path.startswith(f"{self.base}/"):
            return ""
        return path[len(self.base) :] or "/"

    def is_health(self, path: str) -> bool:
        """Whether this is the path of the server's health."""
        return path == f"{self.base}{HEALTH}"

    def is_file(self, path: str) -> bool:
        """Whether this is a file of Streamlit, of a component or of a session."""
        return self.inner(path).startswith(_FILES)


def set_person(scope: Scope, person: Person) -> None:
    """Note who sends a request."""
    scope[_PERSON] = person


def person_of(scope: Scope) -> Person | None:
    """Who sends a request; None before the sign-in was checked, or where it failed."""
    found: Any = scope.get(_PERSON)
    return found if isinstance(found, Person) else None


async def refuse(scope: Scope, receive: Receive, send: Send, answer: Response) -> None:
    """Answer a request by `answer`, or close a websocket before it is accepted."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": ""})
        return
    await answer(scope, receive, send)
