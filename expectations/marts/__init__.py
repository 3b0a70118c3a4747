"""Suites of the marts: conservation to the cent, reconciliation, plausibility and no trace of a person.

Every suite is made by ``mart_suite``, which adds the search for personal data over all text columns of the mart.
"""

from functools import cache

import great_expectations as gx
import yaml
from great_expectations.expectations.expectation import Expectation

from expectations.common import rule, suite
from orchestration.lib.home import DBT_PROJECT

# A NIR: sex, year, month, département (2A and 2B in Corsica), commune, rank and perhaps the key, spaced or not. Months
# 20 to 99 stand for an unknown month: without the key that proves it, too many other numbers look like that.
NIR = r"\b[12] ?[0-9]{2} ?(0[1-9]|1[0-2]) ?([0-9]{2}|2[AB]) ?[0-9]{3} ?[0-9]{3}( ?[0-9]{2})?\b"
NIR_WITH_KEY = r"\b[12] ?[0-9]{2} ?[0-9]{2} ?([0-9]{2}|2[AB]) ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}\b"
IBAN = r"\bFR[0-9]{2} ?([0-9A-Z]{4} ?){5}[0-9A-Z]{3}\b"
# Numbers given by a vendor's software, as long as a NIR and not to be taken for one.
VENDOR_NUMBERS = (
    *("contract_id", "contract_number", "operation_code", "tiers_reference_vendor", "asset_id_inventory"),
    *("bordereau_number", "piece_number", "line_number", "work_order_code"),
)


def mart_suite(mart: str, *expectations: Expectation) -> gx.ExpectationSuite:
    """Return the suite of ``mart``: ``expectations`` and the search for personal data."""
    return suite(f"marts.{mart}", *expectations, no_trace_of_a_person(mart))


def no_trace_of_a_person(mart: str) -> Expectation:
    """Return the rule that no text of ``mart`` contains what looks like a NIR or an IBAN."""
    columns = [column for column in text_columns(mart) if column not in VENDOR_NUMBERS]
    cases = " ".join(f"when {_names_a_person(column)} then '{column}'" for column in columns)
    place = "source_export, source_record, " if {"source_export", "source_record"} <= set(columns) else ""
    together = f"concat_ws(' | ', {', '.join(columns)})"
    return rule(
        "aucune_trace_de_personne",
        "Aucun texte publié ne contient un numéro de sécurité sociale ni un compte bancaire",
        # Materialized: columns are looked at one by one in the few rows that have such a shape, never in all of them.
        f"""select {place}element from (
            with suspects as materialized (
                select * from batch where regexp_matches({together}, '{NIR}|{NIR_WITH_KEY}|{IBAN}')
            )
            select {place}case {cases} end as element from suspects
        ) where element is not null""",
        "critical",
        "Les tables publiées vont aux tableaux de bord et à l'open data : rien d'une personne ne doit y paraître "
        "(décret n° 2019-341 du 19 avril 2019 ; RGPD, article 5).",
    )


def text_columns(mart: str) -> list[str]:
    """Return the text columns of ``mart``, or of a confidential table, from its dbt contract."""
    return [column["name"] for column in _contracts()[mart]["columns"] if column["data_type"] == "string"]


def _names_a_person(column: str) -> str:
    number = f"replace(regexp_extract({column}, '{NIR_WITH_KEY}'), ' ', '')"
    digits = f"replace(replace(substr({number}, 1, 13), '2A', '19'), '2B', '18')"
    key = f"97 - try_cast({digits} as bigint) % 97"
    return (
        f"(regexp_matches({column}, '{NIR}') or regexp_matches({column}, '{IBAN}') "
        f"or coalesce(try_cast(substr({number}, 14, 2) as bigint) = {key}, false))"
    )


@cache
def _contracts() -> dict[str, dict]:
    folders = [DBT_PROJECT / "models" / layer for layer in ("marts", "confidential")]
    return {
        model["name"]: model
        for folder in folders
        for file in folder.rglob("*.yml")
        for model in yaml.safe_load(file.read_text(encoding="utf-8"))["models"]
    }
