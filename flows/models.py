"""The models that a run uses, loaded once a process."""

from functools import cache

from curation import weights
from curation.adapters.ge2e import GE2E
from curation.adapters.pyannet import PyanNet
from curation.adapters.sphinx import PocketSphinx
from curation.services import Segmentation, SpeakerEncoder, Transcriber
from curation.spelling import pronunciation
from curation.spoken import spoken


@cache
def segmentation() -> Segmentation:
    """Return the segmentation model of the embedded default."""
    return PyanNet(weights.located(weights.PYANNET))


@cache
def encoder() -> SpeakerEncoder:
    """Return the speaker encoder of the embedded default."""
    return GE2E(weights.located(weights.GE2E))


@cache
def aligner() -> Transcriber:
    """Return the transcriber of the embedded default, which aligns what the source says was said."""
    return PocketSphinx(weights.located(weights.POCKETSPHINX), spoken, pronunciation)
