"""The files for Docker, read as Docker would, because no Docker engine runs the tests."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from config.env import KNOWN
from embedded.folders import PROJECT

PRODUCT = ("prepare", "web", "worker", "beat")
ONLY_FOR_TOOLING = {"DBX_ADMIN_URL"}  # read by `python -m embedded bootstrap`
SECRET = re.compile(r"PASSWORD|SECRET|KEY")
VARIABLE = re.compile(r"\$\{(\w+)(:[?-][^}]*)?\}")

TEXT = (PROJECT / "docker-compose.yml").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["services"]
DOCKERFILE = (PROJECT / "Dockerfile").read_text()


def test_the_services_are_these() -> None:
    assert set(SERVICES) == {"postgres", "redis", *PRODUCT}


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"prepare"}))
def test_every_lasting_service_has_a_health_check(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] in {"CMD", "CMD-SHELL"}
    assert {"interval", "timeout", "retries"} <= set(check)


def test_the_preparation_runs_once() -> None:
    assert SERVICES["prepare"]["restart"] == "no"
    assert SERVICES["prepare"]["healthcheck"] == {"disable": True}


def test_the_preparation_waits_for_its_servers() -> None:
    healthy = {"condition": "service_healthy"}
    assert SERVICES["prepare"]["depends_on"] == {"postgres": healthy, "redis": healthy}


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_the_product_waits_for_the_preparation(name: str) -> None:
    prepared = SERVICES[name]["depends_on"]["prepare"]
    assert prepared == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize("name", SERVICES)
def test_images_are_pinned(name: str) -> None:
    assert re.fullmatch(r"[\w./-]+:\d[\w.-]*", SERVICES[name]["image"])


def test_the_image_is_built_on_a_pinned_one() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert len(bases) == 2
    assert all(re.fullmatch(r"python:\d\.\d+-slim", base) for base in bases)


DERIVED_WHEN_EMPTY = {"DBX_ENCRYPTION_KEYS", "DBX_API_KEY_PEPPERS"}


def test_no_secret_has_a_default() -> None:
    found = [(name, rest) for name, rest in VARIABLE.findall(TEXT) if SECRET.search(name)]
    assert {name for name, _ in found} == {
        "POSTGRES_PASSWORD",
        "DBX_OWNER_PASSWORD",
        "DBX_APP_PASSWORD",
        "DBX_READER_PASSWORD",
        "DBX_SECRET_KEY",
        *DERIVED_WHEN_EMPTY,
    }
    assert all(rest.startswith(":?") for name, rest in found if name not in DERIVED_WHEN_EMPTY)
    assert all(rest == ":-" for name, rest in found if name in DERIVED_WHEN_EMPTY)


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_is_written_plainly(name: str) -> None:
    for variable, value in SERVICES[name]["environment"].items() if name != "redis" else ():
        if SECRET.search(variable) or re.search(r"//[^/]*:[^/]*@", value):
            assert "${" in value


@pytest.mark.parametrize("name", PRODUCT)
def test_every_variable_is_one_the_product_knows(name: str) -> None:
    assert set(SERVICES[name]["environment"]) <= set(KNOWN) | ONLY_FOR_TOOLING


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_only_the_preparation_may_change_tables(name: str) -> None:
    environment = SERVICES[name]["environment"]
    assert "dbx_app" in environment["DATABASE_URL"]
    assert not {"DATABASE_OWNER_URL", "DBX_ADMIN_URL"} & set(environment)


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_open_on_this_machine_only(name: str) -> None:
    ports = SERVICES[name].get("ports", [])
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert bool(ports) == (name == "web")


def test_everything_asked_for_is_in_the_example_file() -> None:
    example = (PROJECT / ".env.example").read_text()
    for name, _ in VARIABLE.findall(TEXT):
        assert re.search(rf"^#?{name}=", example, re.MULTILINE), name


def test_the_example_file_holds_no_secret() -> None:
    example = (PROJECT / ".env.example").read_text()
    filled = re.findall(r"^(\w+)=(.+)$", example, re.MULTILINE)
    assert not [name for name, _ in filled if SECRET.search(name)]


@pytest.mark.parametrize("name", PRODUCT)
def test_the_product_runs_without_privileges(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True


def test_the_image_does_not_run_as_root() -> None:
    last_stage = DOCKERFILE.rpartition("FROM ")[2]
    assert re.search(r"^USER (?!root)\w+$", last_stage, re.MULTILINE)


def test_the_image_has_a_health_check() -> None:
    assert '"embedded", "health"' in DOCKERFILE


def test_all_that_the_image_needs_is_let_through() -> None:
    let_through = re.findall(r"^!(\S+)$", (PROJECT / ".dockerignore").read_text(), re.MULTILINE)
    assert {"accounts", "aviation", "config", "embedded", "manage.py"} <= set(let_through)
    assert all((PROJECT / name).exists() for name in let_through)
