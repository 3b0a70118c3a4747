"""Rotation of the pseudonym key: all pseudonyms change at once, persons stay themselves, no kill mixes two keys."""

import sqlite3

import duckdb
import pytest
from typer.testing import CliRunner

from orchestration import cli, pipeline
from orchestration.lib import intake, lake, landing, pseudonyms, rereading, rotation, warehouse
from orchestration.lib.errors import RefusedExport
from orchestration.lib.pseudonyms import KEY_VARIABLE, NEXT_KEY_VARIABLE, Pseudonyms, WrongKey, fingerprint
from orchestration.lib.register import LoadDraft, Register
from orchestration.lib.rereading import GivenUp
from orchestration.lib.system import all_systems

SYSTEMS = all_systems()
PES = SYSTEMS["finance_pes"]
OLD, NEW = "ab" * 32, "cd" * 32
FLOW = """<n:PES_Aller xmlns:n="http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller">
 <Enveloppe><Parametres><Version V="2"/><TypFic V="PESALR2"/><NomFic V="{name}"/></Parametres></Enveloppe>
 <EnTetePES><DteStr V="2025-03-01"/><IdPost V="059999"/><IdColl V="99900000700017"/>
  <CodCol V="123"/><CodBud V="00"/></EnTetePES>
 <PES_DepenseAller><EnTeteDepense><IdVer V="2"/></EnTeteDepense><Bordereau>
  <BlocBordereau><Exer V="2025"/><IdBord V="{name}"/><DteBordEm V="2025-03-01"/><TypBord V="01"/>
   <NbrPce V="1"/><MtBordHT V="20.00"/></BlocBordereau>
  <Piece><BlocPiece><InfoPce><IdPce V="1"/><TypPce V="01"/><NatPce V="01"/></InfoPce></BlocPiece>{lines}</Piece>
 </Bordereau></PES_DepenseAller>
</n:PES_Aller>"""
LINE = """<LigneDePiece><BlocLignePiece><InfoLignePce><IdLigne V="{rank}"/><Nature V="6562"/>
 <MtHT V="10.00"/></InfoLignePce></BlocLignePiece><Tiers><InfoTiers><RefTiers V="{person}"/><CatTiers V="01"/>
 <Nom V="X"/></InfoTiers></Tiers></LigneDePiece>"""


def drop(home, name, *persons, folder="finance_pes"):
    lines = "".join(LINE.format(rank=rank, person=person) for rank, person in enumerate(persons, start=1))
    file = home.landing / folder / f"{name}.xml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(FLOW.format(name=name, lines=lines))
    return file


def take_in(home, register):
    return intake.take_in(home, PES, landing.pending(home.landing, PES, register, SYSTEMS.values()), register)


def raw(home, register, columns="*"):
    warehouse.refresh_raw(home, SYSTEMS.values(), register)
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        sql = f"select {columns} from raw.finance_pes__ligne order by source_export, source_record"
        return connection.execute(sql).fetchall()


def persons(home, register):
    """Return the pseudonyms by line, in order of the bordereaux: as many distinct ones as there are persons."""
    return [pseudonym for (pseudonym,) in raw(home, register, "tiers_pseudonym")]


def key_in_file(home):
    return bytes.fromhex((home.root / "secrets" / "pseudonym.key").read_text())


def on_disk(home):
    return {path.relative_to(home.raw).as_posix() for path in home.raw.rglob("*.parquet")}


def rotate(home, register, may_forget=lambda _: False):
    return rotation.rotate(home, register, may_forget)


@pytest.fixture(autouse=True)
def unguarded(monkeypatch):
    """The guards have tests of their own, and take most of the time of an intake."""
    monkeypatch.setattr("orchestration.lib.guard.load_suites", lambda *_: {})


@pytest.fixture
def town(home, register):
    """Three exports in two loads; the person P1 is in all of them."""
    drop(home, "1", "P1", "P2")
    drop(home, "2", "P1", "P3")
    take_in(home, register)
    drop(home, "3", "P4", "P1")
    take_in(home, register)
    return home


