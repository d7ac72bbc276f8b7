"""Audio classifiers of Transformers: whatever its AutoModelForAudioClassification loads."""

import json
import logging
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from curation.errors import ConfigError, model_failure
from curation.services import RATE, Probabilities, Samples

NEEDED = (
    "config.json",
    "preprocessor_config.json",
    "model.safetensors|model.safetensors.index.json|pytorch_model.bin|pytorch_model.bin.index.json",
)

# What Transformers leaves out of config.json, for it is what it assumes.
_ASSUMED = {"0": "LABEL_0", "1": "LABEL_1"}
# Weights that are used in training alone, and that some models are published without.
_TRAINING = ("masked_spec_embed",)


def labels_of(folder: Path) -> tuple[str, ...]:
    """Return the labels of a model in the order of its answers, without loading it.

    Raises ConfigError where it is no classifier of 16 kHz sound whose labels exclude each other.
    """
    config, extractor = (_read(folder / name) for name in NEEDED[:2])
    kind = config.get("problem_type") or "single_label_classification"
    if kind != "single_label_classification":
        raise ConfigError(f"classifier {folder}: its labels do not exclude each other (problem_type {kind})")
    if extractor.get("sampling_rate") != RATE:
        raise ConfigError(
            f"classifier {folder}: it is for sound at {extractor.get('sampling_rate')} Hz "
            f"(sampling_rate in {NEEDED[1]}); expected one for {RATE}"
        )
    labels = config.get("id2label") or _ASSUMED
    return tuple(str(labels[number]) for number in sorted(labels, key=int))


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConfigError(f"classifier {path.parent}: {path.name} cannot be read: {error}") from error
    return dict(found)


class AudioClassifier:
    """A classifier, loaded from its folder, on `cpu` or `cuda`. No code that the folder may hold is run.

    On one machine the answer follows from the samples alone, to the bit on a CPU.
    """

    def __init__(self, folder: Path, device: str) -> None:
        # it is read when the library is imported: nothing is fetched
        os.environ["HF_HUB_OFFLINE"] = "1"
        import torch

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on formats that are old
            from transformers import AutoFeatureExtractor, AutoModelForAudioClassification

            logging.getLogger("transformers").setLevel(logging.ERROR)
            ours: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
            try:
                self._extractor: Any = AutoFeatureExtractor.from_pretrained(folder, **ours)
                model, loaded = AutoModelForAudioClassification.from_pretrained(
                    folder, **ours, output_loading_info=True
                )
            except (OSError, RuntimeError, ValueError) as error:
                reason = str(error).splitlines()[0]
                raise ConfigError(f"classifier {folder}: Transformers cannot load it: {reason}") from error
        # the library would draw them at random
        if missing := sorted(name for name in loaded["missing_keys"] if not name.endswith(_TRAINING)):
            raise ConfigError(f"classifier {folder}: it lacks weights, such as {missing[0]}; is it a classifier?")
        torch.set_num_threads(1)
        self._torch = torch
        self._device = device
        self._model: Any = model.eval().to(device)

    def probabilities(self, stretches: Samples) -> Probabilities:
        """Return the mean over the stretches of how likely each label is."""
        try:
            # of equal lengths none is padded, so that none depends on the others
            asked = self._extractor(list(stretches), sampling_rate=RATE, return_tensors="pt").to(self._device)
            with self._torch.inference_mode():
                scores = self._model(**asked).logits.double().softmax(dim=-1).mean(dim=0).cpu().numpy()
        except (IndexError, RuntimeError, ValueError) as error:
            raise model_failure("Transformers", error) from error
        if not np.isfinite(scores).all():
            raise model_failure("Transformers", ValueError("the scores are not finite"))
        return np.asarray(scores, np.float64)
