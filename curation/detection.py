"""Whether anybody speaks, by two models that err differently.

A segmentation model hears speech in breath and room noise, a detector misses what is faint or far away. The mean of
both errs less than either in almost all that tests/quality/activity.py tries: rooms, noise, speakers further away.
"""

from dataclasses import dataclass

import numpy as np

from curation.services import Activity, Samples, Segmentation, SpeechDetector


@dataclass(frozen=True, eq=False)
class Agreed:
    """A segmentation model whose speakers speak as much as it and a detector say on the average."""

    segmentation: Segmentation
    detector: SpeechDetector

    def activity(self, samples: Samples) -> Activity:
        """Return who is active when: of the local speakers of a frame, the likeliest is as likely as speech is."""
        activity = self.segmentation.activity(samples)
        starts, probabilities, length = activity
        width = probabilities.shape[2]
        detected = self.detector.speech(samples)[:length]
        padded = np.pad(detected, (0, int(starts.max()) + width - len(detected)))
        heard = np.lib.stride_tricks.sliding_window_view(padded, width)[starts]
        likeliest = probabilities.max(axis=1)
        factors = (likeliest + heard) / 2 / np.maximum(likeliest, 1e-6)
        return Activity(starts, np.minimum(probabilities * factors[:, None], 1), length)