def test_every_pseudonym_changes_and_nothing_else(town, register):
    others = "* exclude (tiers_pseudonym)"
    rows, before, exports = raw(town, register, others), persons(town, register), register.exports()
    old = key_in_file(town)
    done = rotate(town, register)
    after = persons(town, register)
    assert raw(town, register, others) == rows
    assert not set(before) & set(after)
    assert len(set(before)) == len(set(after)) == len(set(zip(before, after, strict=True))) == 4
    new = key_in_file(town)
    assert new != old
    assert Pseudonyms(new, PES.purpose).of("P1") in after
    assert (done.old_key_id, done.new_key_id) == (fingerprint(old), fingerprint(new))
    assert (done.exports, done.rows, done.forgotten, done.changed) == (3, sum(e.row_count for e in exports), [], [])
    kept = [(e.sha256, e.verdict, e.received_at, e.row_count) for e in register.exports()]
    assert kept == [(e.sha256, e.verdict, e.received_at, e.row_count) for e in exports]
    (load,) = register.loads()
    assert load.key_id == fingerprint(new)
    assert {export.load_id for export in register.exports()} == {load.load_id}
    assert on_disk(town) == {file.path for file in register.files()}
    assert [path.name for path in (town.root / "secrets").iterdir()] == ["pseudonym.key"]
    assert (town.root / "secrets" / "pseudonym.key").stat().st_mode & 0o777 == 0o600


def test_what_comes_after_a_rotation_is_of_the_new_key(town, register):
    rotate(town, register)
    drop(town, "4", "P1")
    take_in(town, register)
    assert len(set(persons(town, register))) == 4


def test_a_second_rotation(town, register):
    keys = {rotate(town, register).new_key_id for _ in range(2)}
    assert len(keys) == 2
    assert len(set(persons(town, register))) == 4


def test_the_build_after_a_rotation_starts_from_no_old_warehouse(town, register):
    raw(town, register)
    town.warehouse.with_name("warehouse.duckdb.wal").write_text("rows of the old key")
    rotate(town, register)
    assert not list(town.root.glob("warehouse.duckdb*"))


def test_a_system_without_pseudonyms_is_not_read_again(town, register):
    register.commit(LoadDraft("of-documents", "budget_totem", [lake.WrittenFile("ligne", "a.parquet", 1)]))
    rotate(town, register)
    assert [(load.load_id, load.key_id) for load in register.loads("budget_totem")] == [("of-documents", None)]


def test_an_installation_without_exports_gets_another_key(home, register):
    intake.key_in_use(home, register)
    old = key_in_file(home)
    assert rotate(home, register).exports == 0
    assert key_in_file(home) != old


class Killed(BaseException):
    pass


def kill(*_, **__):
    raise Killed


def killed_after(function):
    def run(*arguments, **named):
        function(*arguments, **named)
        raise Killed

    return run


# Where the process dies, and whether the new key is in use from then on.
MOMENTS = {
    "before the new key": ((pseudonyms, "next_key", kill), False),
    "after the new key": ((pseudonyms, "next_key", killed_after(pseudonyms.next_key)), False),
    "while an export is read": ((lake.LoadWriter, "append", kill), False),
    "after a load is written": ((rereading, "read_again", killed_after(rereading.read_again)), False),
    "before the warehouse is deleted": ((rotation, "_delete_warehouse", kill), False),
    "after the warehouse is deleted": (
        (rotation, "_delete_warehouse", killed_after(rotation._delete_warehouse)),
        False,
    ),
    "before the transaction": ((Register, "replace", kill), False),
    "within the transaction": (("orchestration.lib.register._refuse_two_keys", kill), False),
    "after the transaction": ((Register, "replace", killed_after(Register.replace)), True),
    "before the key is renamed": ((pseudonyms, "adopt_next_key", kill), True),
    "after the key is renamed": ((pseudonyms, "adopt_next_key", killed_after(pseudonyms.adopt_next_key)), True),
}


