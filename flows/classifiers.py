"""The classifiers that settings name, found and checked before any work, without loading any."""

import json
from importlib.metadata import version

from curation import audio
from curation.adapters.audio_classifier import NEEDED, labels_of
from curation.errors import ConfigError, nearest
from curation.hub import found
from curation.settings import ClassifierSettings, ProfileSettings
from curation.taxonomy import Taxonomy
from curation.voice_profile import VERSION
from flows.models import check_gpu
from flows.profiler import Chosen, Profiler

_LIBRARIES = ("torch", "transformers")


def checked(settings: ProfileSettings, taxonomy: Taxonomy) -> Profiler:
    """Find, download and check the classifiers that settings name.

    Raises ConfigError for one that is not there or not the one that is pinned, for classes that the taxonomy does not
    have, for labels that do not fit the model, and for a GPU that is not there.
    """
    if settings.classifiers and settings.device == "cuda":
        check_gpu("profile")
    classifiers, witnesses = [], [f"profile@{VERSION}, {audio.witness()}"]
    files: dict[str, str] = {}
    for name, classifier in sorted(settings.classifiers.items()):
        table = f"profile.classifiers.{name}"
        _check_classes(table, classifier, taxonomy)
        model = found(table, classifier, NEEDED)
        classes = _classes(table, classifier, labels_of(model.folder))
        classifiers.append(Chosen(name, classifier.attribute, classes, model.folder, settings.device))
        files |= {f"{name}/{path}": sha256 for path, sha256 in model.files.items()}
        # a folder may be moved; a model of the hub is known by its id
        known_as = classifier.folder.name if classifier.folder else classifier.model
        witnesses.append(f"{name}: {known_as} {model.sha256[:12]} says {classifier.attribute} {json.dumps(classes)}")
    if classifiers:
        witnesses += [settings.device, ", ".join(f"{library} {version(library)}" for library in _LIBRARIES)]
    return Profiler(tuple(classifiers), "; ".join(witnesses), files)


def _check_classes(table: str, classifier: ClassifierSettings, taxonomy: Taxonomy) -> None:
    attribute = taxonomy.attributes.get(classifier.attribute)
    if attribute is None:
        known = list(taxonomy.attributes)
        raise ConfigError(
            f"[{table}] attribute {classifier.attribute}: unknown{nearest(classifier.attribute, known)}; "
            f"there are {', '.join(known)}"
        )
    for label, value in classifier.labels.items():
        if value not in attribute.classes:
            raise ConfigError(
                f"[{table}] labels: {label} = {value!r} is no class of {attribute.name}; "
                f"there are {', '.join(attribute.classes)}"
            )
    if len(set(classifier.labels.values())) < 2:
        raise ConfigError(f"[{table}] labels: they must stand for two classes of {attribute.name} at least")


def _classes(table: str, classifier: ClassifierSettings, labels: tuple[str, ...]) -> tuple[str | None, ...]:
    """Return the class that each label of the model stands for."""
    named = [*classifier.labels, *classifier.left_out]
    for label in named:
        if label not in labels:
            hint = f"{nearest(label, labels)}; it has {', '.join(labels)}"
            raise ConfigError(f"[{table}] labels: the model has no label {label!r}{hint}")
        if named.count(label) > 1:
            raise ConfigError(f"[{table}] labels: {label!r} is in left_out too; take it out of one")
    if unnamed := [label for label in labels if label not in named]:
        raise ConfigError(
            f"[{table}] labels: the model's label {unnamed[0]!r} stands for no class; give it one, or name it in "
            f"left_out, so that the others share what it is given"
        )
    return tuple(classifier.labels.get(label) for label in labels)
