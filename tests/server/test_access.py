"""Role × action × unit by the grants, and each cell at the function that guards it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from geo.base.access import guard
from geo.base.access.guard import AccessError, Action
from geo.base.errors import OutputError, StudyError
from geo.base.jobs import Job
from geo.scenarios import store
from geo.scenarios.changes import Scenario
from geo.study.load import load_study
from geo.workspace.draft import create_draft, list_drafts, open_draft
from geo.workspace.edit import (
    Replacement,
    copy_study,
    edit_layer,
    remove_layer,
    replace_input,
    undo_last,
)
from geo.workspace.facts import Facts, edit_facts, read_facts
from geo.workspace.folder import (
    delete_study_folder,
    list_studies,
    owner_of,
    rename_study_folder,
)
from geo.workspace.history import last_step
from geo.workspace.pack import pack_study, unpack_study
from geo.workspace.recent import recent_studies, remember_study
from geo.workspace.road_overrides import join_near_ends
from layers.words.catalogue import LOCALES, words_for
from server.access import NOBODY, PersonGuard, demand, may
from server.person import LOCAL, Person
from tests.worlds.hand_study import write_hand_study
from tests.worlds.office_server import Office

ACTIONS: tuple[Action, ...] = ("open", "read", "write", "sign", "create", "rename", "delete")
# What each role may do with a whole study.
WHOLE = {
    "viewer": ("open", "read"),
    "editor": ("open", "read", "write", "sign"),
    "admin": ACTIONS,
}
# Which ids lie in the unit that a grant names.
INSIDE = {
    "": ("", "u1", "u2", "u3", "甲市", "甲市/市辖区", "乙市", "乙市/市辖区", "nowhere"),
    "u1": ("u1",),
    "甲市": ("u1", "u2", "甲市", "甲市/市辖区"),
    "乙市/市辖区": ("u3", "乙市/市辖区"),
    "市辖区": (),
    "nowhere": (),
}


@pytest.mark.parametrize(("role", "granted"), list(product(WHOLE, INSIDE)))
def test_role_by_action_by_unit(office: Office, role: str, granted: str) -> None:
    office.study("one"), office.study("two")
    office.grant("li", role, "one", granted)
    for action, unit in product(ACTIONS, INSIDE[""]):
        folders = action in ("create", "rename", "delete")
        inside = unit in INSIDE[granted] and (not folders or not granted)
        expected = action in WHOLE[role] and (inside or action == "open")
        assert may(Person("li"), action, "one", unit) is expected, (action, unit)
        assert not may(Person("li"), action, "two", unit)
        assert not may(Person("wang"), action, "one", unit)
        assert not may(NOBODY, action, "one", unit)
        if expected:
            demand(Person("li"), action, "one", unit)
        else:
            with pytest.raises(AccessError):
                demand(Person("li"), action, "one", unit)


def test_a_laptop_and_a_server_without_sign_in_allow_everything(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not may(LOCAL, "open", "one")  # a name of its own means nothing where people sign in
    office.toml.write_text('studies = "studies"\n', encoding="utf-8")
    assert may(LOCAL, "delete", "one")
    assert not may(NOBODY, "open", "one")
    monkeypatch.delenv("QUARTERHOUR_SERVER")
    assert may(NOBODY, "delete", "one", "u1")
    demand(NOBODY, "delete", "one")


@pytest.mark.parametrize("name", ["", ".", "..", "../studies/one", "/etc", "one/../one", "ghost"])
def test_a_name_is_no_path(office: Office, name: str) -> None:
    office.study("one")
    office.grant("li", "viewer", "one")
    assert not may(Person("li"), "open", name)


def test_no_folder_outside_the_studies_is_a_study(office: Office, tmp_path: Path) -> None:
    office.grant("li", "admin")
    outside = write_hand_study(tmp_path / "one")
    with office.acting("li"), pytest.raises(AccessError):
        load_study(outside)


def test_everybody_and_all_studies(office: Office) -> None:
    office.grant("*", "viewer", "one")
    office.grant("zhao", "admin", "*")
    office.study("one"), office.study("two")
    assert may(Person("li"), "read", "one") and not may(Person("li"), "read", "two")
    assert may(Person("zhao"), "delete", "two")
    assert not may(NOBODY, "open", "one")


# -- each guarded function -------------------------------------------------------------------------


def _layer(folder: Path) -> Replacement:
    return Replacement("layer", None, "", keys={"key": "more", "sites": "none", "minutes": 5})


def _scenario(folder: Path) -> None:
    store.save_scenario(folder, Scenario("new", "", ()))


CALLS: dict[str, tuple[Action, Callable[[Path], object]]] = {
    "load": ("open", load_study),
    "facts": ("open", lambda folder: read_facts(folder, "en")),
    "last step": ("open", last_step),
    "scenarios": ("open", store.list_scenarios),
    "scenario": ("read", lambda folder: store.load_scenario(folder, "kept")),
    "scenario's bytes": ("read", lambda folder: store.scenario_bytes(folder, "kept")),
    "demand files": ("read", store.demand_files),
    "pack": ("read", lambda folder: _pack(folder)),
    "replace": ("write", lambda folder: replace_input(folder, _layer(folder))),
    "rule": ("write", lambda folder: edit_layer(folder, "walk", {"minutes": 10})),
    "remove": ("write", lambda folder: remove_layer(folder, "nothing")),
    "facts changed": ("write", lambda folder: edit_facts(folder, Facts("title"), "en")),
    "roads": ("write", lambda folder: join_near_ends(folder, within_m=2.0)),
    "undo": ("write", undo_last),
    "scenario saved": ("write", _scenario),
    "scenario renamed": ("write", lambda folder: store.rename_scenario(folder, "kept", "other")),
    "scenario copied": ("write", lambda folder: store.copy_scenario(folder, "kept")),
    "scenario deleted": ("write", lambda folder: store.delete_scenario(folder, "kept")),
    "scenario undone": (
        "write",
        lambda folder: store.put_back_scenario(
            folder, "kept", None, unless_changed=(folder / "scenarios/kept.toml").read_bytes()
        ),
    ),
    "demand file": ("write", lambda folder: store.keep_demand_file(folder, "a.csv", b"id\r\n")),
    "demand file gone": ("write", lambda folder: store.forget_demand_file(folder, "estates.csv")),
    "copy": ("create", lambda folder: copy_study(folder, folder.with_name("one-copy"))),
    "draft": (
        "create",
        lambda folder: create_draft(folder.with_name("one-draft"), name="x", locale="en"),
    ),
    "unpack": (
        "create",
        lambda folder: unpack_study(
            folder.parent.parent / "one.zip", "one.zip", folder.with_name("one-zip")
        ),
    ),
    "rename": ("rename", lambda folder: rename_study_folder(folder, "one-renamed")),
    "delete": ("delete", delete_study_folder),
}


def _pack(folder: Path) -> None:
    with guard.acting_as(None):
        study = load_study(folder)
    pack_study(study, folder.parent.parent / "packed.zip")


def _content(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", list(CALLS))
def test_each_function_is_guarded(office: Office, name: str) -> None:
    action, call = CALLS[name]
    kept = office.study("one")
    store.save_scenario(kept, Scenario("kept", "", ()))
    pack_study(load_study(kept), office.folder / "one.zip")
    edit_layer(kept, "walk", {"minutes": 12})  # something to undo
    for role in WHOLE:
        for study in ("one", "one-copy", "one-draft", "one-zip", "one-renamed"):
            office.grant(role, role, study)
            office.grant(f"{role} of u1", role, study, "u1")
    whole = [role for role, actions in WHOLE.items() if action in actions]
    able = whole + ([f"{role} of u1" for role in WHOLE] if action == "open" else [])
    refused = {"stranger", *WHOLE, *(f"{role} of u1" for role in WHOLE)} - {*able}
    before = _content(office.studies)
    for person in sorted(refused):
        with office.acting(person), pytest.raises(AccessError):
            call(kept)
    assert _content(office.studies) == before
    lines = office.audit()
    assert [line["user"] for line in lines] == sorted(refused)
    assert {line["what"] for line in lines} <= {"refused"}
    with office.acting(able[-1]):
        call(kept)
    written = action not in ("open", "read")
    assert len(office.audit()) == len(lines) + written
    if written:
        assert office.audit()[-1]["user"] == able[-1]
        assert office.audit()[-1]["from"] == "10.0.0.7"


def test_a_copy_needs_all_of_the_study(office: Office) -> None:
    """A grant to create gives nobody the data of other counties."""
    kept = office.study("one")
    office.grant("li", "viewer", "one", "u1")
    office.grant("li", "admin", "mine")
    with office.acting("li"), pytest.raises(AccessError) as caught:
        copy_study(kept, office.studies / "mine")
    assert caught.value.code == "access_read_whole"


def test_a_study_gets_no_name_by_which_it_could_be_opened(office: Office) -> None:
    kept = office.study("one")
    office.grant("li", "admin", "one")
    office.grant("li", "viewer", "two")
    with office.acting("li"), pytest.raises(AccessError):
        rename_study_folder(kept, "two")
    assert kept.is_dir()


# -- lists, drafts, owners -------------------------------------------------------------------------


def test_lists_hold_what_may_be_opened(office: Office) -> None:
    office.study("one"), office.study("two")
    office.grant("li", "viewer", "two", "u1")
    with office.acting("li"):
        assert list_studies(office.studies) == ["two"]
    with office.acting("wang"):
        assert list_studies(office.studies) == []
    assert list_studies(office.studies) == ["one", "two"]


def test_a_draft_is_its_owners_and_the_admins(office: Office) -> None:
    office.grant("li", "admin", "new")
    draft = office.studies / "new"
    with office.acting("li"):
        create_draft(draft, name="新", locale="zh-CN")
    assert owner_of(draft) == "li"
    office.grant("*", "editor")
    office.grant("zhao", "admin")
    seen = {}
    for user in ("li", "zhao", "wang"):
        with office.acting(user):
            seen[user] = list_drafts(office.studies)
    assert seen == {"li": ["new"], "zhao": ["new"], "wang": []}
    with office.acting("wang"), pytest.raises(AccessError):
        open_draft(draft)


def test_recent_studies_are_each_persons_own(office: Office) -> None:
    one, two = office.study("one"), office.study("two")
    office.grant("li", "viewer")
    office.grant("wang", "viewer", "two")
    with office.acting("li"):
        remember_study(one)
    with office.acting("wang"):
        assert recent_studies() == []
        remember_study(two)
        remember_study(one)  # never shown to who may not open it
        assert recent_studies() == [two]
    with office.acting("li"):
        assert recent_studies() == [one]


def test_studies_of_a_person_are_limited(office: Office) -> None:
    office.set("[limits]\nstudies_per_user = 2")
    office.grant("li", "admin")
    office.grant("wang", "admin")
    with office.acting("li"):
        for name in ("a", "b"):
            create_draft(office.studies / name, name=name, locale="en")
        with pytest.raises(AccessError) as caught:
            create_draft(office.studies / "c", name="c", locale="en")
        assert caught.value.code == "access_studies_limit"
        delete_study_folder(office.studies / "a")
        create_draft(office.studies / "c", name="c", locale="en")
    with office.acting("wang"):
        create_draft(office.studies / "d", name="d", locale="en")


# -- jobs, words, the log --------------------------------------------------------------------------


def test_a_job_acts_for_who_has_started_it(office: Office) -> None:
    kept = office.study("one")
    office.grant("li", "viewer")
    guard.install(lambda: PersonGuard(NOBODY))
    try:
        with office.acting("li"):
            job = Job(lambda progress: load_study(kept).study.name)
        assert job.result() == "手算"
        with pytest.raises(AccessError):
            Job(lambda progress: load_study(kept)).result()
    finally:
        guard.install(None)


@pytest.mark.parametrize("locale", LOCALES)
def test_a_refusal_says_who_what_which_and_whom_to_ask(office: Office, locale: str) -> None:
    office.study("one")
    office.grant("li", "editor", "one", "u1")
    words = words_for(locale)
    asked: list[tuple[str, Action, str]] = [("li", a, u) for a in ACTIONS for u in ("", "u2")]
    for user, action, unit in [*asked, *(("wang", a, u) for _, a, u in asked)]:
        person = Person(user)
        if may(person, action, "one", unit):
            continue
        with pytest.raises(AccessError) as caught:
            demand(person, action, "one", unit)
        (line,) = words.error(caught.value)
        assert user in line and "one" in line and "张三 8001" in line and "{" not in line
        assert unit in line or action in ("create", "rename", "delete") or user == "wang"


def test_a_log_that_cannot_be_written_stops_the_change_and_is_said(office: Office) -> None:
    kept = office.study("one")
    office.grant("li", "editor")
    before = _content(kept)
    (office.folder / "audit.jsonl").mkdir()
    with office.acting("li"), pytest.raises(OutputError) as caught:
        remove_layer(kept, "nothing")
    assert caught.value.code == "audit_unwritten" and _content(kept) == before
    with office.acting("wang"), pytest.raises(AccessError) as refused:
        remove_layer(kept, "nothing")
    assert [other.code for other in refused.value.others] == ["audit_unwritten"]


def test_the_former_grants_hold_while_server_toml_is_wrong(office: Office) -> None:
    office.study("one")
    office.grant("li", "viewer", "one")
    assert may(Person("li"), "read", "one")
    office.toml.write_text("studies = ", encoding="utf-8")
    assert may(Person("li"), "read", "one") and not may(Person("wang"), "read", "one")
    office.grant("wang", "viewer", "one")
    assert may(Person("wang"), "read", "one")


def test_a_server_with_a_wrong_server_toml_allows_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUARTERHOUR_SERVER", str(office.folder / "none.toml"))
    with pytest.raises(StudyError):
        may(Person("li"), "open", "one")
