"""What a person may do by the grants of server.toml: `may` tells, `demand` refuses in words.

The engine asks at every function that opens, reads or changes a study (`PersonGuard`).
"""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from geo.base.access.guard import AccessError, Action
from geo.base.errors import OutputError, StudyError
from geo.base.messages import one_line
from geo.workspace.draft import is_draft
from geo.workspace.folder import owner_of, studies_folder
from server import audit
from server.config import Grant, Role, ServerConfig
from server.current import current_config
from server.person import Person
from server.study_units import units_inside

__all__ = ["NOBODY", "PersonGuard", "demand", "may", "study_of_folder"]

# For a thread that acts for no session: nobody has a grant under this name.
NOBODY = Person("")

_ROLES: dict[Role, frozenset[Action]] = {
    "viewer": frozenset({"open", "read"}),
    "editor": frozenset({"open", "read", "write", "sign"}),
    "admin": frozenset({"open", "read", "write", "sign", "create", "rename", "delete"}),
}
_OF_FOLDERS = ("create", "rename", "delete")
_BUNDLED = Path(__file__).resolve().parents[1] / "data" / "wuhan"
_MOST_NAMED = 3


def may(person: Person, action: Action, study_name: str, unit: str = "") -> bool:
    """Whether a person may do this with a study.

    Parameters
    ----------
    person : Person
    action : str
        As in `geo.base.access.guard`.
    study_name : str
        The name of the study's folder.
    unit : str
        The id of a unit or of a parent unit; "": the whole study.

    Raises
    ------
    StudyError
        server.toml is wrong.
    """
    config = current_config()
    if config is None or _is_local(config, person):
        return True
    return _refusal(config, person, action, _folder_of(config, study_name), unit) is None


def demand(person: Person, action: Action, study_name: str, unit: str = "") -> None:
    """Refuse what a person may not do, and record the refusal; parameters as in `may`.

    Raises
    ------
    AccessError
        It says who may not do what in which study, and whom to ask. Where the refusal cannot be
        recorded, `others` says so.
    """
    config = current_config()
    if config is not None:
        PersonGuard(person).demand(action, _folder_of(config, study_name), unit)


@dataclass(frozen=True)
class PersonGuard:
    """The rights of one person, for `geo.base.access.guard`."""

    person: Person

    @property
    def user(self) -> str:
        """The name of the person."""
        return self.person.user

    def is_allowed(self, action: Action, folder: Path, unit: str = "") -> bool:
        """Whether the person may do this."""
        return self.refusal(action, folder, unit) is None

    def refusal(self, action: Action, folder: Path, unit: str = "") -> AccessError | None:
        """Why the person may not do this; None where it is allowed."""
        config = current_config()
        if config is None or _is_local(config, self.person):
            return None
        return _refusal(config, self.person, action, folder, unit)

    def demand(self, action: Action, folder: Path, unit: str = "") -> None:
        """Raise and record an `AccessError` unless the person may do this."""
        config = current_config()
        refusal = self.refusal(action, folder, unit)
        if refusal is None or config is None:
            return
        try:
            audit.note(
                config, self.person, audit.REFUSED,
                study=folder.name, unit=unit, action=action,
            )  # fmt: skip
        except OutputError as error:
            refusal.others = (StudyError(error.code, **error.params),)
        raise refusal

    def unit_ids(self, folder: Path) -> frozenset[str] | None:
        """The units of the study that the person may see; None for all of them."""
        config = current_config()
        if config is None or _is_local(config, self.person):
            return None
        grants = _grants(config, self.person, study_of_folder(config, folder))
        if any(not grant.unit for grant in grants):
            return None
        return frozenset().union(*(units_inside(folder, grant.unit) for grant in grants))

    def check_record(self) -> None:
        """Raise `OutputError` if the audit log cannot be written."""
        config = current_config()
        if config is not None:
            audit.check_log(config)

    def record(self, what: str, folder: Path, unit: str = "") -> None:
        """Write into the audit log what the person has done."""
        config = current_config()
        if config is not None:
            audit.note(config, self.person, what, study=folder.name, unit=unit)


