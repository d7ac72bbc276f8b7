"""Published ids: keyed, so that owning a recording or a record does not give its name away."""

import contextlib
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from curation.errors import ConfigError

KEY_VARIABLE = "CURATION_KEY"
ID_LENGTH = 24
_SHORTEST_KEY = 32


@dataclass(frozen=True)
class Key:
    """The secret that turns ids into published ids."""

    secret: bytes

    def __repr__(self) -> str:
        """Show the fingerprint, never the secret."""
        return f"Key({self.fingerprint})"

    @property
    def fingerprint(self) -> str:
        """What a manifest may say of the key: enough to tell two keys apart, nothing to guess one."""
        return self.pseudonym("key", "fingerprint")[:16]

    def pseudonym(self, kind: str, private_id: str) -> str:
        """Return the published id of a private one: HMAC-SHA256 (RFC 2104) over kind and id, 96 bits in hex."""
        message = f"{kind}:{private_id}".encode()
        return hmac.new(self.secret, message, hashlib.sha256).hexdigest()[:ID_LENGTH]


def key_file() -> Path:
    """Return where the key lies when the environment does not carry it (XDG base directories)."""
    folder = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(folder) / "curation" / "key"


def load_key(*, create: bool = True) -> Key:
    """Return the key from CURATION_KEY or the user's key file, which is made on first use.

    Without `create` nothing is made: where there is no file, the key is one that nobody will have again. Raises
    ConfigError for a key that is too short or a file that others can read.
    """
    if (given := os.environ.get(KEY_VARIABLE)) is not None:
        return _checked(given, f"environment variable {KEY_VARIABLE}")
    path = key_file()
    if not path.exists():
        if not create:
            return Key(_new_secret().encode())
        _create(path)
    if path.stat().st_mode & 0o077:
        raise ConfigError(f"key file {path}: others can read it, expected mode 0600; run `chmod 600 {path}`")
    return _checked(path.read_text(encoding="ascii").strip(), f"key file {path}")


def _create(path: Path) -> None:
    """Put a new key in place in one step, unless another process was quicker."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with NamedTemporaryFile("w", dir=path.parent, encoding="ascii") as file:  # made with mode 0600
        file.write(_new_secret() + "\n")
        file.flush()
        os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(file.name, path)


def _new_secret() -> str:
    return secrets.token_hex(32)


def _checked(text: str, origin: str) -> Key:
    if len(text) < _SHORTEST_KEY:
        raise ConfigError(f"{origin}: {len(text)} characters, expected at least {_SHORTEST_KEY} random ones")
    return Key(text.encode())
