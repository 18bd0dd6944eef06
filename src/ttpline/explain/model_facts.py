"""What a model is, as facts for ``models show``."""

from dataclasses import asdict
from typing import Any

from ttpline.models.base import CommandClassifier


def model_facts(model: CommandClassifier) -> dict[str, Any]:
    """Name, digest, family, labels, parameters, thresholds, and the manifest that its training left."""
    return {
        "name": model.ref.name,
        "digest": model.ref.digest,
        "family": model.family,
        "attack_version": model.attack_version,
        "labels": list(model.labels),
        "label_count": len(model.labels),
        "thresholds": {"attack": model.thresholds.attack, "normal": model.thresholds.normal},
        "temperature": model.temperature,
        "params": asdict(model.params),
        "manifest": model.manifest,
    }
