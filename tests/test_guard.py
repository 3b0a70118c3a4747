"""Every kind of rule is shown passing and failing on a small database, and no value of the data gets out."""

import json
from dataclasses import asdict
from datetime import UTC, datetime

import duckdb
import pytest

from orchestration.lib import guard, quality, refusals
from orchestration.lib.fields import Field
from orchestration.lib.guard import CRITICAL, WARNING, GuardError, RuleVerdict, TableVerdict

NIR = "184027512345678"
NAME = "DURAND-PLANTED"
FIELDS = {
    "present": Field("t", "label", "A/Label", "text", True, "", ""),
    "integer": Field("t", "n", "A/Rank", "integer", False, "", ""),
    "decimal": Field("t", "n", "A/Share", "decimal", False, "", ""),
    "amount": Field("t", "n", "A/MtHT", "amount", False, "", ""),
    "date": Field("t", "n", "A/Day", "date", False, "", ""),
    "timestamp": Field("t", "n", "A/Moment", "timestamp", False, "", ""),
    "year": Field("t", "n", "A/Exer", "year", False, "", ""),
    "boolean": Field("t", "n", "A/Flag", "boolean", False, "", ""),
    "siret": Field("t", "n", "A/IdColl", "siret", False, "", ""),
}


@pytest.fixture(scope="module")
def common():
    """The makers of expectations; imported late because Great Expectations is slow to import."""
    from expectations import common

    return common


@pytest.fixture
def judge(tmp_path, common):
    """Judge one expectation on rows of (source_export, source_record, label, n, is_person, nir)."""
    count = iter(range(1000))

    def run(expectation, *rows, more=()):
        database = tmp_path / f"{next(count)}.duckdb"
        with duckdb.connect(str(database)) as connection:
            connection.execute("create schema raw")
            connection.execute(
                "create table raw.s__t (source_export varchar, source_record varchar, label varchar, n varchar,"
                " is_person varchar, nir varchar)"
            )
            for index, row in enumerate(rows):
                row = {"source_export": "e1", "source_record": f"A[{index + 1}]", "label": "x", **row}
                names = ", ".join(row)
                marks = ", ".join("?" * len(row))
                connection.execute(f"insert into raw.s__t ({names}) values ({marks})", list(row.values()))
            for statement in more:
                connection.execute(statement)
        (table,) = guard.validate(database, "raw", {"t": common.suite("t", expectation)}, prefix="s__")
        duckdb.connect(str(database)).close()  # the guard let go of the file
        return table.rules[0]

    return run


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("integer", ["12", "-3"], ["1,5", "1e3", " 12", "douze"]),
        ("decimal", ["1", "0.25", "-3."], ["1,5", "1.2.3", ".5"]),
        ("amount", ["41.7", "30", "-12.00", "12345678901234.99", "1.500000"], ["1 200.00", "12,50", "1e6", "NC"]),
        ("date", ["2024-02-29", "2024-03-31+02:00"], ["2023-02-29", "31/03/2024", "2024-3-1", "20240301"]),
        ("timestamp", ["2024-02-29T16:04:10.653+01:00"], ["2023-02-29T00:00:00", "29/02/2024 16:04"]),
        ("year", ["2024", "1999"], ["24", "20244", "3024", "MMXX"]),
        ("boolean", ["true", "false", "0", "1"], ["oui", "TRUE", "2"]),
        ("siret", ["21620999900012"], ["2162099990001", "216209999000123", "2162099990001X"]),
    ],
)
def test_a_type_is_read_or_refused(judge, common, kind, good, bad):
    rule = common.readable(kind, [FIELDS[kind]])
    assert judge(rule, *({"n": value} for value in [*good, None, ""])).passed
    for value in bad:
        verdict = judge(rule, {"n": good[0]}, {"n": value})
        assert (verdict.passed, verdict.unexpected_count, verdict.element_count) == (False, 1, 2), value
        assert verdict.severity == CRITICAL
        assert verdict.exports == ("e1",)
        assert verdict.places == (f"e1 A[2] {FIELDS[kind].path.split('/')[-1]}",)


def test_a_missing_required_value_names_its_element(judge, common):
    rule = common.present([FIELDS["present"]])
    assert judge(rule, {}).passed
    for value in (None, "", "  "):
        assert judge(rule, {"label": value}).places == ("e1 A[1] Label",)


def test_a_record_read_twice(judge, common):
    rule = common.one_row_per_record()
    assert judge(rule, {"source_export": "e1"}, {"source_export": "e2"}).passed
    assert judge(rule, {"source_record": "A[1]"}, {"source_record": "A[1]"}).places == ("e1 A[1]",)


