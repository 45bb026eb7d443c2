"""The Containerfile and the compose file, without a container engine."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest
from integration_tests.containers.conftest import (
    COMPOSE,
    CONTAINERS,
    SERVICES,
    RunningEmulator,
    local_command,
)

CONTAINERFILE = (CONTAINERS / "Containerfile").read_text("utf-8")
ROOT = CONTAINERS.parent


def run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def test_compose_file_is_valid() -> None:
    specification = pytest.importorskip("compose_spec").PyCompose
    compose = specification.from_yaml(COMPOSE)
    compose.validate()
    assert compose.service_names() == ["emulator", "application"]
    with pytest.raises(ValueError, match="read_onli"):
        specification.from_yaml(COMPOSE.replace("read_only", "read_onli"))


def test_services_use_the_targets_and_files_of_the_containerfile() -> None:
    targets = re.findall(r"^FROM \S+ AS (\S+)$", CONTAINERFILE, re.MULTILINE)
    for service in SERVICES.values():
        assert service["build"]["target"] in targets
        assert (CONTAINERS / service["build"]["context"]).resolve() == ROOT
        assert (ROOT / service["build"]["dockerfile"]).is_file()
    assert targets[-1] == "emulator"  # the default


def test_ports_are_published_on_loopback_without_a_known_token() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert ports == ["127.0.0.1:8400:8400"]
    assert "--control-token" not in COMPOSE


def test_containers_do_not_run_as_root() -> None:
    stages = CONTAINERFILE.split("\nFROM ")
    (base,) = (stage for stage in stages if "AS base" in stage)
    assert re.search(r"^USER [1-9]\d*$", base, re.MULTILINE)
    for service in ("application", "emulator"):
        (stage,) = (stage for stage in stages if f"AS {service}\n" in stage)
        assert stage.startswith("base ")
        assert "USER" not in stage


@pytest.mark.slow
def test_copied_files_are_enough_to_build_the_package(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    copied = re.findall(r"^COPY (?!--from|containers)(.+) \S+$", CONTAINERFILE, re.MULTILINE)
    for name in " ".join(copied).split():
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    names = ZipFile(wheel).namelist()
    for folder in ("static/page.js", "static/page.css", "templates/page.html"):
        assert f"ionos_model_hub/emulator/page/{folder}" in names


@pytest.mark.slow
def test_application_reaches_the_emulator_under_its_service_name(
    running_emulator: RunningEmulator, application_environment: dict[str, str]
) -> None:
    host = httpx.URL(application_environment["IONOS_BASE_URL"]).host
    assert host in SERVICES
    command = local_command(SERVICES["application"]["command"], running_emulator.port)
    ran = run(command, application_environment)
    assert ran.returncode == 0, ran.stderr
    assert "harbour" in ran.stdout

    log = httpx.get(f"http://127.0.0.1:{running_emulator.port}/_emulator/requests").json()
    (request,) = log["requests"]
    assert request["headers"]["host"] == f"emulator:{running_emulator.port}"


@pytest.mark.slow
def test_application_needs_permission_for_http(
    running_emulator: RunningEmulator, application_environment: dict[str, str]
) -> None:
    command = local_command(SERVICES["application"]["command"], running_emulator.port)
    del application_environment["IONOS_ALLOW_HTTP"]
    ran = run(command, application_environment)
    assert ran.returncode == 1
    assert "IONOS_ALLOW_HTTP=1" in ran.stderr


@pytest.mark.slow
def test_health_check(running_emulator: RunningEmulator) -> None:
    check = re.search(r"HEALTHCHECK [^[]*CMD (\[.*\])", CONTAINERFILE)
    assert check
    command = json.loads(check[1])
    assert run(local_command(command, running_emulator.port), {}).returncode == 0
    assert run(local_command(command, 1), {}).returncode != 0  # nothing listens there
