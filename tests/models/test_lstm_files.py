"""``lstm`` on disk and without torch: safe to load, the same answers from onnxruntime as from torch."""

import hashlib
import json
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: pip install 'ttpline[deep]'")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: pip install 'ttpline[deep]'")

from tests.models.lstm_samples import SMALL, commands, fitted  # noqa: E402

from ttpline.commands.normalise import model_text  # noqa: E402
from ttpline.errors import ModelFormatError, NotFittedError  # noqa: E402
from ttpline.models._document import DIGEST_FILE, MODEL_FILE  # noqa: E402
from ttpline.models._folder import load_folder  # noqa: E402
from ttpline.models._lstm_files import GRAPH_FILE, WEIGHTS_FILE, to_safetensors  # noqa: E402
from ttpline.models._lstm_network import Network  # noqa: E402
from ttpline.models._lstm_words import WordIndex  # noqa: E402
from ttpline.models.lstm import Lstm  # noqa: E402
from ttpline.testing.check_classifier import HOSTILE, check_classifier  # noqa: E402


@pytest.fixture(scope="module")
def model() -> Lstm:
    return fitted(epochs=3)


def torch_logits(model: Lstm, texts: list[str]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    params = model.params
    assert model._parts is not None
    index = WordIndex(model._parts.words, lowercase=params.lowercase, filters=params.filters)
    ids = index.ids([model_text(text) for text in texts], params.length)
    with torch.no_grad():
        return np.asarray(Network(model.arrays(), params).logits(ids).numpy())


def resign(folder: Path) -> None:
    """Make every digest right again, as whoever may write the folder can."""
    document = json.loads((folder / MODEL_FILE).read_text())
    for name, entry in document["files"].items():
        raw = (folder / name).read_bytes()
        entry["sha256"], entry["bytes"] = hashlib.sha256(raw).hexdigest(), len(raw)
    raw = json.dumps(document).encode()
    (folder / MODEL_FILE).write_bytes(raw)
    (folder / DIGEST_FILE).write_text(f"sha256:{hashlib.sha256(raw).hexdigest()}\n")


@pytest.mark.parametrize("mask_zero", [False, True])
def test_the_contract_is_kept(tmp_path: Path, mask_zero: bool) -> None:
    check_classifier(lambda: Lstm(replace(SMALL, epochs=1, mask_zero=mask_zero)), tmp_path)


@pytest.mark.parametrize("mask_zero", [False, True])
def test_torch_and_onnxruntime_give_the_same_label_to_thousands_of_commands(mask_zero: bool) -> None:
    model = fitted(epochs=10, patience=10, mask_zero=mask_zero)
    texts = [command for command, _ in commands(5000, seed=5)] + list(HOSTILE)
    ours, theirs = model.logits(texts), torch_logits(model, texts)
    np.testing.assert_array_equal(ours.argmax(axis=1), theirs.argmax(axis=1))
    np.testing.assert_allclose(ours, theirs, atol=2e-5)
    assert len(set(ours.argmax(axis=1).tolist())) == len(model.labels)


def test_threads_change_no_bit(model: Lstm) -> None:
    texts = [command for command, _ in commands(500, seed=6)]
    before = model.probabilities(texts)
    model.use_threads(2)
    np.testing.assert_array_equal(model.probabilities(texts), before)
    model.use_threads(1)


def test_temperature_is_applied_to_the_logits(model: Lstm) -> None:
    texts = [command for command, _ in commands(20)]
    logits = model.logits(texts).astype(np.float64)
    model.temperature = 2.5
    powers = np.exp(logits / 2.5)
    np.testing.assert_allclose(model.probabilities(texts), powers / powers.sum(axis=1, keepdims=True), atol=1e-6)
    model.temperature = 1.0


def test_scoring_a_saved_model_never_imports_torch_nor_onnx(model: Lstm, tmp_path: Path) -> None:
    model.save(tmp_path / "saved")
    script = (
        "import sys\n"
        "from ttpline.models._load import load_model\n"
        "model = load_model(sys.argv[1])\n"
        "prediction = model.predict(['cat /etc/shadow'])[0]\n"
        "assert prediction.techniques\n"
        "heavy = {'torch', 'onnx', 'sklearn', 'keras'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "saved")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_a_model_can_go_to_another_process(model: Lstm) -> None:
    copy = pickle.loads(pickle.dumps(model))  # what multiprocessing does; no file is read so
    np.testing.assert_array_equal(copy.probabilities(["cat /etc/shadow"]), model.probabilities(["cat /etc/shadow"]))


def test_a_graph_that_is_not_that_of_the_weights_is_never_run(model: Lstm, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    model.save(folder)
    other = tmp_path / "other"
    fitted(epochs=1, seed=99).save(other)
    for raw in ((other / GRAPH_FILE).read_bytes(), b"", b"\x08\x08"):
        (folder / GRAPH_FILE).write_bytes(raw)
        resign(folder)
        with pytest.raises(ModelFormatError, match="not the graph of these weights"):
            load_folder(folder)


@pytest.mark.parametrize("change", ["shape", "missing", "nan", "type"])
def test_weights_that_do_not_fit_are_refused(model: Lstm, tmp_path: Path, change: str) -> None:
    folder = tmp_path / "saved"
    model.save(folder)
    arrays = model.arrays()
    if change == "shape":
        arrays["dense"] = arrays["dense"][:, :-1]
    elif change == "missing":
        del arrays["bias"]
    elif change == "nan":
        arrays["bias"] = np.full_like(arrays["bias"], np.nan)
    else:
        arrays["bias"] = arrays["bias"].astype(np.float64)
    (folder / WEIGHTS_FILE).write_bytes(to_safetensors(arrays))
    resign(folder)
    with pytest.raises(ModelFormatError, match=r"arrays|finite"):
        load_folder(folder)


@pytest.mark.parametrize("raw", [b"[]", b'["a","a"]', b'{"a": 1}', b"[", b"[1]"])
def test_a_vocabulary_that_does_not_fit_is_refused(model: Lstm, tmp_path: Path, raw: bytes) -> None:
    folder = tmp_path / "saved"
    model.save(folder)
    (folder / "vocabulary.json").write_bytes(raw)
    resign(folder)
    with pytest.raises(ModelFormatError):
        load_folder(folder)


def test_a_model_that_knows_nothing_says_so(tmp_path: Path) -> None:
    for use in (lambda: Lstm().logits(["id"]), Lstm().arrays, lambda: Lstm().write(tmp_path)):
        with pytest.raises(NotFittedError):
            use()
