"""What a DSN must be, as received: what refuses a file, and what only has to be looked at.

Code lists are those of the norm (seeds/ref_dsn_code.csv), judged by the version of each declaration: they change every
January, and a code may change its meaning. An unknown code is shown with its count and refuses nothing. What compares
one declaration with another (sent twice, a fraction that lacks) is in the suites of the staging models, as a load only
knows its own files.
"""

import csv
from collections import defaultdict

from great_expectations.expectations.expectation import Expectation

from expectations.common import raw_suites, rule
from orchestration.lib.fields import Field, read_fields
from orchestration.lib.home import PROJECT, SYSTEMS

SYSTEM = "payroll_dsn"
TABLES = read_fields(SYSTEMS / SYSTEM)
LANDED = "essai_ou_reel = '02' and nature = '01' and coalesce(groupe, 'DSNOK') = 'DSNOK'"  # as the reader decides
DECLARATION = "raw.payroll_dsn__declaration as declaration using (source_export, declaration_line)"
# Rubriques that the delivery platform adds to what the employer sent, or that the norm keeps in reserve.
PLATFORM = "^(S(05|06|95|96)[.]|S10[.]G00[.]95[.]|S20[.]G00[.]96[.]|.*[.](9[0-9]{2}|600)$)"
# 13 characters and perhaps the key: sex, year, month, département (2A and 2B in Corsica), commune, rank.
NIR = "^[1-478][0-9]{4}([0-9]{2}|2[AB])[0-9]{6}([0-9]{2})?$"
# Employer's rate of the CNRACL by the first year that has it, percent: décrets n° 2014-1531, 2024-49 and 2025-86.
CNRACL_RATES = {2017: 30.65, 2024: 31.65, 2025: 34.65, 2026: 37.65, 2027: 40.65, 2028: 43.65}


