"""Scoring imports nothing it does not need."""

import subprocess
import sys
from pathlib import Path

from tests.models.conftest import VARIANTS, fitted

SCRIPT = """
import sys
from ttpline.models._load import load_model
model = load_model(sys.argv[1])
model.predict(["cat /etc/shadow"], explain=False)
model.probabilities(["cat /etc/shadow"])
heavy = {"sklearn", "scipy", "polars", "pandas"} & set(sys.modules)
assert not heavy, f"one command imported {heavy}"
model.predict(["cat /etc/shadow"])
model.predict(["cat /etc/shadow"] * 50)
model.explain_text("cat /etc/shadow", model.labels[0])
assert "sklearn" not in sys.modules, "scoring imported scikit-learn"
assert not {"pickle", "joblib"} & {name for name in sys.modules if name == "joblib"}
"""


def test_scoring_never_imports_scikit_learn_and_one_command_neither_polars_nor_scipy(tmp_path: Path) -> None:
    fitted(VARIANTS["both"]).save(tmp_path / "model")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "model")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
