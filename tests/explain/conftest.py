"""Models and a small knowledge that explanations are tested with."""

import csv
from pathlib import Path

import pytest

from ttpline.commands.understand import Understander
from ttpline.domain.labelled import LabelledCommand
from ttpline.knowledge.load import read_knowledge
from ttpline.models.hybrid import Hybrid
from ttpline.models.tfidf_lr import TfidfLr
from ttpline.testing.fixed_classifier import FixedClassifier
from ttpline.testing.small_model import small_model


@pytest.fixture(scope="session")
def additive() -> TfidfLr:
    """A model whose parts add up."""
    return small_model()


@pytest.fixture(scope="session")
def hybrid(root: Path) -> Hybrid:
    """Trained on the samples, with the packaged knowledge."""
    with (root / "samples/commands.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            LabelledCommand(row["command"], row["technique"], group=row["group"], count=float(row["count"]))
            for row in csv.DictReader(file)
        ]
    model = Hybrid()
    model.fit(rows, [], seed=0)
    return model


@pytest.fixture
def fixed() -> FixedClassifier:
    """Answers what it was told to, for a few parts of commands."""
    return FixedClassifier(
        {
            "/etc/shadow": ("T1003.008", "OS Credential Dumping", "credential-access", 0.9),
            "| nc": ("T1095", "Non-Application Layer Protocol", "command-and-control", 0.3),
            "schtasks": ("T1053.005", "Scheduled Task/Job", "persistence", 0.8),
            "-enc": ("T1027.010", "Obfuscated Files or Information", "defense-evasion", 0.7),
            "bash_history": ("T1070.003", "Indicator Removal", "defense-evasion", 0.95),
            "curl": ("T1105", "Ingress Tool Transfer", "command-and-control", 0.6),
        }
    )


@pytest.fixture(scope="session")
def small_knowledge() -> Understander:
    """What ``knowledge.yaml`` says, and nothing else."""
    knowledge, _ = read_knowledge([Path(__file__).with_name("knowledge.yaml")])
    return Understander(knowledge)
