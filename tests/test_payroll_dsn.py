"""The DSN: its text read whole and fast, and the declarations that count among all those received.

The traps are those of the notes on the format: one test each. Months, agents and amounts are invented.
"""

import random
import tracemalloc
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from dsn_text import CCAS, TOWN, agent, base, block, contract, declaration, envoi, pay, payment, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from raw_warehouse import build, load_raw

from orchestration.defs.payroll_dsn import extract as reader
from orchestration.lib import guard, neodes
from orchestration.lib.errors import RefusedExport, UnfinishedExport
from orchestration.lib.neodes import LINE, NeodesFile, norm
from orchestration.lib.pseudonyms import Pseudonyms

SAMPLES = Path(__file__).parent / "systems" / "payroll_dsn" / "exports"
PSEUDONYMS = Pseudonyms(b"k" * 32, "payroll")
JANUARY = ("01012026", "31012026")
EVERY_BYTE = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def read(path: Path) -> dict[str, list[dict[str, str | None]]]:
    tables: dict[str, list[dict[str, str | None]]] = {}
    for table, frame in reader.extract(path, PSEUDONYMS):
        tables.setdefault(table, []).extend(frame.to_dict("records"))
    return tables


def contract_hash(number: str, siren: str = TOWN) -> str:
    return PSEUDONYMS.of(f"contract:{siren}:{number}")


def small(amount: str = "1000.00", **values: str) -> list[str]:
    """Return an envoi of one agent paid ``amount`` in January."""
    content = payment(pay("C1", amount, *JANUARY))
    return envoi(declaration("01012026", "26012026", agent(1, contract("C1"), content), **values))


# The text


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"], ids=["CRLF", "LF", "CR"])
def test_line_ends_change_nothing(tmp_path, end):
    assert read(write(tmp_path / "a.dsn", small(), end=end)) == read(write(tmp_path / "b.dsn", small()))


@pytest.mark.parametrize(
    ("encoding", "stated"),
    [("cp1252", "Windows-1252"), ("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8")],
)
def test_the_encoding_is_found_and_nothing_is_lost(tmp_path, encoding, stated):
    vendor = "Éditeur « Œuvre » à 10 € – l’écluse"
    lines = [line.replace("'GRH'", f"'{vendor}'") for line in small()]
    (row,) = read(write(tmp_path / "a.dsn", lines, encoding=encoding))["declaration"]
    assert (row["logiciel"], row["encodage"], row["caracteres_remplaces"]) == (vendor, stated, "0")


def test_plain_ascii_is_said_so(tmp_path):
    (row,) = read(write(tmp_path / "a.dsn", small()))["declaration"]
    assert row["encodage"] == "ASCII"


def test_characters_that_cannot_be_read_are_counted(tmp_path):
    file = write(tmp_path / "a.dsn", small())
    file.write_bytes(file.read_bytes().replace(b"'GRH'", b"'G\x81R\x8dH\xe9'"))
    (row,) = read(file)["declaration"]
    assert (row["logiciel"], row["caracteres_remplaces"]) == ("G�R�Hé", "2")


def test_only_the_outer_apostrophes_are_taken_off(tmp_path):
    lines = [line.replace("'GRH'", "'L'ÉCLUSE,'VIEILLE''") for line in small()]
    (row,) = read(write(tmp_path / "a.dsn", lines))["declaration"]
    assert row["logiciel"] == "L'ÉCLUSE,'VIEILLE'"


def test_an_unknown_rubrique_is_counted_and_ends_no_block(tmp_path):
    lines = small()
    place = lines.index("S21.G00.51.010,'C1'")
    lines[place:place] = ["S21.G00.51.900,'platform'", "S21.G00.99.001,'new'", "S21.G00.51.001.001,'long'"]
    lines[-2] = f"S90.G00.90.001,'{len(lines)}'"
    tables = read(write(tmp_path / "a.dsn", lines))
    (row,) = tables["remuneration"]
    assert (row["debut_periode"], row["type"], row["montant"]) == ("01012026", "001", "1000.00")
    assert {(row["rubrique"], row["occurrences"]) for row in tables["rubrique_ignoree"]} == {
        ("S21.G00.51.900", "1"),
        ("S21.G00.99.001", "1"),
        ("S21.G00.51.001.001", "1"),
    }


