"""What of the lock each platform and version of Python gets."""

from __future__ import annotations

import re

import pytest

from geo.base.errors import QuestionError
from server.bundle.project_files import PROJECT_FILES
from server.bundle.targets import PYTHONS, Target, lock_entries, locked_for, targets_of

LOCK = """# made by hand
both==1.0 \\
    --hash=sha256:{a} \\
    --hash=sha256:{b}
    # via nothing
colours==2.0 ; sys_platform == 'win32' \\
    --hash=sha256:{a}
numbers==3.0 ; python_full_version < '3.12' \\
    --hash=sha256:{a}
numbers==4.0 ; python_full_version >= '3.12' \\
    --hash=sha256:{b}
""".format(a="a" * 64, b="b" * 64)


@pytest.mark.parametrize(
    ("platform", "python", "expected"),
    [
        ("linux", "3.11", ["both==1.0", "numbers==3.0"]),
        ("windows", "3.11", ["both==1.0", "colours==2.0", "numbers==3.0"]),
        ("windows", "3.13", ["both==1.0", "colours==2.0", "numbers==4.0"]),
    ],
)
def test_markers_are_asked_about_the_target(
    platform: str, python: str, expected: list[str]
) -> None:
    found = locked_for(lock_entries(LOCK), Target(platform, python))
    assert [entry.pin.partition(" ")[0] for entry in found] == expected
    assert found[0].hashes == ("a" * 64, "b" * 64)
    assert found[0].pin.count("--hash=sha256:") == 2


def test_every_package_of_the_lock_has_hashes_and_one_version_for_a_target() -> None:
    text = (PROJECT_FILES / "requirements.lock").read_text(encoding="utf-8")
    entries = lock_entries(text)
    assert sum(len(entry.hashes) for entry in entries) == text.count("--hash=sha256:")
    assert len(entries) == len(re.findall(r"^[a-z0-9][^\n]*==", text, re.MULTILINE))
    for target in targets_of("all", ()):
        names = [entry.requirement.name for entry in locked_for(entries, target)]
        assert len(names) == len(set(names)) > 80, target
        assert ("colorama" in names) == (target.platform == "windows")


def test_the_options_choose_targets() -> None:
    assert len(targets_of("all", ())) == 2 * len(PYTHONS)
    assert targets_of("linux", ["3.12"]) == [Target("linux", "3.12")]
    for platform, pythons, code in (
        ("mac", (), "bundle_platform"),
        ("all", ("3.10",), "bundle_python"),
    ):
        with pytest.raises(QuestionError) as caught:
            targets_of(platform, pythons)
        assert (
            caught.value.code == code and "3.1" in str(caught.value.params)
        ) or platform == "mac"
