"""The settings of an office's server: ``server.toml``."""

from __future__ import annotations

import ipaddress
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, field_validator

from geo.base.errors import StudyError
from geo.study.problems import problem
from geo.study.section import Positive, Section, Strings

__all__ = ["Auth", "Grant", "Limits", "Listen", "Oidc", "Role", "ServerConfig", "load_config"]

Role = Literal["viewer", "editor", "admin"]
Mode = Literal["none", "header", "oidc"]
Count = Annotated[int, Field(ge=1)]
Name = Annotated[str, Field(min_length=1)]
# It stands in a header, so it is one word.
Site = Annotated[str, Field(pattern=r"^https?://[A-Za-z0-9.*:\[\]-]+$")]


class Listen(Section):
    """Where the server listens, and the names under which browsers reach it."""

    host: Name = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8501
    base_path: Annotated[str, Field(pattern=r"^(/[A-Za-z0-9._~-]+)*$")] = ""
    hosts: Strings = ()
    # Sites that may show the pages in a frame, for example "https://portal.example.gov.cn".
    frames: Annotated[tuple[Site, ...], Field(strict=False)] = ()


class Oidc(Section):
    """An OIDC provider. The client's secret stands in a file of its own."""

    metadata_url: Name
    client_id: Name
    client_secret_file: Name
    redirect_uri: Name
    # The claim that names the user in grants and in the audit log.
    claim: Name = "email"
    # How long a sign-in is valid.
    hours: Positive = 12.0


class Auth(Section):
    """How users sign in.

    With ``none`` there is one local user, and the server listens on 127.0.0.1 only. A header counts
    only if it comes from one of `trusted_proxies` (addresses or networks).
    """

    mode: Mode = "none"
    user_header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")] = "X-Remote-User"
    trusted_proxies: Strings = ()
    oidc: Oidc | None = None

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            try:
                ipaddress.ip_network(text, strict=False)
            except ValueError:
                raise ValueError("server_proxy_wrong") from None
        return value


class Grant(Section):
    """What a user may do in one study, or in all of them, there in a subtree of units.

    ``"*"`` as `user` or `study` means all of them. `unit` is the id of a unit or of a parent unit;
    "" means the whole study. Once a grant of a study has `sign`, only those who have one sign
    cases there.
    """

    user: Name
    role: Role
    study: Name = "*"
    unit: str = ""
    sign: bool = False


class Limits(Section):
    """What one user, or one run, may take."""

    upload_mb: Count = 500
    studies_per_user: Count = 50
    run_minutes: Positive = 60.0
    run_memory_gb: Positive = 8.0
    workers: Count = 1
    queue: Count = 20
    runs_per_user: Count = 2


class ServerConfig(Section):
    """All of server.toml.

    Attributes
    ----------
    folder : Path
        The folder of server.toml; relative paths start from it.
    studies : str
        The folder of the studies.
    audit : str
        The file of the audit log.
    contact : str
        Whom people ask for rights, as messages name it; by default the admins of the study.
    """

    folder: Path
    studies: Name
    audit: Name = "audit.jsonl"
    contact: str = ""
    listen: Listen = Listen()
    auth: Auth = Auth()
    limits: Limits = Limits()
    grants: Annotated[tuple[Grant, ...], Field(strict=False)] = ()

    def path(self, name: str) -> Path:
        """A path that server.toml names."""
        return self.folder / name


def load_config(path: Path) -> ServerConfig:
    """Read and check server.toml.

    Raises
    ------
    StudyError
        The first problem; the further ones are in its `others`.
    """
    try:
        raw = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise StudyError("server_missing", file=str(path)) from error
    except UnicodeDecodeError as error:
        raise StudyError("toml_not_utf8", file=path.name) from error
    except tomllib.TOMLDecodeError as error:
        raise StudyError("toml_broken", file=path.name, reason=str(error)) from error
    except RecursionError as error:
        raise StudyError("nested_deep", file=path.name) from error
    if "folder" in raw:
        raise StudyError("unknown_key_alone", file=path.name, field="folder")
    try:
        return ServerConfig.model_validate({**raw, "folder": path.resolve().parent})
    except ValidationError as error:
        found = [problem(item, ServerConfig, path.name) for item in error.errors()]
        raise StudyError.of(found) from error
