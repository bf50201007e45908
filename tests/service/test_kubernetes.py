"""The manifests start what the compose file starts, with variables that exist, under what a hardened cluster allows."""

import os
import re
import subprocess
import sys
from itertools import chain

import pytest
import yaml
from django.urls import resolve

from config.environment import BASE_DIR
from config.fresh_env import fresh

FOLDER = BASE_DIR / "ops" / "kubernetes"
DOCUMENTS = [one for path in sorted(FOLDER.glob("*.yaml")) for one in yaml.safe_load_all(path.read_text())]
PODS = {
    one["metadata"]["labels"]["part"]: one["spec"]["template"]["spec"]
    for one in DOCUMENTS
    if "template" in one.get("spec", {})
}
VALUES = dict(chain.from_iterable((one.get("data") or one.get("stringData") or {}).items() for one in DOCUMENTS))
COMPOSE = yaml.safe_load((BASE_DIR / "docker-compose.yml").read_text())["services"]


def test_each_process_is_there():
    assert set(PODS) == {"web", "worker", "planner", "beat", "migration"}


@pytest.mark.parametrize("part", ["web", "worker", "planner", "beat"])
def test_it_is_started_as_the_compose_file_starts_it(part):
    assert PODS[part]["containers"][0].get("command") == COMPOSE[part].get("command")


@pytest.mark.parametrize("part", PODS)
def test_it_is_nobody_and_writes_nowhere_but_tmp(part):
    pod, (container,) = PODS[part], PODS[part]["containers"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert f"USER {pod['securityContext']['runAsUser']}" in (BASE_DIR / "Dockerfile").read_text()
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert container["volumeMounts"] == [{"name": "tmp", "mountPath": "/tmp"}]
    assert pod["volumes"] == [{"name": "tmp", "emptyDir": {}}]


def test_its_probes_ask_what_is_there():
    container = PODS["web"]["containers"][0]
    asked = {name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "liveness", "readiness")}
    assert asked == {"startup": "/health/live", "liveness": "/health/live", "readiness": "/health/ready"}
    assert {resolve(path).func.__name__ for path in asked.values()} == {"live", "ready"}
    assert container["readinessProbe"]["timeoutSeconds"] >= 3


def test_a_worker_may_end_what_it_began():
    assert PODS["worker"]["terminationGracePeriodSeconds"] > PODS["beat"]["terminationGracePeriodSeconds"]


def test_production_starts_with_their_variables_and_knows_each():
    example = (BASE_DIR / ".env.example").read_text()
    named = set(re.findall(r"^#? ?([A-Z_]+)=", example, re.MULTILINE))
    own = {one["name"] for pod in PODS.values() for one in pod["containers"][0].get("env", [])}
    assert set(VALUES) | own <= named
    command = [sys.executable, "-c", "import config.settings"]
    keys = re.findall(r"^((?:SECRET|CONNECT_TOKEN|CONNECT_IDENTITY)_KEYS?)=(.*)$", fresh(example), re.MULTILINE)
    assert len(keys) == 3  # the manifests have no keys of their own: nobody should start with published ones
    environment = {"PATH": os.environ["PATH"], **VALUES, **dict(keys)}
    done = subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
