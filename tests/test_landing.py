"""The drop folder: what is taken for new and complete."""

import os
import time
from datetime import UTC, datetime

import pytest

from orchestration.lib import landing
from orchestration.lib.register import Export, LoadDraft
from orchestration.lib.system import all_systems

PES = b'<?xml version="1.0"?><n:PES_Aller xmlns:n="http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller"/>'
SYSTEMS = all_systems()


def drop(home, name, content=PES):
    file = home.landing / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def pending(home, register, system="finance_pes"):
    return landing.pending(home.landing, SYSTEMS[system], register, SYSTEMS.values())


def judge(register, candidate, system="finance_pes", verdict="accepted"):
    export = Export(
        system=system,
        export_id=candidate.export_id,
        sha256=candidate.sha256,
        file_name=candidate.name,
        size_bytes=candidate.size_bytes,
        verdict=verdict,
        received_at=datetime.now(UTC),
    )
    register.commit(LoadDraft("load", system, [], [export]))


def test_a_new_file_is_pending_until_its_content_is_judged(home, register):
    drop(home, "finance_pes/a.xml")
    (found,) = pending(home, register)
    assert found.name == "a.xml"
    judge(register, found)
    assert pending(home, register) == []


def test_the_same_content_under_another_name_is_taken_once(home, register):
    drop(home, "finance_pes/a.xml")
    drop(home, "finance_pes/copie de a.xml")
    (found,) = pending(home, register)
    judge(register, found)
    drop(home, "finance_pes/2025/a.xml")
    assert pending(home, register) == []


def test_a_file_rewritten_in_place_is_a_new_export(home, register):
    file = drop(home, "finance_pes/a.xml")
    (found,) = pending(home, register)
    judge(register, found)
    file.write_bytes(PES + b"<!-- corrected -->")
    (again,) = pending(home, register)
    assert again.sha256 != found.sha256


@pytest.mark.parametrize("name", ["a.xml.part", "a.xml.filepart", "a.tmp", "a.xml~", ".a.xml"])
def test_names_of_unfinished_uploads_are_left_alone(home, register, name):
    drop(home, f"finance_pes/{name}")
    assert pending(home, register) == []


def test_a_file_that_was_just_written_is_left_alone(home, register, monkeypatch):
    monkeypatch.setattr(landing, "SETTLE_SECONDS", 30.0)
    file = drop(home, "finance_pes/a.xml")
    assert pending(home, register) == []
    os.utime(file, (time.time() - 31, time.time() - 31))
    assert len(pending(home, register)) == 1


def test_a_link_is_never_followed(home, register, tmp_path):
    secret = tmp_path / "secret.xml"
    secret.write_bytes(PES)
    (home.landing / "finance_pes").mkdir()
    (home.landing / "finance_pes" / "link.xml").symlink_to(secret)
    assert pending(home, register) == []


def test_a_file_dropped_flat_is_recognised_by_what_it_contains(home, register):
    drop(home, "sans nom parlant.xml")
    assert [found.name for found in pending(home, register)] == ["sans nom parlant.xml"]
    assert pending(home, register, "budget_totem") == []
    assert landing.unrecognised(home.landing, SYSTEMS.values(), register) == []


def test_a_file_that_nobody_recognises_is_reported_once(home, register):
    drop(home, "photo.xml", b"\x89PNG")
    (found,) = landing.unrecognised(home.landing, SYSTEMS.values(), register)
    judge(register, found, "unrecognised", "refused")
    assert landing.unrecognised(home.landing, SYSTEMS.values(), register) == []


def test_a_file_that_changes_after_its_checksum_is_seen(home, register):
    file = drop(home, "finance_pes/a.xml")
    (found,) = pending(home, register)
    assert found.is_unchanged()
    file.write_bytes(PES + b" ")
    assert not found.is_unchanged()


def test_unchanged_files_are_not_read_again(home, register, monkeypatch):
    drop(home, "finance_pes/a.xml")
    pending(home, register)
    monkeypatch.setattr(landing, "_sha256", lambda file: pytest.fail(f"{file.name} was read again"))
    assert len(pending(home, register)) == 1


def test_the_digest_of_a_set_does_not_depend_on_order(home, register):
    drop(home, "finance_pes/a.xml")
    drop(home, "finance_pes/b.xml", PES + b" ")
    found = pending(home, register)
    assert landing.digest(found) == landing.digest(list(reversed(found)))
    assert landing.digest(found) != landing.digest(found[:1])
