"""Taking in: a bad export is refused whole, the others go on, and the last good data stays."""

import duckdb
import pytest

from orchestration.lib import intake, lake, landing, processes, warehouse
from orchestration.lib.system import all_systems

SYSTEMS = all_systems()
FLOW = """<?xml version="1.0" encoding="ISO-8859-1"?>
<n:PES_Aller xmlns:n="http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller">
 <Enveloppe><Parametres><Version V="2"/><TypFic V="PESALR2"/><NomFic V="{name}"/></Parametres></Enveloppe>
 <EnTetePES><DteStr V="2025-03-01"/><IdPost V="059999"/><IdColl V="21590000000017"/>
  <CodCol V="123"/><CodBud V="00"/></EnTetePES>
 <PES_DepenseAller><EnTeteDepense><IdVer V="2"/></EnTeteDepense><Bordereau>
  <BlocBordereau><Exer V="2025"/><IdBord V="{bordereau}"/><DteBordEm V="2025-03-01"/>
   <TypBord V="01"/><NbrPce V="1"/><MtBordHT V="10.00"/></BlocBordereau>
  <Piece><BlocPiece><InfoPce><IdPce V="1"/><TypPce V="01"/><NatPce V="01"/></InfoPce></BlocPiece>
   <LigneDePiece><BlocLignePiece><InfoLignePce><IdLigne V="1"/><Nature V="60612"/>
     <Fonction V="020"/><MtHT V="{amount}"/></InfoLignePce></BlocLignePiece>
    <Tiers><InfoTiers><RefTiers V="811"/><CatTiers V="60"/>
     <NatJur V="03"/><Nom V="ENERGIE DU BEFFROI"/></InfoTiers></Tiers></LigneDePiece></Piece>
 </Bordereau></PES_DepenseAller>
</n:PES_Aller>
"""


def drop(home, name, **values):
    file = home.landing / "finance_pes" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    content = FLOW.format(**{"name": name, "bordereau": "1", "amount": "10.00", **values})
    file.write_bytes(content.encode("iso-8859-1"))
    return file


def take_in(home, register):
    system = SYSTEMS["finance_pes"]
    return intake.take_in(home, system, landing.pending(home.landing, system, register, SYSTEMS.values()), register)


def raw_amounts(home, register):
    warehouse.refresh_raw(home, SYSTEMS.values(), register)
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        return connection.execute("select mt_ht from raw.finance_pes__ligne order by 1").fetchall()


def test_accepted_exports_become_raw_rows_that_say_where_they_come_from(home, register):
    drop(home, "a.xml")
    taken = take_in(home, register)
    (export,) = taken.accepted
    assert (export.encoding, export.period_from, export.period_to, export.row_count) == (
        "ISO-8859-1",
        "2025",
        "2025",
        3,
    )
    assert taken.row_counts == {"bordereau": 1, "piece": 1, "ligne": 1}
    warehouse.refresh_raw(home, SYSTEMS.values(), register)
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        (row,) = connection.execute("select source_export, source_record from raw.finance_pes__ligne").fetchall()
        assert row == (export.export_id, "PES_DepenseAller/Bordereau[1]/Piece[1]/LigneDePiece[1]")
        (listed,) = connection.execute("select export_id, verdict, cadence_days from raw.register__export").fetchall()
        assert listed == (export.export_id, "accepted", 7)


def test_a_file_that_is_not_what_it_claims_is_refused_and_the_others_go_on(home, register):
    drop(home, "good.xml")
    drop(home, "bad.xml", bordereau="2", amount="dix euros")
    taken = take_in(home, register)
    assert [export.file_name for export in taken.accepted] == ["good.xml"]
    (refused,) = taken.refused
    assert "MtHT" in refused.reason
    report = (home.root / refused.report).read_text(encoding="utf-8")
    assert "bad.xml" in report
    assert "dix euros" not in report
    assert raw_amounts(home, register) == [("10.00",)]


def test_the_last_good_data_stays_when_everything_new_is_refused(home, register):
    drop(home, "good.xml")
    take_in(home, register)
    drop(home, "bad.xml", amount="x")
    taken = take_in(home, register)
    assert taken.accepted == []
    assert raw_amounts(home, register) == [("10.00",)]
    assert take_in(home, register).exports == []


def test_an_export_that_breaks_a_critical_rule_is_found_and_refused_alone(home, register, monkeypatch):
    import great_expectations as gx
    import great_expectations.expectations as gxe

    rule = gxe.UnexpectedRowsExpectation(
        unexpected_rows_query="select source_export from {batch} where mt_ht = '66.60'",
        severity="critical",
        notes="essai",
        meta={"name": "not_sixty_six", "regle": "Aucun montant de 66,60"},
    )
    suites = {"ligne": gx.ExpectationSuite(name="ligne", expectations=[rule])}
    monkeypatch.setattr("orchestration.lib.guard.load_suites", lambda *_: suites)
    for number in range(5):
        drop(home, f"{number}.xml", bordereau=str(number), amount="66.60" if number == 3 else f"{number}.00")
    taken = take_in(home, register)
    assert [export.file_name for export in taken.refused] == ["3.xml"]
    assert raw_amounts(home, register) == [("0.00",), ("1.00",), ("2.00",), ("4.00",)]