def test_a_person_s_name_kept(judge, common):
    fields = [
        Field("t", "label", "A/Nom", "text", False, "drop_if_person", ""),
        Field("t", "is_person", "(derived)", "boolean", True, "", ""),
    ]
    (rule,) = common.no_person(fields)
    assert judge(rule, {"label": NAME, "is_person": "false"}, {"label": None, "is_person": "true"}).passed
    verdict = judge(rule, {"label": NAME, "is_person": "true"})
    assert (verdict.passed, verdict.severity, verdict.places) == (False, CRITICAL, ("e1 A[1]",))
    assert common.no_person(fields[:1]) == []


def test_an_unknown_code_is_a_warning_with_its_count(judge, common):
    rule = common.known_codes("code", "Le code est connu", "n", ["01", "02"], "Liste de la norme.")
    assert judge(rule, {"n": "01"}, {"n": None}).passed
    verdict = judge(rule, {"n": "01"}, {"n": "9"}, {"n": "8", "source_export": "e2"})
    assert (verdict.severity, verdict.unexpected_count, verdict.exports) == (WARNING, 2, ("e1", "e2"))
    assert (verdict.description, verdict.why) == ("Le code est connu", "Liste de la norme.")


def test_euros_at_stake_are_summed_over_all_rows_and_places_are_bounded(judge, common):
    rule = common.rule(
        "r", "Regle", "select source_export, source_record, 1.25 as amount_eur from batch where n = '1'", WARNING, "W"
    )
    assert judge(rule, {"n": "0"}).amount_eur is None
    verdict = judge(rule, *({"n": "1"} for _ in range(100)))
    assert (verdict.unexpected_count, verdict.amount_eur, len(verdict.places)) == (100, "125.00", guard.PLACES_SHOWN)


def test_braces_colons_and_joins_may_stand_in_a_rule(judge, common):
    sql = """select source_export, 'a :b {c}' as element
        from batch join (select 'e1' as source_export) using (source_export) where regexp_matches(n, '^[0-9]{3}$')"""
    rule = common.rule("r", "Regle", sql, WARNING, "W")
    assert judge(rule, {"n": "12"}).passed
    assert judge(rule, {"n": "123"}).places == ("e1 a :b {c}",)


def test_the_library_s_own_expectations_run_on_duckdb(judge, common):
    import great_expectations.expectations as gxe

    def meta(name):
        return {"severity": "warning", "notes": "Pourquoi", "meta": {"name": name, "regle": "Regle"}}

    in_set = gxe.ExpectColumnValuesToBeInSet(column="n", value_set=["1"], **meta("in_set"))
    regex = gxe.ExpectColumnValuesToMatchRegex(column="n", regex="^[0-9]{1}$", **meta("regex"))
    unique = gxe.ExpectCompoundColumnsToBeUnique(column_list=["source_export", "n"], **meta("unique"))
    filled = gxe.ExpectColumnValuesToNotBeNull(column="n", **meta("filled"))
    rows = common.not_empty("Il y a des lignes", "Pourquoi")
    for rule in (in_set, regex, unique, filled, rows):
        assert judge(rule, {"n": "1"}).passed, rule.meta
    for rule in (in_set, regex):
        verdict = judge(rule, {"n": "1"}, {"n": NIR})
        assert (verdict.passed, verdict.unexpected_count, verdict.places) == (False, 1, ("e1 A[2]",)), rule.meta
        assert verdict.exports is None
    assert judge(unique, {"n": "1"}, {"n": "1"}).unexpected_count == 2
    assert judge(filled, {"n": None}).places == ("e1 A[1]",)
    assert (judge(rows).passed, judge(rows).unexpected_count) == (False, 1)


def test_what_typing_loses_is_seen(judge, common):
    rule = common.carried_over("s__received", {"n": "rank", "amount_eur": "mt"})
    received = [
        "create table raw.s__received as from (values ('e1', '1', '2.50'), ('e1', '', '1')) t(source_export, rank, mt)",
        "alter table raw.s__t add column amount_eur decimal(16, 2)",
    ]
    whole = [*received, "update raw.s__t set amount_eur = case source_record when 'A[1]' then 2.5 else 1 end"]
    assert judge(rule, {"n": "1"}, {"n": None}, more=whole).passed
    assert judge(rule, {"n": "1"}, more=received).places == ("e1 nombre de lignes",)
    assert judge(rule, {"n": None}, {"n": None}, more=whole).places == ("e1 rank",)
    cent = [*whole, "update raw.s__t set amount_eur = 2.49 where source_record = 'A[1]'"]
    assert judge(rule, {"n": "1"}, {"n": None}, more=cent).places == ("e1 mt",)
    assert judge(rule, more=received).unexpected_count == 1


