"""The models that a run uses, loaded once a process."""

from functools import cache

from curation import weights
from curation.adapters.ge2e import GE2E
from curation.adapters.pyannet import PyanNet
from curation.services import Segmentation, SpeakerEncoder


@cache
def segmentation() -> Segmentation:
    """Return the segmentation model of the embedded default."""
    return PyanNet(weights.located(weights.PYANNET))


@cache
def encoder() -> SpeakerEncoder:
    """Return the speaker encoder of the embedded default."""
    return GE2E(weights.located(weights.GE2E))