def test_the_culprits_are_found_by_halves_when_a_rule_cannot_name_them():
    asked = []

    def check(export_ids):
        asked.append(len(export_ids))
        return ["broken"] if export_ids & {"c", "g"} else []

    assert intake._culprits_by_halves(check, list("abcdefgh")) == {"c": ["broken"], "g": ["broken"]}
    assert asked[0] == 8


def test_exports_read_in_several_processes_are_judged_as_in_one(home, register, monkeypatch):
    monkeypatch.setattr(processes, "WORTH_BYTES", 1)
    monkeypatch.setenv("BEFFROI_PROCESSES", "3")
    for number in range(6):
        drop(home, f"{number}.xml", bordereau=str(number), amount="dix euros" if number == 4 else f"{number}.00")
    cut = drop(home, "cut.xml", bordereau="7")
    cut.write_bytes(cut.read_bytes()[:-40])
    taken = take_in(home, register)
    assert [export.file_name for export in taken.accepted] == ["0.xml", "1.xml", "2.xml", "3.xml", "5.xml"]
    assert [export.file_name for export in taken.refused] == ["4.xml"]
    assert taken.left_alone == ["cut.xml"]
    assert taken.row_counts == {"bordereau": 5, "piece": 5, "ligne": 5}
    assert len([file for file in register.files() if file.table_name == "ligne"]) == 3
    assert len({export.received_at for export in taken.exports}) == 1
    assert raw_amounts(home, register) == [(f"{number}.00",) for number in (0, 1, 2, 3, 5)]


def test_an_unfinished_file_is_left_alone_while_young_then_refused(home, register, monkeypatch):
    file = drop(home, "a.xml")
    whole = file.read_bytes()
    file.write_bytes(whole[:-40])
    taken = take_in(home, register)
    assert taken.left_alone == ["a.xml"]
    assert taken.exports == []
    file.write_bytes(whole)
    assert len(take_in(home, register).accepted) == 1
    file.write_bytes(whole[:-41])
    monkeypatch.setattr(landing, "UNFINISHED_GRACE_SECONDS", 0.0)
    assert len(take_in(home, register).refused) == 1


def test_a_file_that_changes_while_it_is_read_is_left_for_next_time(home, register, monkeypatch):
    file = drop(home, "a.xml")
    reader = SYSTEMS["finance_pes"].reader
    extract = reader.extract

    def slow(path, pseudonyms):
        yield from extract(path, pseudonyms)
        file.write_bytes(file.read_bytes() + b"\n")

    monkeypatch.setattr(reader, "extract", slow)
    assert take_in(home, register).left_alone == ["a.xml"]
    assert raw_amounts(home, register) == []
    monkeypatch.undo()


def test_a_large_export_refused_after_its_first_rows_leaves_none(home, register, monkeypatch):
    monkeypatch.setattr(intake, "WHOLE_FILE_BYTES", 0)
    monkeypatch.setattr("orchestration.lib.frames.ROWS_PER_FRAME", 1)
    drop(home, "good.xml")
    bad = drop(home, "bad.xml", bordereau="2", amount="2.00")
    second = FLOW[FLOW.index("<Bordereau>") : FLOW.index("</PES_DepenseAller>")].format(bordereau="3", amount="x")
    text = bad.read_text(encoding="iso-8859-1").replace("</PES_DepenseAller>", second + "</PES_DepenseAller>")
    bad.write_text(text, encoding="iso-8859-1")
    taken = take_in(home, register)
    assert [export.file_name for export in taken.refused] == ["bad.xml"]
    assert raw_amounts(home, register) == [("10.00",)]


def test_an_unexpected_name_is_refused(home, register):
    drop(home, "a.pdf")
    (refused,) = take_in(home, register).refused
    assert "*.xml" in refused.reason


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_system_without_any_export_is_an_empty_table_of_the_right_columns(home, register, system):
    warehouse.refresh_raw(home, SYSTEMS.values(), register)
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        for table, fields in SYSTEMS[system].tables.items():
            described = connection.execute(f"describe raw.{system}__{table}").fetchall()
            assert [(name, kind) for name, kind, *_ in described] == [(field.column, "VARCHAR") for field in fields]
            assert connection.execute(f"select count(*) from raw.{system}__{table}").fetchone() == (0,)


def test_the_order_of_arrival_survives_the_merging_of_loads(home, register, monkeypatch):
    """An office sends a month again under a name that comes before: what stands is still the one received last."""
    drop(home, "z.xml")
    first = take_in(home, register)
    drop(home, "b.xml", bordereau="2")
    drop(home, "a.xml", bordereau="3")
    second = take_in(home, register)
    monkeypatch.setattr(lake, "LOADS_BEFORE_COMPACTION", 2)
    assert lake.compact(home.raw, "finance_pes", register)
    kept = {export.file_name: (export.load_id, export.received_at) for export in register.exports()}
    assert len({load for load, _ in kept.values()}) == 1
    assert kept["a.xml"][1] == kept["b.xml"][1] > kept["z.xml"][1]
    assert first.received_at < second.received_at
