"""What the documents say can be typed, and what they list is what there is."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from config.env import KNOWN

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_FENCE = re.compile(r"```sh\n(.*?)```", re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def command_lines(program: str) -> list[tuple[str, str]]:
    """Every line of a shell block that runs ``program``: (document, arguments)."""
    found = []
    for document in DOCUMENTS:
        for block in _FENCE.findall(document.read_text()):
            for line in block.splitlines():
                _, called, arguments = line.partition(f"{program} ")
                if called:
                    found.append((document.name, arguments.split("#")[0].strip()))
    return found


def documents_links() -> list[tuple[Path, str]]:
    return [(each, link) for each in DOCUMENTS for link in _LINK.findall(each.read_text())]


@pytest.mark.parametrize(("document", "arguments"), command_lines("manage.py"))
def test_manage_command_is_real_and_takes_these_arguments(document: str, arguments: str) -> None:
    name, *rest = shlex.split(arguments)
    app = get_commands().get(name)
    assert app is not None, f"{document}: manage.py {name} does not exist"
    parser = load_command_class(str(app), name).create_parser("manage.py", name)
    parser.parse_args(rest)


@pytest.mark.parametrize(("document", "arguments"), command_lines("make"))
def test_make_target_is_real(document: str, arguments: str) -> None:
    target = re.match(r"[a-z]+", arguments)
    assert target is not None
    assert re.search(rf"^[a-z ]*\b{target[0]}\b[a-z ]*:", (ROOT / "Makefile").read_text(), re.M)


@pytest.mark.parametrize(
    ("document", "link"), documents_links(), ids=lambda value: getattr(value, "name", value)
)
def test_link_leads_somewhere(document: Path, link: str) -> None:
    assert (document.parent / link).exists(), f"{document.name} links to {link}"


def test_install_lists_every_setting_and_no_other() -> None:
    listed = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "install.md").read_text(), re.M)
    assert listed == list(KNOWN)
