"""The états de paye once typed: the export of each month that stands, and its lines with their account and month."""

from expectations.common import accepted_only, carried_over, rule, suite

SYSTEM = "payroll_xhl"
STANDING = "source_export in (select source_export from staging.stg_payroll_xhl__etat where is_standing)"


def kept(table: str, columns: dict[str, str]):
    """Return the rule that a model keeps all of a raw table of the états that stand."""
    return carried_over(f"payroll_xhl__{table}", columns, STANDING)


ETAT = [
    carried_over(
        "payroll_xhl__etat",
        {"siret": "siret", "pay_month": "mois_paie", "run_code": "train", "payslip_count": "bulletins"},
    ),
    rule(
        "une_version_fait_foi",
        "Un seul export de chaque mois, budget et train fait foi",
        """select max(source_export) as source_export from batch where is_standing
        group by siret, budget_code, pay_month, coalesce(run_code, '') having count(*) > 1""",
        "critical",
        "Un mois exporté deux fois compterait deux fois la paye.",
    ),
    rule(
        "meme_mois_memes_agents",
        "Un export remplacé par un autre du même mois, budget et train concerne les mêmes agents, pour moitié au moins",
        """select superseded.source_export, 'PayeIndivMensuel' as element, max(superseded.cost) as amount_eur
        from (
            select batch.source_export, batch.superseded_by_export, agents.matricule_pseudonym,
                sum(agents.cost) over (partition by batch.source_export) as cost
            from batch join (
                select bulletin.source_export, bulletin.matricule_pseudonym,
                    sum(try_cast(ligne.mt as decimal(18, 2))) filter (where ligne.element <> 'Deduction') as cost
                from raw.payroll_xhl__bulletin as bulletin
                left join raw.payroll_xhl__ligne as ligne using (source_export, bulletin_rank)
                where bulletin.matricule_pseudonym <> ''
                group by bulletin.source_export, bulletin.matricule_pseudonym
            ) as agents using (source_export)
            where not batch.is_standing
        ) as superseded
        left join (
            select distinct source_export, matricule_pseudonym from raw.payroll_xhl__bulletin
        ) as standing
            on standing.source_export = superseded.superseded_by_export
            and standing.matricule_pseudonym = superseded.matricule_pseudonym
        group by superseded.source_export
        having count(standing.source_export) < count(*) / 2.0""",
        "warning",
        "Deux fichiers du même mois sans Train, l'un des agents et l'autre des élus, se remplaceraient l'un l'autre : "
        "remplir Train dans le logiciel de paye, sinon les euros du premier manquent.",
    ),
]

BULLETIN = [
    kept(
        "bulletin",
        {
            "payslip_rank": "bulletin_rank",
            "matricule_pseudonym": "matricule_pseudonym",
            "agent_pseudonym": "agent_pseudonym",
            "birth_year": "annee_naissance",
            "net_code": "net",
            "service_label": "service",
            "nbi_points": "nbi",
            "quota_rate": "quotite",
            "hours": "heures",
            "overtime_hours": "heures_sup",
            "stated_gross_eur": "mt_brut",
            "net_gap_eur": "ecart_net",
        },
    ),
    rule(
        "age_plausible",
        "L'âge de l'agent est de 14 à 100 ans",
        """select source_export, source_record, 'NIR' as element from batch
        where year(pay_month) - birth_year not between 14 and 100""",
        "warning",
        "L'année de naissance vient des deux chiffres du NIR : le siècle choisi donne l'âge le plus plausible.",
    ),
]