def _codes() -> dict[str, dict[tuple[str, str], list[str]]]:
    """Return rubrique -> (first, last version of the norm) -> its codes."""
    found: dict[str, dict[tuple[str, str], list[str]]] = defaultdict(lambda: defaultdict(list))
    with (PROJECT / "seeds" / "ref_dsn_code.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found[row["rubrique"]][row["norm_from"], row["norm_to"]].append(row["code"])
    return found


CODES = _codes()
NORMS = sorted({norm for versions in CODES.values() for version in versions for norm in version})
NORM_LIST = ", ".join(f"'{norm}'" for norm in NORMS)


def codes_of_the_norm(table: str) -> list[Expectation]:
    """Return the rule that the coded columns of ``table`` hold codes of the version of the norm they are written in."""

    def fault(field: Field) -> str:
        known = " or ".join(
            f"norme between '{first}' and '{last}' and batch.{field.column} in ({', '.join(map(repr, codes))})"
            for rubrique in field.path.split("|")
            for (first, last), codes in CODES[rubrique].items()
        )
        return f"when batch.{field.column} <> '' and not ({known}) then '{field.path.split('|')[0]}'"

    coded = [field for field in TABLES[table] if any(rubrique in CODES for rubrique in field.path.split("|"))]
    if not coded:
        return []
    return [
        rule(
            "codes_de_la_norme",
            "Chaque code est de la liste de sa version de la norme : " + ", ".join(field.path for field in coded),
            f"""select source_export, source_record, element from (
                select batch.source_export, batch.source_record, case {" ".join(map(fault, coded))} end as element
                from batch {"" if table == "declaration" else f"join {DECLARATION}"}
                where norme in ({NORM_LIST})
            ) where element is not null""",
            "warning",
            "Listes de codes de la norme NEODeS, qui changent chaque janvier : un code inconnu n'est pas classé.",
        )
    ]


def only_pseudonyms(table: str) -> list[Expectation]:
    """Return the rule that what identifies an agent or a contract is a keyed hash and nothing else."""
    hashed = [field.column for field in TABLES[table] if field.personal_data == "keyed_hash"]
    if not hashed:
        return []
    faults = " or ".join(f"({column} <> '' and not regexp_matches({column}, '^[0-9a-f]{{32}}$'))" for column in hashed)
    return [
        rule(
            "pseudonymes_seulement",
            "Les agents et les contrats ne sont connus que par une empreinte à clé",
            f"select source_export, source_record from batch where {faults}",
            "critical",
            "Le NIR n'a pas sa place dans une base de coûts (décret n° 2019-341 du 19 avril 2019).",
        )
    ]


def contract_declared(rubrique: str) -> Expectation:
    """Return the rule that the contract which ``rubrique`` names is one of the individual's."""
    return rule(
        "contrat_declare",
        f"Le contrat de chaque ligne ({rubrique}) est un contrat de l'individu (S21.G00.40.009)",
        f"""select batch.source_export, batch.source_record, '{rubrique}' as element,
            abs(try_cast(batch.montant as decimal(18, 2))) as amount_eur
        from batch
        left join (
            select distinct source_export, individu_line, contrat_pseudonym from raw.payroll_dsn__contrat
        ) as contract using (source_export, individu_line, contrat_pseudonym)
        where batch.contrat_pseudonym <> '' and contract.source_export is null""",
        "warning",
        "Signalé sans refus : les euros sont de toute façon ceux de l'établissement, seul leur service reste inconnu ; "
        "un refus retirerait la paie de tous les autres agents.",
    )


PERIOD_IN_ORDER = rule(
    "periode_dans_l_ordre",
    "Une période ne finit pas avant d'avoir commencé",
    """select source_export, source_record from batch
    where substr(fin_periode, 5, 4) || substr(fin_periode, 3, 2) || substr(fin_periode, 1, 2)
        < substr(debut_periode, 5, 4) || substr(debut_periode, 3, 2) || substr(debut_periode, 1, 2)""",
    "warning",
    "Le mois de rattachement d'une ligne est celui du début de sa période.",
)


FURTHER = {
    "declaration": [
        rule(
            "comptes_de_controle",
            "Le nombre de rubriques et de déclarations de l'envoi est celui qu'il annonce (S90.G00.90)",
            """select source_export, source_record, 'S90.G00.90' as element from (
                select *, count(*) over (partition by source_export, envoi_rank) as found from batch
            )
            where try_cast(lignes_lues as bigint) <> try_cast(lignes_annoncees as bigint)
                or try_cast(declarations_annoncees as bigint) <> found""",
            "critical",
            "Un envoi incomplet ferait manquer des agents sans que rien le montre (norme NEODeS, bloc S90.G00.90).",
        ),
        rule(
            "individus_repris",
            "Chaque individu déclaré est repris, et aucun d'une déclaration qui ne compte pas",
            f"""select batch.source_export, batch.source_record, 'S21.G00.30' as element
            from batch
            left join (
                select source_export, declaration_line, count(*) as found
                from raw.payroll_dsn__individu group by source_export, declaration_line
            ) as individual using (source_export, declaration_line)
            where coalesce(individual.found, 0)
                <> case when {LANDED} then try_cast(batch.individus as bigint) else 0 end""",
            "critical",
            "Un signalement ou un essai répète la déclaration mensuelle : l'ajouter compterait l'agent deux fois.",
        ),
        rule(
            "mois_principal",
            "Une déclaration mensuelle dit son mois, écrit 01MMAAAA",
            """select source_export, source_record, 'S20.G00.05.005' as element from batch
            where nature = '01' and not regexp_matches(coalesce(mois, ''), '^01(0[1-9]|1[0-2])20[0-9]{2}$')""",
            "critical",
            "Sans mois une paie ne peut être rapprochée d'aucun mandat.",
        ),
        rule(
            "etablissement_identifie",
            "L'établissement est connu par un SIREN de 9 chiffres et un NIC de 5 chiffres",
            """select source_export, source_record, 'S21.G00.06.001/S21.G00.11.001' as element from batch
            where not regexp_matches(siren, '^[0-9]{9}$') or not regexp_matches(nic, '^[0-9]{5}$')""",
            "critical",
            "Le SIRET est la clé d'une déclaration : deux envois du même mois ne se reconnaîtraient plus.",
        ),
        rule(
            "fraction_bien_formee",
            "La fraction d'une déclaration mensuelle est n sur N : 11, 12, 22…",
            """select source_export, source_record, 'S20.G00.05.003' as element from batch
            where nature = '01' and fraction <> ''
                and not regexp_matches(fraction, '^(1[1-9]|2[2-9]|3[3-9]|4[4-9]|5[5-9]|6[6-9]|7[7-9]|8[89]|99)$')""",
            "critical",
            "Une fraction illisible serait prise pour le mois entier et remplacerait les autres.",
        ),
        rule(
            "montants_en_euros",
            "Les montants sont en euros (devise 01)",
            "select source_export, source_record, 'S20.G00.05.010' as element from batch where devise <> '01'",
            "critical",
            "Les montants d'une autre devise (territoires du Pacifique) seraient additionnés comme des euros.",
        ),
        rule(
            "norme_connue",
            f"La version de la norme est connue : {', '.join(NORMS)}",
            f"""select source_export, source_record, 'S10.G00.00.006' as element from batch
            where norme not in ({NORM_LIST})""",
            "warning",
            "Une version nouvelle paraît chaque janvier : ses codes ne sont pas jugés tant que ses listes ne sont pas "
            "dans seeds/ref_dsn_code.csv et seeds/ref_dsn_rubrique.csv.",
        ),
        rule(
            "accepte_par_la_plateforme",
            "L'envoi est du groupe accepté par la plateforme (DSNOK)",
            """select source_export, source_record, 'S06.G51.00.001' as element from batch
            where groupe <> '' and groupe <> 'DSNOK'""",
            "warning",
            "Une déclaration refusée ne compte pas tant qu'elle n'a pas été corrigée et renvoyée.",
        ),
        rule(
            "encodage_de_la_norme",
            "Le fichier n'est pas en UTF-8",
            "select source_export, source_record, 'encodage' as element from batch where encodage = 'UTF-8'",
            "warning",
            "La norme veut de l'ISO-8859-1 : un fichier en UTF-8 a été transformé après sa sortie du logiciel de paie.",
        ),
        rule(
            "caracteres_lisibles",
            "Tous les caractères du fichier se lisent",
            """select source_export, source_record, 'caractères remplacés' as element from batch
            where try_cast(caracteres_remplaces as bigint) > 0""",
            "warning",
            "Un caractère perdu peut changer un code libre, donc le service d'un agent.",
        ),
    ],
    "contrat": [
        rule(
            "quotite_sous_la_reference",
            "La quotité d'un contrat (40.013) ne dépasse pas celle de sa catégorie (40.012)",
            """select source_export, source_record, 'S21.G00.40.013' as element from batch
            where try_cast(quotite as decimal(18, 4)) > try_cast(quotite_reference as decimal(18, 4))
                and try_cast(quotite_reference as decimal(18, 4)) > 0""",
            "warning",
            "Le temps de travail d'un contrat est le rapport des deux (norme NEODeS) : au-delà de 1, l'une est fausse.",
        ),
        rule(
            "temps_de_travail_plausible",
            "Le temps de travail d'un contrat (40.013 / 40.012) est entre 0 et 1,2",
            """select source_export, source_record, 'S21.G00.40.013' as element from batch
            where try_cast(quotite as decimal(18, 4)) < 0 or try_cast(quotite as decimal(18, 4))
                > 1.2 * nullif(try_cast(quotite_reference as decimal(18, 4)), 0)""",
            "warning",
            "Au-delà de 1,2 ce n'est plus un arrondi mais une autre unité : les ETP du service seraient faux.",
        ),
        rule(
            "aucun_nir",
            "Aucun code libre n'a la forme d'un numéro de sécurité sociale",
            f"""select source_export, source_record, 'S21.G00.40' as element from batch
            where regexp_matches(lieu, '{NIR}') or regexp_matches(affectation_budgetaire, '{NIR}')""",
            "critical",
            "Le NIR n'a pas sa place dans une base de coûts (décret n° 2019-341 du 19 avril 2019).",
        ),
    ],
    "remuneration": [contract_declared("S21.G00.51.010"), PERIOD_IN_ORDER],
    "prime": [contract_declared("S21.G00.52.006"), PERIOD_IN_ORDER],
    "autre_revenu": [contract_declared("S21.G00.54.005"), PERIOD_IN_ORDER],
    "base": [
        contract_declared("S21.G00.78.006"),
        PERIOD_IN_ORDER,
        rule(
            "contrat_de_la_base",
            "Une base sans numéro de contrat (78.006) est celle d'un individu qui n'a qu'un contrat",
            """select batch.source_export, batch.source_record, 'S21.G00.78.006' as element,
                abs(try_cast(batch.montant as decimal(18, 2))) as amount_eur
            from batch
            join (
                select source_export, individu_line from raw.payroll_dsn__contrat
                group by source_export, individu_line having count(distinct contrat_pseudonym) > 1
            ) as individual using (source_export, individu_line)
            where coalesce(batch.contrat_pseudonym, '') = ''""",
            "warning",
            "Les cotisations de cette base seront partagées entre les contrats selon leur brut.",
        ),
    ],
    "cotisation": [
        rule(
            "taux_cnracl",
            "La part patronale CNRACL (301) est au taux de sa période, à 0,5 point près",
            f"""select source_export, source_record, 'S21.G00.81.001 = 301' as element,
                abs(paid - base * rate / 100) as amount_eur
            from (
                select base.source_export, base.source_record, max(try_cast(base.montant as decimal(18, 2))) as base,
                    sum(try_cast(batch.montant as decimal(18, 2))) as paid,
                    max(case {
                " ".join(
                    f"when substr(coalesce(base.debut_periode, declaration.mois), 5, 4) >= '{year}' then {rate}"
                    for year, rate in sorted(CNRACL_RATES.items(), reverse=True)
                )
            } end) as rate
                from batch
                join raw.payroll_dsn__base as base
                    on batch.source_export = base.source_export
                    and 'S21.G00.78[' || batch.base_line || ']' = base.source_record
                join raw.payroll_dsn__declaration as declaration
                    on batch.source_export = declaration.source_export
                    and batch.declaration_line = declaration.declaration_line
                where batch.code = '301' and base.code = '48'
                group by base.source_export, base.source_record
            )
            where abs(paid - base * rate / 100) > abs(base) * 0.005 + 0.01""",
            "warning",
            "Taux du décret pour l'année de la période ; un demi-point laisse passer les arrondis.",
        ),
    ],
    "rubrique_ignoree": [
        rule(
            "rubrique_de_la_norme",
            "Les rubriques inconnues ne sont que celles que la plateforme ajoute",
            f"""select source_export, source_record, rubrique as element from batch
            where not regexp_matches(rubrique, '{PLATFORM}')""",
            "warning",
            "Une rubrique nouvelle annonce une version de la norme qui n'est pas lue : ce qu'elle dit est perdu.",
        ),
    ],
}

SUITES = raw_suites(
    SYSTEM,
    {table: [*only_pseudonyms(table), *codes_of_the_norm(table), *FURTHER.get(table, [])] for table in TABLES},
)
