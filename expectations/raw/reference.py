"""What the official lists must be, as received: the sections and chapters of all budgets, and the categories of all
agents, hang on them.
"""

from expectations.common import known_codes, raw_suites, rule

PLAN = [
    rule(
        "plan_avec_comptes",
        "Le plan contient des comptes par nature",
        """select source_export, source_record from batch
        anti join (select source_export from raw.reference__compte where part = 'nature') using (source_export)""",
        "critical",
        "Un plan vide laisserait toutes les lignes de budget sans chapitre ni section.",
    ),
    rule(
        "plan_avec_chapitres",
        "Le plan contient des chapitres par nature",
        """select source_export, source_record from batch
        anti join (select source_export from raw.reference__chapitre where part = 'nature') using (source_export)""",
        "critical",
        "La section d'une ligne vient de son chapitre.",
    ),
    rule(
        "dossier_et_fichier_d_accord",
        "Le fichier dit la même année et la même déclinaison que le dossier où il est rangé",
        """select source_export, source_record, 'Exer' as element from batch
        where (exer <> '' and exer <> plan_exer) or (declinaison <> '' and declinaison <> plan_declinaison)""",
        "warning",
        "Des fichiers officiels portent une année ou une déclinaison fausse : le dossier fait foi.",
    ),
]

CHAPITRE = [
    known_codes(
        "section_connue",
        "La section d'un chapitre est fonctionnement (F) ou investissement (I)",
        "section",
        ["F", "I"],
        "Toute ligne de budget en hérite (plan de comptes, @Section).",
        severity="critical",
    ),
]

COMPTE = [
    rule(
        "compte_unique",
        "Un compte n'est défini qu'une fois par plan",
        """select source_export, min(source_record) as source_record, 'Code' as element from batch
        group by source_export, part, code having count(*) > 1""",
        "warning",
        "Deux définitions d'un même compte donneraient deux chapitres à une ligne.",
    ),
]

NET = [
    rule(
        "categorie_connue",
        "La catégorie d'un grade, quand il en a une, est A, B ou C",
        """select source_export, source_record, 'categorie' as element from batch
        where trim(categorie) <> ''
            and not regexp_matches(upper(trim(categorie)), '^(CAT[EÉ]GORIE )?[ABC][+]?$')""",
        "warning",
        "La fonction publique a trois catégories (code général de la fonction publique, article L. 411-2) ; une autre "
        "valeur sort les agents de ce grade des effectifs par catégorie.",
    ),
    rule(
        "code_de_quatre_caracteres",
        "Le code d'un grade a quatre caractères",
        """select source_export, source_record, 'code' as element from batch
        where not regexp_matches(trim(code), '^[0-9A-Za-z]{4}$')""",
        "warning",
        "Les fichiers de paye désignent un grade par un code de quatre caractères (XHL, RefNomenStatutaire) : un autre "
        "code ne rencontrera aucun agent, par exemple un 0 de tête perdu par le tableur.",
    ),
    rule(
        "grade_unique",
        "Un code n'est défini qu'une fois par tableau",
        """select source_export, min(source_record) as source_record, 'code' as element from batch
        group by source_export, upper(trim(code)) having count(*) > 1""",
        "warning",
        "De deux définitions d'un même grade, la première est retenue.",
    ),
]

SUITES = raw_suites("reference", {"plan": PLAN, "chapitre": CHAPITRE, "compte": COMPTE, "net": NET})