def study_of_folder(config: ServerConfig, folder: Path) -> str:
    """The name by which grants call the study in `folder`; "" for a folder outside the studies.

    Studies are in the folder of studies; the one that the server was started on, and the bundled
    sample, may be elsewhere.
    """
    named = folder.name not in ("", ".", "..")
    if named and (folder.parent.resolve() in _roots(config) or folder.resolve() in _elsewhere()):
        return unicodedata.normalize("NFC", folder.name)
    return ""


def _refusal(
    config: ServerConfig, person: Person, action: Action, folder: Path, unit: str
) -> AccessError | None:
    """Why a person may not do this; None where it is allowed."""
    study = study_of_folder(config, folder)
    grants = _grants(config, person, study)
    able = [grant for grant in grants if action in _ROLES[grant.role]]
    if action == "sign" and any(grant.sign for grant in _about(config, study)):
        able = [grant for grant in able if grant.sign]
    if is_draft(folder) and owner_of(folder) != person.user:
        able = [grant for grant in able if grant.role == "admin" and not grant.unit]
    if any(_reaches(grant, action, folder, unit) for grant in able):
        return _limit(config, person, folder) if action == "create" else None
    code = f"access_{action}"
    if able:  # of a part of the study
        code += "_unit" if unit else "_whole"
    return AccessError(
        code,
        who=one_line(person.user) or "-",
        study=one_line(folder.name),
        unit=one_line(unit),
        whom=_whom(config, study),
    )


def _reaches(grant: Grant, action: Action, folder: Path, unit: str) -> bool:
    """Whether a grant holds for the unit; "" for the whole study."""
    if not grant.unit:
        return True
    if action == "open":
        return True
    return bool(unit) and action not in _OF_FOLDERS and unit in units_inside(folder, grant.unit)


def _limit(config: ServerConfig, person: Person, folder: Path) -> AccessError | None:
    """The refusal of a further study of a person who has as many as the limit says."""
    most = config.limits.studies_per_user
    try:
        own = [path for path in folder.parent.iterdir() if owner_of(path) == person.user]
    except OSError:  # no such folder yet
        return None
    if len(own) < most:
        return None
    return AccessError("access_studies_limit", who=one_line(person.user), limit=most)


def _grants(config: ServerConfig, person: Person, study: str) -> list[Grant]:
    """The grants of a person that are about a study."""
    if not person.user:
        return []
    return [grant for grant in _about(config, study) if grant.user in ("*", person.user)]


def _about(config: ServerConfig, study: str) -> list[Grant]:
    """The grants that are about a study."""
    if not study:
        return []
    names = ("*", study)
    return [grant for grant in config.grants if unicodedata.normalize("NFC", grant.study) in names]


def _whom(config: ServerConfig, study: str) -> str:
    """Whom to ask for rights, in parentheses; "" if server.toml names nobody."""
    if config.contact:
        return f" ({one_line(config.contact)})"
    names = dict.fromkeys(
        grant.user for grant in _about(config, study) if grant.role == "admin" and grant.user != "*"
    )
    listed = ", ".join(one_line(name) for name in [*names][:_MOST_NAMED])
    return f" ({listed})" if listed else ""


def _is_local(config: ServerConfig, person: Person) -> bool:
    """Whether this is the one user of a server without sign-in, who may do everything."""
    return config.auth.mode == "none" and bool(person.user)


def _folder_of(config: ServerConfig, study_name: str) -> Path:
    """The folder of a study by its name; an address or a widget cannot name a path."""
    name = unicodedata.normalize("NFC", study_name)
    if name in ("", ".", "..") or name != Path(name).name:
        return Path(os.devnull) / "-"
    inside = _roots(config)[0] / name
    if not inside.is_dir():
        for folder in _elsewhere():
            if folder.name == name:
                return folder
    return inside


def _roots(config: ServerConfig) -> list[Path]:
    return [config.path(config.studies).resolve(), studies_folder().resolve()]


def _elsewhere() -> list[Path]:
    started = os.environ.get("QUARTERHOUR_STUDY", "")
    return [*([Path(started).resolve()] if started else []), _BUNDLED]