LIGNE = [
    kept(
        "ligne",
        {
            "payslip_rank": "bulletin_rank",
            "item_label": "libelle",
            "item_code": "code",
            "fund_code": "code_caisse",
            "base": "base",
            "rate": "taux",
            "units": "nb_unite",
            "amount_eur": "mt",
            "reference_from": "debut_reference",
            "reference_to": "fin_reference",
        },
    ),
    rule(
        "un_seul_sens",
        "Chaque ligne est un gain, une cotisation patronale ou une déduction, et une seule de ces choses",
        """select source_export, source_record, amount_eur from batch
        where (case when is_gain then 1 else 0 end) + (case when is_employer then 1 else 0 end)
            + (case when is_deduction then 1 else 0 end) <> 1""",
        "critical",
        "Le coût employeur est la somme des gains et des cotisations patronales.",
    ),
    rule(
        "ligne_imputee",
        "Les gains et cotisations ont un compte, quand la nomenclature du fichier en a",
        """select source_export, source_record, 'CodeNatureEmp/CodeNatureSal' as element, amount_eur from batch
        where account_code is null and not is_deduction and source_export in (
            select source_export from batch where account_code is not null
        )""",
        "warning",
        "Une ligne sans compte se rapproche du chapitre 012 en tout, mais pas compte par compte.",
    ),
    rule(
        "rappel_recent",
        "Un rappel porte sur les cinq dernières années",
        """select source_export, source_record, 'PeriodeRef' as element, amount_eur from batch
        where attachment_month < pay_month - interval 5 year""",
        "warning",
        "Au-delà, la prescription est acquise (loi n° 68-1250, quatre ans après l'année d'origine) : une période aussi "
        "ancienne est à vérifier.",
    ),
]

REPARTITION_BUDGET = [
    kept("repartition_budget", {"charged_budget_code": "code_budget", "charged_share": "taux", "amount_eur": "mt"}),
    rule(
        "part_de_zero_a_un",
        "La part d'un budget est entre 0 et 1",
        "select source_export, source_record, 'Taux' as element from batch where charged_share not between 0 and 1",
        "warning",
        "Une part hors de ces bornes chargerait un budget de plus que le bulletin.",
    ),
]

RUBRIQUE = [
    kept(
        "rubrique",
        {
            "item_label": "libelle",
            "item_code": "code",
            "fund_code": "code_caisse",
            "employer_account_code": "nature_employeur",
            "pay_account_code": "nature_salarie",
        },
    ),
]

REPARTITION_NATURE = [
    kept(
        "repartition_nature",
        {
            "raw_account_code": "code",
            "function_code": "fonction",
            "budget_code_stated": "code_budget",
            "amount_eur": "mt",
        },
    ),
    rule(
        "total_par_compte",
        "Le total de chaque compte (quatre chiffres) est celui de ses lignes, à 0,00 € près",
        """select source_export, 'compte ' || account as element,
            abs(coalesce(stated.total, 0) - coalesce(lines.total, 0)) as amount_eur
        from (
            select source_export, substr(account_code, 1, 4) as account, sum(amount_eur) as total
            from batch where not is_journal group by source_export, substr(account_code, 1, 4)
        ) as stated
        full join (
            select source_export, substr(account_code, 1, 4) as account, sum(amount_eur) as total
            from staging.stg_payroll_xhl__ligne
            where account_code is not null and source_export in (select source_export from batch where not is_journal)
            group by source_export, substr(account_code, 1, 4)
        ) as lines using (source_export, account)
        where coalesce(stated.total, 0) <> coalesce(lines.total, 0)
            and source_export in (
                select source_export from staging.stg_payroll_xhl__ligne where account_code is not null
            )""",
        "warning",
        "Ces totaux justifient les mandats du chapitre 012. Un journal, où les retenues sont négatives, n'est comparé "
        "qu'en tout. Les lignes font foi.",
    ),
]

SUITES = {
    f"stg_payroll_xhl__{table}": suite(f"staging.stg_payroll_xhl__{table}", accepted_only(SYSTEM), *rules)
    for table, rules in {
        "etat": ETAT,
        "bulletin": BULLETIN,
        "ligne": LIGNE,
        "repartition_budget": REPARTITION_BUDGET,
        "rubrique": RUBRIQUE,
        "repartition_nature": REPARTITION_NATURE,
    }.items()
}