def test_a_block_starts_anew_when_its_numbers_do(tmp_path):
    content = [*pay("C1", "10.00", *JANUARY), *pay("C1", "20.00", *JANUARY)]
    content += block("53", r001="01", r002="5.00") + block("53", r001="02", r002="6.00", r003="10")
    tables = read(
        write(
            tmp_path / "a.dsn", envoi(declaration("01012026", "26012026", agent(1, contract("C1"), payment(content))))
        )
    )
    assert [row["montant"] for row in tables["remuneration"]] == ["10.00", "20.00"]
    assert [(row["type"], row["mesure"], row["unite"]) for row in tables["activite"]] == [
        ("01", "5.00", None),
        ("02", "6.00", "10"),
    ]
    under = tables["remuneration"][1]["source_record"].removeprefix("S21.G00.51[").rstrip("]")
    assert {row["remuneration_line"] for row in tables["activite"]} == {under}


def test_a_block_starts_anew_after_another_one(tmp_path):
    content = [
        *pay("C1", "10.00", *JANUARY),
        *block("53", r001="01", r002="5.00"),
        *block("52", r001="050", r002="1.00"),
    ]
    content += block("53", r003="10")  # what would have gone on with the first one is a second one without its type
    lines = envoi(declaration("01012026", "26012026", agent(1, contract("C1"), payment(content))))
    with pytest.raises(RefusedExport, match=r"S21\.G00\.53\.001 .* manque"):
        read(write(tmp_path / "a.dsn", lines))


def plain(lines: list[str]) -> list[tuple[str, int, dict[str, str]]]:
    """Return (block, line, values) of the text, line by line as the notes on the format have it."""
    found: list[tuple[str, int, dict[str, str]]] = []
    last = None
    for number, line in enumerate(lines, start=1):
        match = LINE.fullmatch(line.encode())
        if match and (rubrique := match[1].decode()) in norm().labels:
            block, _, rank = rubrique.rpartition(".")
            if last is None or last[0] != block or rank <= last[1]:
                found.append((block, number, {}))
            found[-1][2][rubrique] = line[len(rubrique) + 2 : -1]
            last = block, rank
    return [(block, line, {name: value for name, value in values.items() if value}) for block, line, values in found]


RUBRIQUES = st.sampled_from([*norm().rubriques[1:], "S21.G00.51.900", "S21.G00.99.001", "S21.G00.30.001.001"])
VALUES = st.text(st.characters(codec="utf-8", exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=12)
LINES = st.lists(st.one_of(st.tuples(RUBRIQUES, VALUES).map(lambda pair: f"{pair[0]},'{pair[1]}'"), st.just("")))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=LINES, chunk=st.integers(2_000, 4_000), repeated=st.integers(1, 60))
def test_blocks_are_those_of_a_plain_reading_whatever_the_chunks(tmp_path, monkeypatch, lines, chunk, repeated):
    monkeypatch.setattr(neodes, "CHUNK_BYTES", chunk)
    lines = lines * repeated
    file = NeodesFile(write(tmp_path / "a.dsn", lines, encoding="utf-8-sig"))
    found, read_before = [], []
    try:
        for stretch in file.stretches():
            for index, rank in enumerate(stretch.block.tolist()):
                found.append((norm().blocks[rank], int(stretch.line[index]), stretch.values(index)))
                read_before.append(int(stretch.before[index]))
    except UnfinishedExport:
        assert not any(lines)
    assert found == plain(lines)
    assert read_before == [sum(1 for line in lines[: row[1] - 1] if line) for row in found]
    assert sum(count for _, count in file.unknown.values()) == sum(
        line.partition(",")[0] not in norm().labels for line in lines if line
    )


