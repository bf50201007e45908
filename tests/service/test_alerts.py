"""Every alert names what /metrics tells, and has a paragraph in the runbook."""

import json
import re

import pytest
import yaml
from django.test import Client

from config.environment import BASE_DIR

RULES = [
    rule
    for group in yaml.safe_load((BASE_DIR / "ops/prometheus/alerts.yaml").read_text())["groups"]
    for rule in group["rules"]
]
BOARD = json.loads((BASE_DIR / "ops/grafana/connect.json").read_text())
EXPRESSIONS = [rule["expr"] for rule in RULES] + [
    target["expr"] for panel in BOARD["panels"] for target in panel.get("targets", [])
]
METRIC = re.compile(r"\b(?:connect|http_server)_\w+(?=[{\s\[)]|$)")
LABELS = re.compile(r"[{,]\s*(\w+)\s*(?:=~|!~|!=|=)")
RUNBOOK = (BASE_DIR / "docs/runbook.md").read_text()


pytestmark = pytest.mark.django_db


@pytest.fixture
def metrics(client: Client, alice, sandbox, settings) -> str:
    settings.METRICS_OPEN = True
    alice.connected("tiktok")
    return client.get("/metrics").content.decode()


def test_what_is_asked_for_is_told(metrics):
    families = set(re.findall(r"^# TYPE (\S+) ", metrics, re.MULTILINE))
    asked = {name for text in EXPRESSIONS for name in METRIC.findall(text)}
    assert len(asked) > 15
    assert {re.sub(r"_(count|bucket)$", "", name) for name in asked} - families == set()


def test_and_so_are_its_labels(metrics):
    labels = set(re.findall(r'[{,](\w+)="', metrics)) | {"job", "instance", "kind"}
    assert {label for text in EXPRESSIONS for label in LABELS.findall(text)} - labels == set()


def test_each_alert_has_its_paragraph_and_no_paragraph_is_left_over():
    headings = re.findall(r"^## (\S+)$", RUNBOOK, re.MULTILINE)
    assert sorted(headings) == sorted(rule["alert"] for rule in RULES)
    for rule in RULES:
        assert rule["annotations"]["runbook"] == f"docs/runbook.md#{rule['alert'].lower()}"
        paragraph = RUNBOOK.split(f"## {rule['alert']}\n\n")[1]
        assert paragraph.lower().startswith(rule["labels"]["severity"]), rule["alert"]


def test_each_is_tried():
    tried = (BASE_DIR / "ops/prometheus/alerts_test.yaml").read_text()
    assert [rule["alert"] for rule in RULES if f'alertname="{rule["alert"]}"' not in tried] == []


def test_commands_and_settings_of_the_runbook_exist():
    known = (BASE_DIR / ".env.example").read_text() + (BASE_DIR / "docs/operations.md").read_text()
    assert [name for name in re.findall(r"`((?:[A-Z]+_)+[A-Z]+)`", RUNBOOK) if name not in known] == []
    commands = {path.stem for path in BASE_DIR.glob("*/**/management/commands/*.py")}
    assert set(re.findall(r"manage\.py\s+(\w+)", RUNBOOK)) - commands == set()