@pytest.mark.parametrize(("blow", "is_rotated"), MOMENTS.values(), ids=MOMENTS)
def test_a_rotation_killed_at_any_moment_leaves_one_key(town, register, monkeypatch, blow, is_rotated):
    before = persons(town, register)
    old = key_in_file(town)
    with monkeypatch.context() as patched:
        patched.setattr(*blow)
        patched.setattr(lake, "sweep", lambda *_: 0)  # a killed process tidies nothing
        with pytest.raises(Killed):
            rotate(town, register)
    reopened = Register(town.register_url)
    after = persons(town, reopened)
    assert len(set(after)) == 4
    assert bool(set(before) & set(after)) is not is_rotated
    drop(town, "4", "P1", "P3")
    assert len(take_in(town, reopened).accepted) == 1
    assert len(set(persons(town, reopened))) == 4, "what comes next has the pseudonyms of the key in use"
    assert (key_in_file(town) != old) is is_rotated
    assert on_disk(town) == {file.path for file in reopened.files()}
    assert rotate(town, reopened).exports == 4
    assert len(set(persons(town, reopened))) == 4
    assert [path.name for path in (town.root / "secrets").iterdir()] == ["pseudonym.key"]


def test_an_export_that_is_gone_stops_the_rotation(town, register):
    before, old = persons(town, register), key_in_file(town)
    (town.landing / "finance_pes" / "2.xml").unlink()
    told = []
    with pytest.raises(GivenUp):
        rotate(town, register, lambda lost: told.extend(lost))
    assert [one.export.file_name for one in told] == ["2.xml"]
    assert persons(town, register) == before
    assert key_in_file(town) == old
    assert on_disk(town) == {file.path for file in register.files()}


def test_the_rows_of_an_export_that_is_gone_can_be_dropped(town, register):
    file = town.landing / "finance_pes" / "2.xml"
    content = file.read_text()
    file.unlink()
    done = rotate(town, register, lambda _: True)
    assert [export.file_name for export in done.forgotten] == ["2.xml"]
    assert [export.file_name for export in register.exports()] == ["1.xml", "3.xml"]
    assert len(raw(town, register)) == 4
    file.write_text(content)
    assert len(take_in(town, register).accepted) == 1, "the same file, back, is taken in again"
    assert len(set(persons(town, register))) == 4


def test_a_system_of_which_nothing_is_left(town, register):
    for file in (town.landing / "finance_pes").iterdir():
        file.unlink()
    rotate(town, register, lambda _: True)
    assert (register.loads(), register.exports(), raw(town, register)) == ([], [], [])
    assert on_disk(town) == set()


def test_exports_are_found_by_what_they_hold(town, register, tmp_path, monkeypatch):
    archive = town.landing / "finance_pes" / "2025" / "archive"
    archive.mkdir(parents=True)
    (town.landing / "finance_pes" / "1.xml").rename(archive / "renamed.XML")
    (town.landing / "finance_pes" / "2.xml").rename(town.landing / "top.xml")
    monkeypatch.setenv("BEFFROI_LANDING", str(tmp_path / "other"))
    drop(town, "4", "P1")
    take_in(town, register)  # from another folder, which the next rotation is not told of
    monkeypatch.delenv("BEFFROI_LANDING")
    assert rotate(town, register).exports == 4
    assert len(set(persons(town, register))) == 4


def test_an_export_that_its_reader_no_longer_accepts(town, register, monkeypatch):
    extract = PES.reader.extract

    def stricter(path, of_purpose):
        yield from extract(path, of_purpose)
        if path.name == "2.xml":
            raise RefusedExport("Le domaine manque", "Ligne 3")

    monkeypatch.setattr(PES.reader, "extract", stricter)
    told = []
    with pytest.raises(GivenUp):
        rotate(town, register, lambda lost: told.extend(lost))
    assert [(one.export.file_name, one.reason.endswith("Le domaine manque — Ligne 3")) for one in told] == [
        ("2.xml", True)
    ]
    assert on_disk(town) == {file.path for file in register.files()}
    assert len(raw(town, register)) == 6
    rotate(town, register, lambda _: True)
    assert len(raw(town, register)) == 4, "rows read before the refusal are out too"