def test_every_bad_line_is_counted_and_the_first_ones_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(neodes, "CHUNK_BYTES", 300)
    lines = small()
    for place in range(3, 20):
        lines.insert(2 * place, f"SECRET {place}")
    with pytest.raises(RefusedExport) as refusal:
        read(write(tmp_path / "a.dsn", lines))
    assert f": 17 sur {len(lines)}" in refusal.value.problem
    assert refusal.value.place == "Lignes 7, 9, 11, 13, 15, 17, 19, 21, 23, 25 et 7 autres"
    assert "SECRET" not in repr(refusal.value)


def test_an_endless_line_takes_no_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(neodes, "CHUNK_BYTES", 1 << 16)
    file = tmp_path / "a.dsn"
    file.write_bytes(b"S21.G00.30.002,'" + b"A" * 20_000_000 + b"'\n")
    tracemalloc.start()
    with pytest.raises(RefusedExport, match="1 sur 1"):
        read(file)
    assert tracemalloc.get_traced_memory()[1] < 3_000_000
    tracemalloc.stop()


def town(path: Path, agents: int) -> Path:
    """Write a month of ``agents``, each with three bases and as many contributions as amounts differ."""
    draws = random.Random(agents)

    def one(number: int) -> list[str]:
        amounts = [f"{draws.randint(1, 400_000) / 100:.2f}" for _ in range(12)]
        dues = [(code, amounts.pop()) for code in ("075", "068", "074")]
        bases = [line for code in ("02", "03", "48") for line in base(code, amounts.pop(), *dues)]
        identity = {"r001": f"1{number % 100:02}2099{number // 100:05}", "r019": str(number)}
        content = contract(f"C{number}"), payment(pay(f"C{number}", amounts.pop(), *JANUARY), bases)
        return agent(0, *content, **identity)

    return write(path, envoi(declaration("01012026", "26012026", *(one(number) for number in range(agents)))))


def test_memory_does_not_grow_with_the_number_of_agents(tmp_path, monkeypatch):
    monkeypatch.setattr(neodes, "CHUNK_BYTES", 1 << 16)

    def peak(file: Path) -> int:
        tracemalloc.start()
        rows = sum(len(frame) for _, frame in reader.extract(file, PSEUDONYMS))
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert rows > 100
        return found

    peak(town(tmp_path / "warm.dsn", 20))
    small_town, large_town = (peak(town(tmp_path / "a.dsn", agents)) for agents in (1_500, 6_000))
    assert large_town < 1.2 * small_town


def allowed(folder: Path, content: bytes) -> None:
    """Read ``content``: rows or a refusal in French, never another exception."""
    file = folder / "any.dsn"
    file.write_bytes(content)
    assert reader.recognise(content[:8192]) in (True, False)
    try:
        for _, frame in reader.extract(file, PSEUDONYMS):
            assert len(frame)
    except RefusedExport as refusal:
        assert refusal.problem
        assert refusal.action


@EVERY_BYTE
@given(content=st.binary(max_size=2_000))
def test_any_bytes_give_rows_or_a_refusal(tmp_path, content):
    allowed(tmp_path, content)


@EVERY_BYTE
@given(
    sample=st.sampled_from(sorted(SAMPLES.glob("*.dsn"))),
    place=st.integers(0, 8_000),
    removed=st.integers(0, 60),
    added=st.one_of(
        st.binary(max_size=30), st.sampled_from([b"\n", b"'", b"S21.G00.30.001,'", b"\r\nS90.G00.90.001,'1'"])
    ),
)
def test_a_damaged_sample_gives_rows_or_a_refusal(tmp_path, sample, place, removed, added):
    content = sample.read_bytes()
    allowed(tmp_path, content[:place] + added + content[place + removed :])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sample=st.sampled_from(sorted(SAMPLES.glob("*.dsn"))), share=st.floats(0, 0.999))
def test_a_file_cut_off_is_never_taken_for_whole(tmp_path, sample, share):
    content = sample.read_bytes().rstrip()
    file = tmp_path / "cut.dsn"
    file.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(UnfinishedExport):
        list(reader.extract(file, PSEUDONYMS))


# What the platform puts around


