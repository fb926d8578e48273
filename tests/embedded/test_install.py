"""Keeping `.venv` as the lock files say; pip itself is replaced by a note of what it was asked."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from embedded import install


class Machine:
    """A project folder with an environment that works, and what was done to it."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.version = install.dotted(sys.version_info[:2])
        self.done: list[str] = []

    def write_lock(self, kind: str, text: str) -> None:
        (self.project / install.LOCKS[kind]).write_text(text)

    def after(self, kind: str, this_python: bool = False) -> list[str]:
        """Return what `install` does when it is asked for that kind."""
        self.done.clear()
        install.main(kind, this_python)
        return list(self.done)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path)
    for kind in install.LOCKS:
        made.write_lock(kind, kind)
    monkeypatch.setattr(install, "PROJECT", tmp_path)
    monkeypatch.setattr(install, "NOTE", tmp_path / "installed.json")
    monkeypatch.setattr(install, "version_inside", lambda: made.version)
    monkeypatch.setattr(install, "make_venv", lambda: made.done.append("venv"))
    monkeypatch.setattr(install, "install", made.done.append)
    return made


def test_the_first_call_installs_the_lock(machine: Machine) -> None:
    assert machine.after("run") == ["requirements.lock"]


def test_an_unchanged_lock_costs_nothing(machine: Machine) -> None:
    machine.after("run")
    assert machine.after("run") == []


def test_a_changed_lock_is_installed(machine: Machine) -> None:
    machine.after("run")
    machine.write_lock("run", "newer")
    assert machine.after("run") == ["requirements.lock"]


def test_the_packages_for_developers_include_those_to_run(machine: Machine) -> None:
    machine.after("dev")
    assert machine.after("run") == []


def test_the_packages_to_run_do_not_include_those_for_developers(machine: Machine) -> None:
    machine.after("run")
    assert machine.after("dev") == ["requirements-dev.lock"]


def test_other_versions_to_run_make_those_for_developers_doubtful(machine: Machine) -> None:
    machine.after("dev")
    machine.write_lock("run", "newer")
    machine.after("run")
    assert machine.after("dev") == ["requirements-dev.lock"]


def test_a_failed_installation_is_done_again(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.after("run")
    machine.write_lock("run", "newer")
    with monkeypatch.context() as broken:
        broken.setattr(install, "install", lambda _lock: sys.exit("no network"))
        with pytest.raises(SystemExit):
            install.main("run", this_python=False)
    machine.write_lock("run", "run")
    assert machine.after("run") == ["requirements.lock"]


def test_an_environment_that_does_not_work_is_made_anew(machine: Machine) -> None:
    machine.after("run")
    machine.version = ""
    assert machine.after("run") == ["venv", "requirements.lock"]


def test_another_python_is_kept_unless_one_was_named(machine: Machine) -> None:
    machine.after("run")
    machine.version = "3.99"
    assert machine.after("run") == []
    assert machine.after("run", this_python=True) == ["venv", "requirements.lock"]


def test_an_old_python_is_refused_with_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))
    with pytest.raises(SystemExit, match=r"3\.11 or newer is needed.*make run PYTHON="):
        install.make_venv()
