"""What is kept of recordings in which a target speaker and others speak, and how much of it is the target alone."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from curation.cuts import clean_stretch
from curation.turns import Intervals, intersection, seconds
from tests.quality.claims import CUT_SECONDS


@dataclass
class Kept:
    """A count of recordings, and of the time kept of them."""

    recordings: int = 0
    whole: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    had_stretch: int = 0
    missed: int = 0
    seconds: float = 0.0
    seconds_of_others: float = 0.0

    def add(self, found: dict[str, Any], target: Intervals, others: Intervals, length: float) -> None:
        """Count a recording, given what identity says of it and the reference's turns."""
        had_stretch = clean_stretch(target, others, length, *CUT_SECONDS) is not None
        self.recordings += 1
        self.had_stretch += had_stretch
        if found["reason"] is not None:
            self.reasons[found["reason"]] += 1
            self.missed += had_stretch
            return
        is_whole = found["start_seconds"] is None
        self.whole += is_whole
        start, end = (0.0, length) if is_whole else (found["start_seconds"], found["end_seconds"])
        self.seconds += end - start
        self.seconds_of_others += seconds(intersection(np.array([[start, end]]), others))

    def __str__(self) -> str:
        reasons = [f"{count} left out as {reason}" for reason, count in sorted(self.reasons.items())]
        counts = ", ".join([f"{self.whole} of {self.recordings} recordings kept whole", *reasons])
        stretches = f"the reference has a clean stretch in {self.had_stretch}, of which {self.missed} are left out"
        if not self.seconds:
            return f"nothing kept; {counts}; {stretches}"
        purity = 100 * (1 - self.seconds_of_others / self.seconds)
        return f"target alone for {purity:.1f} % of {self.seconds:.0f} s kept; {counts}; {stretches}"