def test_only_the_accepted_group_lands(tmp_path):
    groups = {"DSNOK": 1, "FP-KO": 1, "CT-KO": 0, "AUTRE": 1}
    lines = block("S05.G51.00", r001="V01R02", r006="3")
    for group, envois in groups.items():
        lines += block("S06.G51.00", r001=group) + small() * envois
        lines += block("S96.G51.00", r001="FINSL", r002=str(envois))
    lines += block("S95.G51.00", r001="1", r002="3")
    tables = read(write(tmp_path / "a.dsn", lines))
    assert [row["groupe"] for row in tables["declaration"]] == ["DSNOK", "FP-KO", "AUTRE"]
    assert [row["individus"] for row in tables["declaration"]] == ["1", "1", "1"]
    assert len(tables["individu"]) == len(tables["remuneration"]) == 1


def test_an_envoi_outside_any_group_stands_for_itself(tmp_path):
    (row,) = read(write(tmp_path / "a.dsn", small()))["declaration"]
    assert row["groupe"] is None


# Identities


@pytest.mark.parametrize(
    ("values", "identity"),
    [
        ({"r001": "2752A99999013"}, "nir:2752A99999013"),
        ({"r001": "2752a9999901399"}, "nir:2752A99999013"),
        ({"r001": "", "r020": "T12 "}, "ntt:T12"),
        ({"r001": "", "r019": " 00 4a"}, f"matricule:{TOWN}:4A"),
    ],
)
def test_an_agent_is_known_by_nir_else_ntt_else_matricule(tmp_path, values, identity):
    lines = envoi(declaration("01012026", "26012026", agent(1, contract("C1"), **values)))
    (row,) = read(write(tmp_path / "a.dsn", lines))["individu"]
    assert row["agent_pseudonym"] == PSEUDONYMS.of(identity)


@pytest.mark.parametrize(
    ("nir", "stated", "sex"),
    [("1702099999001", "02", "02"), ("1702099999001", "", "01"), ("8702099999001", "", "02"), ("9", "", None)],
)
def test_sex_is_stated_or_the_first_digit_of_the_nir(tmp_path, nir, stated, sex):
    lines = envoi(declaration("01012026", "26012026", agent(1, contract("C1"), r001=nir, r005=stated)))
    (row,) = read(write(tmp_path / "a.dsn", lines))["individu"]
    assert row["sexe"] == sex


@pytest.mark.parametrize(("birth", "year"), [("31121980", "1980"), ("99991980", "1980"), ("99999999", None)])
def test_only_the_year_of_birth_lands(tmp_path, birth, year):
    lines = envoi(declaration("01012026", "26012026", agent(1, contract("C1"), r006=birth)))
    (row,) = read(write(tmp_path / "a.dsn", lines))["individu"]
    assert row["annee_naissance"] == year


def test_a_contract_that_another_employer_declared_is_hashed_with_its_siren(tmp_path):
    content = contract("C1", block("41", r001="01012026", r014="C0"), block("45", r001=f"{CCAS}00010", r002="C1"))
    tables = read(write(tmp_path / "a.dsn", envoi(declaration("01012026", "26012026", agent(1, content)))))
    assert tables["contrat_chg"][0]["ancien_contrat_pseudonym"] == contract_hash("C0")
    assert tables["contrat_anterieur"][0]["contrat_pseudonym"] == contract_hash("C1", CCAS)


# The traps

FEBRUARY = ("01022026", "28022026")
MARCH = ("01032026", "31032026")


def first(number: int, amount: str) -> list[str]:
    return agent(number, contract(f"C{number}"), payment(pay(f"C{number}", amount, *JANUARY)))


