"""The models that a run uses, loaded once a process."""

from functools import cache

from curation import weights
from curation.adapters.ge2e import GE2E
from curation.adapters.pyannet import PyanNet
from curation.adapters.silero import Silero
from curation.detection import Agreed
from curation.services import Segmentation, SpeakerEncoder


@cache
def segmentation() -> Segmentation:
    """Return the segmentation of the embedded default."""
    return Agreed(PyanNet(weights.located(weights.PYANNET)), Silero(weights.located(weights.SILERO)))


@cache
def encoder() -> SpeakerEncoder:
    """Return the speaker encoder of the embedded default."""
    return GE2E(weights.located(weights.GE2E))
