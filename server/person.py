"""Who uses the server in a session or a request."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LOCAL", "SESSION_ADDRESS", "SESSION_USER", "Person"]

# Headers by which the sign-in tells a page who uses it; the name is percent-encoded. What a client
# sends under these names is dropped.
SESSION_USER = "X-Quarterhour-User"
SESSION_ADDRESS = "X-Quarterhour-Address"


@dataclass(frozen=True)
class Person:
    """Somebody who has signed in.

    Attributes
    ----------
    user : str
        The name that grants and the audit log use.
    address : str
        Where the request came from; "" if it is not known.
    """

    user: str
    address: str = ""


# The one user of a laptop, who may do everything.
LOCAL = Person("local")