FILES = {
    # 1: January replaced; the first one arrives again later, with other bytes. February sent twice.
    "january": envoi(declaration("01012026", "26012026", first(1, "1000.00"))),
    "january_replaced": envoi(
        declaration("01012026", "02022026", first(1, "1100.00"), r002="03", r004="2", r006="260120261")
    ),
    "january_late": envoi(declaration("01012026", "26012026", first(1, "1000.00"), r004="0")),
    "february": envoi(declaration("01022026", "24022026", agent(9, contract("C9")), r004="9")),
    "february_again": envoi(
        declaration(
            "01022026",
            "24022026",
            # 2 and 3: a recall on January, cancelled and made anew; equal rows are two rows.
            agent(
                1,
                contract("C1", block("60", r001="01", r002="28012026", r003="15022026")),
                payment(
                    pay("C1", "1100.00", *FEBRUARY),
                    pay("C1", "-35.00", *JANUARY),
                    pay("C1", "35.00", *JANUARY),
                    pay("C1", "20.00", *JANUARY),
                    pay("C1", "20.00", *JANUARY),
                    base("48", "1100.00", ("301", "414.15")),
                    base("48", "-35.00", ("301", "-13.18"), r002="01012026", r003="31012026"),
                ),
            ),
            # 4: a leaver of last year is paid again. 13: dates after the month.
            agent(
                2,
                contract("C2", block("62", r001="31122025", r002="039")),
                payment(pay("C2", "80.00", "01122025", "31122025")),
            ),
            agent(3, contract("C3", block("62", r001="30042026", r002="100"))),
            # 7: two contracts, one of them in two periods; a base that names no contract.
            agent(
                4,
                contract("C4"),
                contract("C4B"),
                payment(
                    pay("C4", "500.00", "01022026", "14022026"),
                    pay("C4", "520.00", "15022026", "28022026"),
                    pay("C4B", "300.00", *FEBRUARY),
                    base("03", "1320.00", ("075", "130.42"), ("068", "3.96")),
                ),
            ),
            # 11: an elected member and an intern.
            agent(5, contract("C5", r007="81"), payment(pay("C5", "900.00", *FEBRUARY))),
            agent(6, contract("C6", r007="29"), payment(pay("C6", "600.00", *FEBRUARY))),
            # 12: an amount rounded to the euro by the body that is paid.
            block("20", r001="99979001700019", r005="401.00"),
            r004="10",
        )
    ),
    # 5 and 6: the same leave and strike again, then cancelled; 15: a suspension ends no contract.
    "march": envoi(
        declaration(
            "01032026",
            "26032026",
            agent(
                1,
                contract(
                    "C1",
                    block("60", r001="01", r002="28012026", r003="20032026", r010="21032026"),
                    block("60", r001="99", r002="10022026"),
                    block("62", r001="31032026", r002="099"),
                    block("65", r001="657", r002="05032026", r003="05032026"),
                    block("65", r001="998", r002="10032026"),
                ),
                payment(pay("C1", "1100.00", *MARCH)),
            ),
            r003="12",
        )
    ),
    # 9: the second half of March comes late, in the next file.
    "march_late": envoi(
        declaration("01032026", "27032026", agent(7, contract("C7"), payment(pay("C7", "1.00", *MARCH))), r003="22")
    ),
    # 8: a signal repeats the agent; 10: a code with two meanings; 14: the same matricule in another employer.
    "signal": envoi(declaration("", "15022026", first(1, "1000.00"), r001="07", r004="260215101530123"), norm="P26V01"),
    "ccas_2024": envoi(
        declaration(
            "01122024",
            "20122024",
            agent(1, contract("C1"), payment(base("57", "100.00", ("918", "1.00"))), r001="1702099999101"),
            siren=CCAS,
            nic="00010",
        ),
        norm="P24V01",
    ),
    "ccas_2026": envoi(
        declaration(
            "01022026",
            "20022026",
            agent(1, contract("C1"), payment(base("57", "100.00", ("918", "1.00"))), r001="1702099999101"),
            siren=CCAS,
            nic="00010",
        )
    ),
}


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dsn")
    exports = [("payroll_dsn", write(folder / f"{name}.dsn", lines)) for name, lines in FILES.items()]
    load_raw(folder / "warehouse.duckdb", exports)
    build(
        folder / "warehouse.duckdb",
        "path:models/staging/payroll_dsn",
        "ref_dsn_code",
        "ref_dsn_rubrique",
        data_tests=True,
    )
    return folder / "warehouse.duckdb"


@pytest.fixture
def rows(database):
    """Return a function that runs a query whose tables are staging models of the DSN."""
    with duckdb.connect(str(database), read_only=True) as connection:
        yield lambda query: connection.execute(query.replace("stg_", "staging.stg_payroll_dsn__")).fetchall()


