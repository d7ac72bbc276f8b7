"""What can go wrong, by what the caller does next.

CurationError
├── ClipError        one subject is unusable: write a Rejection, go on
├── ServiceError     a service did not answer: retry
├── ReleaseError     the release would be wrong: publish nothing
└── ConfigError      the set-up is wrong: stop before any work
    └── BusyError    another rebuild holds this home
"""

from collections.abc import Iterable
from difflib import get_close_matches


class CurationError(Exception):
    """Raised when the pipeline cannot do what was asked."""


class ClipError(CurationError):
    """Raised when one file or clip is unusable; `reason` is the name counted in the report."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type["ClipError"], tuple[str, str]]:
        return type(self), (self.reason, self.detail)


def model_failure(model: str, error: Exception) -> ClipError:
    """Return what a clip comes to on which a model failed: `out_of_memory`, which may pass, or `model_failed`."""
    detail = f"{model}: {error}"
    is_memory = any(sign in detail.lower() for sign in ("out of memory", "allocate memory"))
    return ClipError("out_of_memory" if is_memory else "model_failed", detail)


class ServiceError(CurationError):
    """Raised when a service failed in a way that may pass."""


class ReleaseError(CurationError):
    """Raised when publishing would break a promise of the release."""


class ConfigError(CurationError):
    """Raised when settings, sources, corrections or the key are wrong, before any work."""


class BusyError(ConfigError):
    """Raised when another rebuild is running in the same home."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ` (did you mean 'x'?)` for the nearest known name, or an empty string."""
    matches = get_close_matches(name, list(known), n=1)
    return f" (did you mean {matches[0]!r}?)" if matches else ""
