"""Rotation of the pseudonym key: every accepted export with identities is read again, and all loads change at once.

The lake holds no identity, so pseudonyms of another key can only come from the exports themselves. The new loads are
written under names that nobody reads, and the new key beside the old one; one transaction of the register then replaces
all the loads. As the key in use is the one that the loads carry, that transaction also changes the key: killed before
it, an installation goes on with the old key, and after it with the new one.
"""

from dataclasses import dataclass

from filelock import FileLock

from orchestration.lib import intake, lake, pseudonyms, rereading
from orchestration.lib.home import Home
from orchestration.lib.pseudonyms import fingerprint
from orchestration.lib.register import Register
from orchestration.lib.rereading import MayForget, Rereading


@dataclass
class Rotation(Rereading):
    """What a rotation did: the rereading, and the fingerprints of both keys."""

    old_key_id: str = ""
    new_key_id: str = ""


def rotate(home: Home, register: Register, may_forget: MayForget) -> Rotation:
    """Replace the key, and with it every load that has pseudonyms.

    ``may_forget`` and GivenUp are those of `orchestration.lib.rereading.reread`. WrongKey is raised when the key at
    hand is not that of the loads, or the environment has no next one. The warehouse, which has pseudonyms of the old
    key, is deleted: the next build makes it anew.
    """
    with FileLock(home.intake_lock):
        old = intake.key_in_use(home, register)
        replaced = [load for load in register.loads() if load.key_id]
        new = pseudonyms.next_key(home.root, old)
        done = Rotation(old_key_id=fingerprint(old), new_key_id=fingerprint(new))
        try:
            drafts = rereading.draft_again(home, register, {load.system for load in replaced}, new, may_forget, done)
            _delete_warehouse(home)
            register.replace(drafts, [load.load_id for load in replaced], done.forgotten)
            pseudonyms.adopt_next_key(home.root)
        finally:
            lake.sweep(home.raw, register)
    return done


def _delete_warehouse(home: Home) -> None:
    """Delete the warehouse rather than build over it: DuckDB leaves old rows in the free blocks of its file."""
    for file in home.root.glob(f"{home.warehouse.name}*"):
        if file.is_file():
            file.unlink()