def statuses(rows, month: str) -> dict[str, str]:
    return dict(
        rows(
            f"""select split_part(file_name, '.', 1), standing_status
            from stg_declaration join raw.register__export on source_export = export_id
            where pay_month = date '{month}' and siren = '{TOWN}'"""
        )
    )


def gross(rows, month: str) -> Decimal:
    return rows(
        f"select sum(amount_eur) from stg_remuneration where type_code = '001' and pay_month = date '{month}'"
        f" and siren = '{TOWN}'"
    )[0][0]


def test_1_a_replacement_stands_whatever_arrives_after_it(rows):
    assert statuses(rows, "2026-01-01") == {
        "january": "superseded",
        "january_replaced": "standing",
        "january_late": "superseded",
    }
    assert gross(rows, "2026-01-01") == Decimal("1100.00")


def test_1_of_two_normal_declarations_the_last_stands_and_it_is_said(rows):
    assert statuses(rows, "2026-02-01") == {"february": "superseded", "february_again": "standing"}
    assert rows("select count(*) from stg_declaration where warning_sent_twice") == [(2,)]
    assert rows("select count(*) from stg_individu where pay_month = '2026-02-01' and agent_pseudonym is null") == [
        (0,)
    ]


def test_2_a_recall_keeps_the_month_of_pay_and_its_own_period(rows):
    recall = "pay_month = '2026-02-01' and period_start = '2026-01-01' and period_end = '2026-01-31'"
    assert rows(f"select sum(amount_eur) from stg_remuneration where {recall}") == [(Decimal("40.00"),)]
    assert rows(f"select contribution_code, amount_eur from stg_cotisation where base_code = '48' and {recall}") == [
        ("301", Decimal("-13.18"))
    ]


def test_3_rows_that_look_alike_are_all_kept(rows):
    alike = "select amount_eur from stg_remuneration where pay_month = '2026-02-01' and period_start = '2026-01-01'"
    assert sorted(rows(alike)) == [(Decimal(amount),) for amount in ("-35.00", "20.00", "20.00", "35.00")]


def test_4_a_leaver_is_in_the_file_with_an_end_long_past(rows):
    found = rows(
        """select fin.end_date < individu.pay_month, pay.amount_eur from stg_fin as fin
        join stg_individu as individu using (source_export, individual_line)
        join stg_remuneration as pay using (source_export, individual_line)
        where fin.motive_code = '039'"""
    )
    assert found == [(True, Decimal("80.00"))]


def test_5_a_leave_is_in_each_month_that_it_overlaps_under_one_key(rows):
    found = rows(
        """select motive_code, cast(last_day_worked as varchar), count(distinct pay_month), max(return_date) is not null
        from stg_arret group by agent_pseudonym, contract_pseudonym, motive_code, last_day_worked order by 1"""
    )
    assert found == [("01", "2026-01-28", 2, True), ("99", "2026-02-10", 1, False)]


def test_6_suspensions_and_ends_with_what_cancels_them(rows):
    assert sorted(rows("select motive_code, cast(start_date as varchar) from stg_suspension")) == [
        ("657", "2026-03-05"),
        ("998", "2026-03-10"),
    ]
    assert ("099", "2026-03-31") in rows("select motive_code, cast(end_date as varchar) from stg_fin")


def test_7_several_contracts_and_periods_add_up(rows):
    found = rows(
        f"""select contract_pseudonym, count(*), sum(amount_eur) from stg_remuneration
        where contract_pseudonym in ('{contract_hash("C4")}', '{contract_hash("C4B")}') group by 1"""
    )
    assert set(found) == {
        (contract_hash("C4"), 2, Decimal("1020.00")),
        (contract_hash("C4B"), 1, Decimal("300.00")),
    }


def test_7_a_base_without_contract_takes_the_only_one_or_says_that_it_is_unknown(rows):
    found = rows("select distinct base_code, contract_pseudonym, warning_contract_unknown from stg_cotisation")
    assert {row for row in found if row[0] != "57"} == {
        ("48", contract_hash("C1"), False),
        ("03", None, True),
    }


