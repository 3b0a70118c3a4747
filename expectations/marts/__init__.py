"""Suites of the marts: conservation to the cent, reconciliation, plausibility and no trace of a person.

Every suite is made by ``mart_suite``, which adds the search for personal data over all text columns of the mart.
"""

from functools import cache

import great_expectations as gx
import yaml
from great_expectations.expectations.expectation import Expectation

from expectations.common import rule, suite
from orchestration.lib.home import DBT_PROJECT

# A NIR: sex, year, month, département (2A and 2B in Corsica), commune, rank and perhaps the key, spaced or not.
# Months 20 to 99, given when the month of birth is unknown, are left out: too many other numbers look like that.
NIR = r"\b[12] ?[0-9]{2} ?(0[1-9]|1[0-2]) ?([0-9]{2}|2[AB]) ?[0-9]{3} ?[0-9]{3}( ?[0-9]{2})?\b"
IBAN = r"\bFR[0-9]{2} ?([0-9A-Z]{4} ?){5}[0-9A-Z]{3}\b"
# Numbers given by a vendor's software, as long as a NIR and not to be taken for one.
VENDOR_NUMBERS = (
    *("contract_id", "operation_code", "tiers_reference_vendor"),
    *("bordereau_number", "piece_number", "line_number"),
)


def mart_suite(mart: str, *expectations: Expectation) -> gx.ExpectationSuite:
    """Return the suite of ``mart``: ``expectations`` and the search for personal data."""
    return suite(f"marts.{mart}", *expectations, no_trace_of_a_person(mart))


def no_trace_of_a_person(mart: str) -> Expectation:
    """Return the rule that no text of ``mart`` contains what looks like a NIR or an IBAN."""
    columns = [column for column in text_columns(mart) if column not in VENDOR_NUMBERS]
    cases = " ".join(f"when {_suspect(column)} then '{column}'" for column in columns)
    where = "source_export, source_record, " if {"source_export", "source_record"} <= set(columns) else ""
    return rule(
        "aucune_trace_de_personne",
        "Aucun texte publié ne contient un numéro de sécurité sociale ni un compte bancaire",
        f"""select {where}case {cases} end as element from batch
        where {_suspect(f"concat_ws(' | ', {', '.join(columns)})")}""",
        "critical",
        "Les tables publiées vont aux tableaux de bord et à l'open data : rien d'une personne ne doit y paraître "
        "(décret n° 2019-341 du 19 avril 2019 ; RGPD, article 5).",
    )


def text_columns(mart: str) -> list[str]:
    """Return the text columns of ``mart``, from its dbt contract."""
    return [column["name"] for column in _contracts()[mart]["columns"] if column["data_type"] == "string"]


def _suspect(text: str) -> str:
    return f"(regexp_matches({text}, '{NIR}') or regexp_matches({text}, '{IBAN}'))"


@cache
def _contracts() -> dict[str, dict]:
    files = (DBT_PROJECT / "models" / "marts").rglob("*.yml")
    return {
        model["name"]: model for file in files for model in yaml.safe_load(file.read_text(encoding="utf-8"))["models"]
    }
