"""Keyed hashes that replace identities at the door. What is stored cannot be turned back without the key."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

KEY_VARIABLE = "BEFFROI_PSEUDONYM_KEY"
KEY_BYTES = 32


class Pseudonyms:
    """HMAC-SHA-256 pseudonyms for one purpose; two purposes give unrelated hashes of the same identity.

    Source: EDPB Guidelines 01/2025 on pseudonymisation (keyed function, secret kept apart, one domain per purpose).
    """

    def __init__(self, key: bytes, purpose: str):
        """Keep ``key`` (at least 32 bytes) and the declared ``purpose``; raises ValueError for a shorter key."""
        if len(key) < KEY_BYTES:
            raise ValueError(f"the pseudonym key has {len(key)} bytes; at least {KEY_BYTES} are needed")
        self._key = key
        self._purpose = purpose.encode()

    def of(self, identity: str) -> str:
        """Return 32 hexadecimal digits that stand for ``identity``: same identity, purpose and key, same digits."""
        return hmac.new(self._key, self._purpose + b"\x1f" + identity.encode(), hashlib.sha256).hexdigest()[:32]


def load_key(home: Path) -> bytes:
    """Return the key of this installation: from the environment, else from a file that only its owner can read.

    The file ``secrets/pseudonym.key`` is made with random bytes the first time. Raises ValueError when the
    variable is not hexadecimal.
    """
    if from_environment := os.environ.get(KEY_VARIABLE):
        return bytes.fromhex(from_environment)
    file = home / "secrets" / "pseudonym.key"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = file.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(KEY_BYTES))
        try:
            os.link(draft, file)  # fails if another process was first: then its key is the key
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return bytes.fromhex(file.read_text())