def test_8_a_signal_is_counted_and_adds_nothing(rows):
    assert rows(
        "select standing_status, individual_count, pay_month from stg_declaration where nature_code = '07'"
    ) == [("signal", 1, None)]
    assert rows(
        """select count(*) from raw.payroll_dsn__individu join stg_declaration as declaration
        using (source_export) where nature_code = '07'"""
    ) == [(0,)]


def test_9_both_halves_of_a_month_stand_whatever_file_they_come_in(rows):
    assert statuses(rows, "2026-03-01") == {"march": "standing", "march_late": "standing"}
    assert gross(rows, "2026-03-01") == Decimal("1101.00")


def test_9_a_month_without_all_its_fractions_or_establishments_is_said(database, tmp_path):
    copy = tmp_path / "warehouse.duckdb"
    copy.write_bytes(database.read_bytes())
    table = "staging.stg_payroll_dsn__declaration"
    with duckdb.connect(str(copy)) as connection:
        connection.execute(f"delete from {table} where fraction_code = '22'")
    suites = {key: suite for key, suite in guard.load_suites("staging").items() if key == table.partition(".")[2]}
    (verdict,) = guard.validate(copy, "staging", suites)
    failed = {rule.name: rule.unexpected_count for rule in verdict.rules if not rule.passed}
    assert failed["fractions_du_mois"] == 1
    assert failed["etablissements_du_mois"] == 1  # the CCAS of February, in March
    assert failed["declaration_envoyee_deux_fois"] == 2


def test_10_a_code_is_read_in_the_list_of_its_version(rows):
    found = rows(
        """select distinct norm, code_label from stg_cotisation
        join seeds.ref_dsn_code on rubrique = 'S21.G00.81.001' and code = contribution_code
            and norm between norm_from and norm_to
        where contribution_code = '918'"""
    )
    assert set(found) == {
        ("P24V01", "Potentielle nouvelle cotisation E"),
        ("P26V01", "Versement mobilité régional et rural"),
    }


def test_11_elected_members_and_interns_keep_their_nature(rows):
    found = rows("select contract_nature_code, count(*) from stg_contrat where contract_nature_code <> '50' group by 1")
    assert sorted(found) == [("29", 1), ("81", 1)]


def test_12_a_payment_to_a_body_is_kept_apart_from_contributions(rows):
    assert rows("select amount_eur from stg_paiement") == [(Decimal("401.00"),)]
    (total,) = rows("select sum(amount_eur) from stg_cotisation where contribution_code = '301'")
    assert total == (Decimal("400.97"),)


def test_13_an_end_after_the_month_is_allowed(rows):
    assert rows("select cast(end_date as varchar) from stg_fin where motive_code = '100'") == [("2026-04-30",)]


def test_14_one_matricule_in_two_employers_is_two_agents(rows):
    matricules = {row[0] for row in rows("select matricule_pseudonym from stg_individu")}
    town, ccas = (PSEUDONYMS.of(f"matricule:{siren}:1") for siren in (TOWN, CCAS))
    assert town != ccas
    assert {town, ccas} <= matricules


def test_15_an_end_is_in_block_62_and_nowhere_else(rows):
    ended = rows("select motive_code from stg_fin")
    assert sorted(ended) == [("039",), ("099",), ("100",)]


def test_the_worked_example_of_the_notes():
    """Gross 1,823.26, employer shares 898.49, cost 2,743.35; 54 = 21.60."""
    tables = read(SAMPLES / "paie_mars_2026.dsn")
    employer = {"301", "312", "075", "068", "074", "049"}
    gross = sum(Decimal(row["montant"]) for row in tables["remuneration"] if row["type"] == "001")
    shares = sum(Decimal(row["montant"]) for row in tables["cotisation"] if row["code"] in employer)
    other = sum(Decimal(row["montant"]) for row in tables["autre_revenu"])
    assert (gross, shares, other) == (Decimal("1823.26"), Decimal("898.49"), Decimal("21.60"))
    assert gross + shares + other == Decimal("2743.35")
    (contract,) = tables["contrat"]
    assert round(Decimal(contract["quotite"]) / Decimal(contract["quotite_reference"]), 2) == Decimal("0.80")