def test_an_export_that_now_gives_other_rows_is_named(town, register, monkeypatch):
    extract = PES.reader.extract
    monkeypatch.setattr(PES.reader, "extract", lambda *what: (x for x in extract(*what) if x[0] == "ligne"))
    assert rotate(town, register).changed == ["1.xml", "2.xml", "3.xml"]
    assert {export.row_count for export in register.exports()} == {2}


def test_a_file_written_to_while_it_is_read_again(town, register, monkeypatch):
    extract = PES.reader.extract

    def slow(path, of_purpose):
        yield from extract(path, of_purpose)
        path.write_text(path.read_text() + "\n")

    monkeypatch.setattr(PES.reader, "extract", slow)
    with pytest.raises(GivenUp):
        rotate(town, register)


@pytest.fixture
def kept_outside(home, monkeypatch):
    """The key is in the environment, as where a vault hands it to the process."""
    monkeypatch.setenv(KEY_VARIABLE, OLD)


def test_a_key_of_the_environment_is_rotated_to_the_next_of_the_environment(kept_outside, town, register, monkeypatch):
    before = persons(town, register)
    with pytest.raises(WrongKey, match="go together"):
        rotate(town, register)
    monkeypatch.setenv(NEXT_KEY_VARIABLE, OLD)
    with pytest.raises(WrongKey, match="new random bytes"):
        rotate(town, register)
    assert persons(town, register) == before
    monkeypatch.setenv(NEXT_KEY_VARIABLE, NEW)
    rotate(town, register)
    assert Pseudonyms(bytes.fromhex(NEW), PES.purpose).of("P1") in persons(town, register)
    drop(town, "4", "P1")
    for attempt in (take_in, rotate):
        with pytest.raises(WrongKey, match=f"The rotation is done: put {NEXT_KEY_VARIABLE}"):
            attempt(town, register)
    monkeypatch.setenv(KEY_VARIABLE, NEW)
    monkeypatch.delenv(NEXT_KEY_VARIABLE)
    take_in(town, register)
    assert len(set(persons(town, register))) == 4
    assert not (town.root / "secrets").exists()


def test_a_next_key_without_a_key_in_the_environment_is_not_passed_over(town, register, monkeypatch):
    monkeypatch.setenv(NEXT_KEY_VARIABLE, NEW)
    with pytest.raises(WrongKey, match="go together"):
        rotate(town, register)


def test_another_key_than_that_of_the_loads_takes_nothing_in(town, register, monkeypatch):
    (town.root / "secrets" / "pseudonym.key").write_text(NEW)
    before = raw(town, register)
    drop(town, "4", "P1")
    with pytest.raises(WrongKey, match=fingerprint(bytes.fromhex(NEW))):
        take_in(town, register)
    assert raw(town, register) == before
    said = []
    assert pipeline.run(town, said.append) == pipeline.FAILED
    assert "nothing is taken in" in said[0]
    monkeypatch.setenv(KEY_VARIABLE, OLD)
    with pytest.raises(WrongKey, match=KEY_VARIABLE):
        take_in(town, register)


def test_no_new_key_is_made_in_the_place_of_a_lost_one(town, register):
    (town.root / "secrets" / "pseudonym.key").unlink()
    with pytest.raises(WrongKey, match="backup"):
        take_in(town, register)
    assert not (town.root / "secrets" / "pseudonym.key").exists()


