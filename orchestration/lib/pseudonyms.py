"""Keyed hashes that replace identities at the door. What is stored cannot be turned back without the key.

The key in use is the one whose fingerprint the loads of the register carry, so that the transaction which replaces the
loads also changes the key: see `orchestration.lib.rotation`.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Collection
from pathlib import Path

KEY_VARIABLE = "BEFFROI_PSEUDONYM_KEY"
NEXT_KEY_VARIABLE = "BEFFROI_NEXT_PSEUDONYM_KEY"
KEY_BYTES = 32


class WrongKey(RuntimeError):
    """The key at hand is missing, malformed, or not the one that the pseudonyms in the lake were made with."""


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

    def of_year(self, identity: str, year: str) -> str:
        """Return 32 hexadecimal digits that stand for ``identity`` in ``year`` only, for instance ``2025-2026``.

        The use of public services is followed within a year, never from one to the next: no life can be retraced.
        """
        return self.of(f"{year}\x1f{identity}")


def fingerprint(key: bytes) -> str:
    """Return what tells ``key`` from another without giving it away: the first 8 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(key).hexdigest()[:8]


def load_key(home: Path, carried: Collection[str | None]) -> bytes:
    """Return the key in use: from the environment, else from a file that only its owner can read.

    ``carried`` are the fingerprints of the loads in use, None standing for loads older than fingerprints. With none
    at all the file ``secrets/pseudonym.key`` is made, of random bytes. The renaming that an interrupted rotation left
    to do is done. Raises WrongKey for another key than that of the loads: it would make two persons of each.
    """
    known = {key_id for key_id in carried if key_id}
    if len(known) > 1:
        raise WrongKey(f"the loads in use have pseudonyms of several keys: {', '.join(sorted(known))}")
    file, following = _file(home), _next_file(home)
    if from_environment := os.environ.get(KEY_VARIABLE):
        key, source = _decoded(from_environment, KEY_VARIABLE), KEY_VARIABLE
    else:
        if following.exists() and fingerprint(_read(following)) in known:
            following.replace(file)
        if not carried and not file.exists():
            _write_once(file, secrets.token_hex(KEY_BYTES))
        if not file.exists():
            raise WrongKey(f"{file} is gone, and the loads in use need it: put it back from its backup")
        key, source = _read(file), str(file)
    if known and fingerprint(key) not in known:
        raise WrongKey(
            f"the loads in use have pseudonyms of the key {known.pop()}, and {source} holds the key "
            f"{fingerprint(key)}: with it each person would become two. {_way_out(carried)}"
        )
    return key


def next_key(home: Path, current: bytes) -> bytes:
    """Return the key to rotate to, kept in ``secrets/pseudonym.key.next`` until `adopt_next_key`.

    An installation whose key is in the environment finds the next one there too. Raises WrongKey when it does not, or
    when it is the ``current`` one.
    """
    from_environment = os.environ.get(NEXT_KEY_VARIABLE)
    if bool(os.environ.get(KEY_VARIABLE)) != bool(from_environment):
        raise WrongKey(
            f"{KEY_VARIABLE} and {NEXT_KEY_VARIABLE} go together: set both (32 random bytes in hexadecimal each), or "
            "neither to keep the key in a file"
        )
    if from_environment:
        key = _decoded(from_environment, NEXT_KEY_VARIABLE)
        if key == current:
            raise WrongKey(f"{NEXT_KEY_VARIABLE} holds the key in use: give it new random bytes")
        return key
    file = _next_file(home)
    file.unlink(missing_ok=True)  # of a rotation that was interrupted before it took effect: no load carries it
    _write_once(file, secrets.token_hex(KEY_BYTES))
    return _read(file)


def adopt_next_key(home: Path) -> None:
    """Make the next key, now that the loads carry it, the key of the installation; nothing to do in the environment."""
    if (following := _next_file(home)).exists():
        following.replace(_file(home))


def is_in_environment() -> bool:
    """Tell whether whoever runs this installation keeps its key, rather than the installation itself."""
    return bool(os.environ.get(KEY_VARIABLE))


def _file(home: Path) -> Path:
    return home / "secrets" / "pseudonym.key"


def _next_file(home: Path) -> Path:
    return home / "secrets" / "pseudonym.key.next"


def _read(file: Path) -> bytes:
    return _decoded(file.read_text(), str(file))


def _decoded(text: str, source: str) -> bytes:
    """Return the bytes of a key in hexadecimal; the errors name where it is from and never quote it."""
    try:
        key = bytes.fromhex(text)
    except ValueError:
        raise WrongKey(f"{source} is not a key in hexadecimal digits") from None
    if len(key) < KEY_BYTES:
        raise WrongKey(f"{source} holds {len(key)} bytes; a key has at least {KEY_BYTES}")
    return key


def _write_once(file: Path, content: str) -> None:
    """Write ``file``, for its owner only and surely on disk, unless another process was first: then its key stands."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(content)
    try:
        _sync(draft)
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    _sync(file.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _way_out(carried: Collection[str | None]) -> str:
    following = os.environ.get(NEXT_KEY_VARIABLE)
    if following and fingerprint(_decoded(following, NEXT_KEY_VARIABLE)) in carried:
        return f"The rotation is done: put {NEXT_KEY_VARIABLE} in {KEY_VARIABLE}, and unset the former"
    return "Put back the key of the same day as these loads (docs/operations.md, Restoring)"