def test_rows_of_an_export_that_the_register_refused(judge, common):
    rule = common.accepted_only("s")
    register = "create table raw.register__export as from (values ('e1', 's', '{}')) t(export_id, system, verdict)"
    assert judge(rule, {}, {}, more=[register.format("accepted")]).passed
    assert judge(rule, {}, {}, more=[register.format("refused")]).exports == ("e1",)


def test_the_key_of_a_siret(judge, common):
    rule = common.valid_siret("n", "La clé est juste")
    assert judge(rule, {"n": "21620999900012"}, {"n": "73282932000074"}, {"n": None}).passed
    assert not judge(rule, {"n": "21620999900013"}).passed


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        (f"cantine {NIR[:13]}", True),
        (NIR, True),
        ("1 84 02 75 123 456 78", True),
        ("2 85 03 2A 123 456", True),
        ("nourrice 284206299999930", True),
        ("marché 202245000012345", False),
        ("FR76 3000 6000 0112 3456 7890 189", True),
        ("FR7630006000011234567890189", True),
        ("SIRET 21620999900012", False),
        ("21620999900012-00", False),
        ("téléphone 03 21 00 00 00", False),
        ("0123456789abcdef", False),
        ("PESALR2_21620999900012_250704_1.xml", False),
    ],
)
def test_a_number_of_a_person_in_a_published_text(judge, common, monkeypatch, text, is_found):
    from expectations import marts

    monkeypatch.setattr(marts, "text_columns", lambda mart: ["source_export", "source_record", "label"])
    verdict = judge(marts.no_trace_of_a_person("fct"), {"label": text})
    assert verdict.passed is not is_found
    assert verdict.places == (("e1 A[1] label",) if is_found else ())


def test_no_value_gets_out(judge, common, tmp_path, capfd):
    import great_expectations.expectations as gxe

    rules = [
        common.rule("r", "Regle", "select *, nir as other from batch where nir <> ''", CRITICAL, "W"),
        common.known_codes("codes", "Regle", "nir", ["01"], "W"),
        gxe.ExpectColumnValuesToBeInSet(
            column="nir", value_set=["1"], notes="W", severity="critical", meta={"name": "in_set", "regle": "Regle"}
        ),
    ]
    verdicts = [judge(rule, *({"nir": NIR, "label": NAME} for _ in range(30))) for rule in rules]
    assert not any(verdict.passed for verdict in verdicts)
    table = TableVerdict("raw", "t", tuple(verdicts))
    quality.record(tmp_path, "raw", [table], "run", "s")
    page = quality.render(tmp_path, [])
    report = refusals.write(tmp_path, "s", "Finances", "f.xml", "ab" * 32, table.critical_failures, datetime.now(UTC))
    written = [json.dumps(asdict(table)), page.read_text(), report.read_text(), *capfd.readouterr()]
    assert not any(secret in text for text in written for secret in (NIR, NAME))


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("select source_export from batch where gone = 1", "gone"),
        ("select cast(nir as integer) as element from batch", "may quote a value"),
    ],
)
def test_a_rule_that_cannot_run_is_an_error_without_a_value(judge, common, capfd, caplog, sql, said):
    with pytest.raises(GuardError, match=said) as error:
        judge(common.rule("broken", "Regle", sql, WARNING, "W"), {"nir": NIR})
    assert "broken" in str(error.value)
    assert NIR not in "".join([str(error.value), caplog.text, *capfd.readouterr()])


def test_a_table_verdict_tells_critical_failures_from_warnings():
    rules = tuple(
        RuleVerdict(f"{severity}-{passed}", severity, passed, 0, 0, "Regle", "W")
        for severity in (CRITICAL, WARNING)
        for passed in (True, False)
    )
    table = TableVerdict("raw", "t", rules)
    assert [rule.name for rule in table.critical_failures] == ["critical-False"]
    assert [rule.name for rule in table.warnings] == ["warning-False"]
    assert table.critical_failed
    assert not TableVerdict("raw", "t", rules[:1]).critical_failed


def test_two_suites_for_one_table_are_refused(monkeypatch):
    monkeypatch.setattr(guard, "iter_modules", lambda path: [type("M", (), {"name": "reference"})] * 2)
    with pytest.raises(ValueError, match="two suites"):
        guard.load_suites("raw")


def test_one_module_can_be_asked_for():
    assert guard.load_suites("raw", "reference").keys() == {"plan", "chapitre", "compte", "ref_fonc", "net"}
