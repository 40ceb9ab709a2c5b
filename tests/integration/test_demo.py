"""``smvm demo`` and ``smvm up`` as a user runs them: processes of their own, on the real stack."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from smvm_common.identifiers import ARTIFACT_NAMES
from support.leftovers import eventually, processes_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SMVM = [sys.executable, "-c", "from smvm_common.command import main; main()"]
IDEA = """
idea:
  description: Bread from the village bakery, brought to the door by bicycle each morning
  domain: food delivery
  metadata: {target_customers: families in small towns, competitive_advantage: no waste}
project_id: PROJ-BREAD
"""


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess:
    command = [*SMVM, *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=500)


def test_the_demo_ends_with_a_decision_and_the_eight_artefacts(tmp_path):
    done = run("demo", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout
    for step in ("T0:", "T0+3 min: the gate", "T0+30 days", "T32: the decision"):
        assert step in said
    assert re.search(r"\b(GO|CONDITIONAL GO|NO-GO)   confidence \d+%", said)
    assert "every signature verified, in order" in said
    (folder,) = tmp_path.glob(".smvm/store/runs/PROJ-2024-001/validation/RUN-*")
    assert f"in {folder.relative_to(tmp_path)}" in said
    assert sorted(path.name for path in folder.iterdir()) == sorted(ARTIFACT_NAMES)
    decision = json.loads((folder / "decision.output.json").read_text())
    assert " ".join(decision["decision_recommendation"]["plain_words"].split())[:40] in said
    assert (folder / "analysis_report.pdf").read_bytes().startswith(b"%PDF")
    assert processes_of(tmp_path) == []


def test_an_idea_of_ones_own_on_s3_without_keeping(tmp_path):
    (tmp_path / "idea.yaml").write_text(IDEA)
    done = run("demo", "--idea", "idea.yaml", "--store", "s3", "--no-keep", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "village bakery" in done.stdout
    for name in ("idea.input.json", "decision.output.json", "validation_summary.json"):
        assert name in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["idea.yaml"]
    assert eventually(lambda: processes_of(Path("/tmp/smvm-demo-")) == [])