@pytest.mark.parametrize("text", ["secret-of-the-vault", "ab" * 31])
def test_a_malformed_key_is_refused_and_not_quoted(home, register, monkeypatch, text):
    monkeypatch.setenv(KEY_VARIABLE, text)
    with pytest.raises(WrongKey) as error:
        intake.key_in_use(home, register)
    assert text not in str(error.value)


def test_the_register_never_holds_two_keys(town, register):
    before = register.loads()
    stranger = LoadDraft("stranger", "finance_pes", [lake.WrittenFile("ligne", "x.parquet", 1)], key_id="0a0a0a0a")
    with pytest.raises(WrongKey, match="0a0a0a0a"):
        register.commit(stranger)
    with pytest.raises(WrongKey):
        register.replace([stranger], [before[0].load_id])
    assert [load.load_id for load in register.loads()] == [load.load_id for load in before]
    with pytest.raises(WrongKey, match="several keys"):
        pseudonyms.load_key(town.root, {"0a0a0a0a", "0b0b0b0b"})


def test_a_merged_load_keeps_its_key(town, register, monkeypatch):
    monkeypatch.setattr(lake, "LOADS_BEFORE_COMPACTION", 2)
    lake.compact(town.raw, "finance_pes", register)
    (load,) = register.loads()
    assert load.key_id == fingerprint(key_in_file(town))


def test_a_register_older_than_fingerprints_is_of_the_key_there_is(town):
    with sqlite3.connect(town.root / "register.db") as connection:
        connection.execute("alter table load drop column key_id")
    connection.close()
    register = Register(town.register_url)
    assert {load.key_id for load in register.loads()} == {None}
    intake.key_in_use(town, register)
    assert {load.key_id for load in register.loads()} == {fingerprint(key_in_file(town))}
    rotate(town, register)
    assert len(set(persons(town, register))) == 4


def test_an_old_register_without_its_key_file_gets_no_new_key(town):
    with sqlite3.connect(town.root / "register.db") as connection:
        connection.execute("update load set key_id = null")
    connection.close()
    (town.root / "secrets" / "pseudonym.key").unlink()
    with pytest.raises(WrongKey, match="backup"):
        intake.key_in_use(town, Register(town.register_url))


@pytest.fixture
def command(town, monkeypatch):
    """Run ``beffroi rotate-key``, whose build is another test's affair."""
    monkeypatch.setattr(pipeline, "_build", lambda *_: pipeline.DONE)
    return lambda *arguments, answer=None: CliRunner().invoke(cli.app, ["rotate-key", *arguments], input=answer)


def test_the_command_says_what_it_did(command, town):
    done = command()
    assert done.exit_code == 0, done.output
    assert "3 exports read again (12 rows), 0 forgotten" in done.output
    assert fingerprint(key_in_file(town)) in done.output
    assert NEXT_KEY_VARIABLE not in done.output


def test_the_command_names_what_is_gone_and_asks_before_it_drops_it(command, town, register):
    (town.landing / "finance_pes" / "2.xml").unlink()
    refused = command()
    assert refused.exit_code == 1
    assert "finance_pes/2.xml (4 rows): no file has its content" in refused.output
    assert "--forget-missing" in refused.output
    assert command("--forget-missing", answer="n\n").exit_code == 1
    assert len(register.exports()) == 3
    assert command("--forget-missing", "--yes").exit_code == 0
    assert len(register.exports()) == 2


def test_the_command_tells_to_swap_the_variables(kept_outside, command, monkeypatch):
    assert command().exit_code == 1
    monkeypatch.setenv(NEXT_KEY_VARIABLE, NEW)
    done = command()
    assert done.exit_code == 0
    assert f"put {NEXT_KEY_VARIABLE} in {KEY_VARIABLE}" in done.output


def test_the_command_says_when_the_new_state_is_not_published(command, monkeypatch):
    monkeypatch.setattr(pipeline, "_build", lambda *_: pipeline.NOT_PUBLISHED)
    done = command()
    assert done.exit_code == 4
    assert "the published snapshot still has pseudonyms of" in done.output
