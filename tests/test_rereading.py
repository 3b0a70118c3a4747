"""Reading exports in use again, with the same key: what the reader now says takes the place of what it said."""

import pytest
from test_rotation import SYSTEMS, drop, on_disk, persons, raw, take_in, unguarded  # noqa: F401 unguarded is a fixture

from orchestration.lib import landing, processes, rereading
from orchestration.lib.rereading import GivenUp

PES = SYSTEMS["finance_pes"]


@pytest.fixture
def town(home, register):
    drop(home, "1", "P1", "P2")
    take_in(home, register)
    drop(home, "2", "P1")
    take_in(home, register)
    return home


@pytest.mark.parametrize("count", ["1", "2"])
def test_the_same_files_and_key_give_the_same_rows_in_one_load(town, register, monkeypatch, count):
    monkeypatch.setattr(processes, "WORTH_BYTES", 1)
    monkeypatch.setenv("BEFFROI_PROCESSES", count)
    rows, exports = raw(town, register), register.exports()
    done = rereading.reread(town, register, ["finance_pes"], lambda _: False)
    assert (done.exports, done.forgotten, done.changed) == (2, [], [])
    assert raw(town, register) == rows
    assert len(register.loads("finance_pes")) == 1
    assert [(e.sha256, e.received_at) for e in register.exports()] == [(e.sha256, e.received_at) for e in exports]
    assert on_disk(town) == {file.path for file in register.files()}
    assert not landing.pending(town.landing, PES, register, SYSTEMS.values())


def test_what_a_reader_now_says_otherwise_is_what_counts(town, register, monkeypatch):
    extract = PES.reader.extract

    def mended(*what):
        for table, frame in extract(*what):
            yield table, frame.assign(nature="6561") if table == "ligne" else frame

    monkeypatch.setattr(PES.reader, "extract", mended)
    rereading.reread(town, register, ["finance_pes"], lambda _: False)
    assert set(raw(town, register, "nature")) == {("6561",)}


def test_a_file_that_is_gone_changes_nothing_unless_it_may_be_forgotten(town, register):
    (town.landing / "finance_pes" / "2.xml").unlink()
    before, files = persons(town, register), on_disk(town)
    with pytest.raises(GivenUp):
        rereading.reread(town, register, ["finance_pes"], lambda _: False)
    assert (persons(town, register), on_disk(town)) == (before, files)
    done = rereading.reread(
        town, register, ["finance_pes"], lambda lost: [one.export.file_name for one in lost] == ["2.xml"]
    )
    assert [export.file_name for export in done.forgotten] == ["2.xml"]
    assert len(persons(town, register)) == 2
