"""The study's network in Keras itself, run by another interpreter: the oracle of our tests and benchmark.

    python _keras_lstm.py FOLDER

Needs keras, a backend and numpy, nothing of ttpline. Reads ``FOLDER/job.json`` and, but for ``words``, the arrays in
``FOLDER/in.npz`` (word numbers ``ids`` and weights by the names of ``_lstm_files.py``); writes ``FOLDER/out.npz`` and
versions and times to ``FOLDER/out.json``. The job is one of

    words     numbers of ``texts`` as Keras' Tokenizer gives them after ``learned`` texts
    forward   probabilities of ``ids``
    fit       weights after ``epochs`` over ``ids`` in order, without dropout, and the losses
    time      seconds of ``model.predict`` over ``ids``, ``repeat`` times
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "torch")

LAYERS = ("embedding", "kernel", "recurrent", "bias", "dense", "dense_bias")


def main(folder: Path) -> None:
    import keras
    import numpy as np

    job = json.loads((folder / "job.json").read_text())
    facts: dict[str, Any] = {"keras": keras.__version__, "backend": keras.backend.backend()}
    if facts["backend"] == "torch":
        import torch

        torch.set_num_threads(1)
        facts["torch"] = torch.__version__
    if job["do"] == "words":
        out: dict[str, Any] = {"ids": _words(job)}
    else:
        with np.load(folder / "in.npz", allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
        model = _network(keras, arrays, job)
        out = {"forward": _forward, "fit": _fit, "time": _time}[job["do"]](keras, model, arrays, job, facts)
    np.savez(folder / "out.npz", **out)
    (folder / "out.json").write_text(json.dumps(facts))


def _words(job: dict[str, Any]) -> Any:
    import numpy as np
    from keras.src.legacy.preprocessing.text import Tokenizer

    tokenizer = Tokenizer(num_words=job["vocabulary"], oov_token="<unk>", lower=True)
    tokenizer.fit_on_texts(job["learned"])
    ids = np.zeros((len(job["texts"]), job["length"]), np.int32)
    for row, numbers in enumerate(tokenizer.texts_to_sequences(job["texts"])):
        kept = numbers[: job["length"]]  # pad_sequences(padding="post", truncating="post")
        ids[row, : len(kept)] = kept
    return ids


def _network(keras: Any, arrays: dict[str, Any], job: dict[str, Any]) -> Any:
    words, width = arrays["embedding"].shape
    units, labels = arrays["dense"].shape
    model = keras.Sequential(
        [
            keras.layers.Input((arrays["ids"].shape[1],), dtype="int32"),
            keras.layers.Embedding(words, width, mask_zero=job.get("mask_zero", False)),
            keras.layers.LSTM(units),
            keras.layers.Dropout(job.get("dropout", 0.5)),
            keras.layers.Dense(labels, activation="softmax"),
        ]
    )
    model.set_weights([arrays[name] for name in LAYERS])
    return model


def _forward(keras: Any, model: Any, arrays: dict[str, Any], job: dict[str, Any], facts: dict[str, Any]) -> Any:
    return {"probabilities": model.predict(arrays["ids"], batch_size=32, verbose=0)}


def _fit(keras: Any, model: Any, arrays: dict[str, Any], job: dict[str, Any], facts: dict[str, Any]) -> Any:
    labels = arrays["dense"].shape[1]
    model.compile(keras.optimizers.Adam(job["lr"]), loss="categorical_crossentropy")
    history = model.fit(
        arrays["ids"],
        keras.utils.to_categorical(arrays["targets"], labels),
        sample_weight=arrays["weights"],
        validation_data=(
            arrays["dev_ids"], keras.utils.to_categorical(arrays["dev_targets"], labels), arrays["dev_weights"],
        ),
        batch_size=job["batch"],
        epochs=job["epochs"],
        shuffle=False,
        verbose=0,
    )  # fmt: skip
    facts["loss"], facts["validation_loss"] = history.history["loss"], history.history["val_loss"]
    return dict(zip(LAYERS, model.get_weights(), strict=True))


def _time(keras: Any, model: Any, arrays: dict[str, Any], job: dict[str, Any], facts: dict[str, Any]) -> Any:
    ids = arrays["ids"]
    model.predict(ids[:320], batch_size=32, verbose=0)
    facts["seconds"] = []
    for _ in range(job["repeat"]):
        start = time.perf_counter()
        probabilities = model.predict(ids, batch_size=32, verbose=0)
        facts["seconds"].append(time.perf_counter() - start)
    return {"probabilities": probabilities}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
