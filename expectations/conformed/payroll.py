"""Payroll once all its files are together, and its tie to the ledger. Tolerance: 0.00 euro unless it is said."""

from expectations.common import rule, suite

COST = "line_kind <> 'detail'"

SUITES = {
    "int_month": suite(
        "conformed.int_month",
        rule(
            "calendrier_complet",
            "Les mois se suivent sans trou",
            """select 'mois' as element from (
                select month_index, lead(month_index) over (order by month) as following from batch
            ) where following <> month_index + 1""",
            "critical",
            "Un mois absent ferait disparaître ses absences.",
        ),
    ),
    "int_reference__net": suite(
        "conformed.int_reference__net",
        rule(
            "categorie_connue",
            "La catégorie d'un grade est A, B ou C",
            """select 'grade ' || net_code as element from batch
            where category_code not in ('A', 'B', 'C')""",
            "warning",
            "Code général de la fonction publique, article L411-2 : trois catégories.",
        ),
    ),
    "int_payroll_source": suite(
        "conformed.int_payroll_source",
        rule(
            "paie_de_chaque_mois",
            "Aucun mois de paie ne manque entre le premier et le dernier reçus d'un employeur",
            """select 'SIREN ' || siren || ', après ' || pay_month as element from (
                select siren, pay_month, lead(pay_month) over (partition by siren order by pay_month) as following
                from batch
            ) where following > pay_month + interval 1 month""",
            "warning",
            "Un mois sans fichier manque dans les effectifs, la masse salariale et le rapprochement.",
        ),
    ),
    "int_payroll_matricule": suite(
        "conformed.int_payroll_matricule",
        rule(
            "matricule_d_un_agent",
            "Un matricule n'est porté que par un agent chez un employeur",
            """select 'matricule' as element from (
                select matricule_pseudonym from intermediate.int_payroll_dsn__contract_month
                where matricule_pseudonym in (select matricule_pseudonym from batch)
                group by matricule_pseudonym having count(distinct agent_id) > 1
            )""",
            "warning",
            "Un matricule réattribué ferait passer les bulletins de l'un à l'autre (clé commune à la DSN et au XHL).",
        ),
    ),
    "int_payroll_service": suite(
        "conformed.int_payroll_service",
        rule(
            "un_rattachement_par_code",
            "Un code de service n'a qu'un rattachement à une date donnée",
            """select 'service ' || one.source_code as element from batch as one
            join batch as other
                on one.source_system = other.source_system and one.source_code = other.source_code
                and one.service_id < other.service_id
                and one.valid_from <= other.valid_to and other.valid_from <= one.valid_to""",
            "critical",
            "Deux rattachements doubleraient les agents et leurs coûts (seeds/map_payroll__service.csv).",
        ),
    ),
    "int_payroll_budget": suite(
        "conformed.int_payroll_budget",
        rule(
            "budget_trouve",
            "Chaque employeur de la paie a un budget connu",
            "select 'SIRET ' || siret as element from batch where budget_id is null",
            "warning",
            "Sans flux PES ni document budgétaire de cet employeur, sa paie ne se rapproche de rien.",
        ),
    ),
    "int_agent_month": suite(
        "conformed.int_agent_month",
        rule(
            "situation_connue",
            "La nature de chaque contrat se classe dans une situation connue",
            """select source_export, source_record, 'nature de contrat' as element from batch
            where status_code = 'autre'""",
            "warning",
            "Une nature de contrat inconnue sort l'agent des effectifs (DSN, S21.G00.40.007).",
        ),
    ),
    "int_pay_line": suite(
        "conformed.int_pay_line",
        rule(
            "cout_conserve",
            "Le coût est, au centime, celui du fichier retenu pour chaque employeur et chaque mois",
            f"""select 'SIREN ' || siren || ', ' || pay_month as element,
                abs(coalesce(kept.total, 0) - coalesce(said.total, 0)) as amount_eur
            from (
                select source_system, siren, pay_month, sum(amount_eur) as total from batch where {COST}
                group by source_system, siren, pay_month
            ) as kept
            full join (
                select source_system, siren, pay_month, sum(amount_eur) as total from (
                    select source_system, siren, pay_month, amount_eur from intermediate.int_payroll_dsn__pay_line
                    where {COST}
                    union all
                    select source_system, siren, pay_month, amount_eur from intermediate.int_payroll_xhl__pay_line
                ) as lines
                join intermediate.int_payroll_source as sources using (siren, pay_month)
                where lines.source_system = sources.amounts_from
                group by source_system, siren, pay_month
            ) as said using (source_system, siren, pay_month)
            where coalesce(kept.total, 0) <> coalesce(said.total, 0)""",
            "critical",
            "Un agent rattaché deux fois, ou pas du tout, changerait la masse salariale.",
        ),
        rule(
            "service_connu",
            "Chaque ligne de paie est d'un service connu",
            f"""select source_export, source_record, 'service' as element, abs(amount_eur) as amount_eur from batch
            where {COST} and service_id is null and amount_eur <> 0""",
            "warning",
            "Ces euros restent « à affecter » : complétez seeds/map_payroll__service.csv (DSN S21.G00.40.028, XHL "
            "Service).",
        ),
        rule(
            "contrat_precise",
            "Chaque ligne de paie dit son contrat",
            """select source_export, source_record, 'contrat' as element, abs(amount_eur) as amount_eur from batch
            where warning_contract_unknown and amount_eur <> 0""",
            "warning",
            "Sans contrat, le montant est partagé entre ceux de l'agent au prorata du brut (DSN, S21.G00.78.006).",
        ),
    ),
    "int_movement": suite(
        "conformed.int_movement",
        rule(
            "mouvement_date",
            "Chaque mouvement est daté, après 1950",
            """select source_export, source_record, 'date' as element from batch
            where movement_date is null or movement_date < date '1950-01-01'""",
            "critical",
            "Un mouvement sans date n'entre dans aucune année.",
        ),
    ),
    "int_payroll_tie": suite(
        "conformed.int_payroll_tie",
        rule(
            "paie_et_grand_livre",
            "Sur un exercice, paie et charges réparties valent le chapitre 012 à 2 % près, budget par budget",
            """select 'budget ' || budget_id || ', exercice ' || exercice as element,
                abs(sum(ledger_eur - payroll_eur - allocated_eur - not_payroll_eur)) as amount_eur
            from batch where has_payroll and not is_elected group by budget_id, exercice
            having abs(sum(ledger_eur - payroll_eur - allocated_eur - not_payroll_eur)) > 0.02 * sum(ledger_eur)""",
            "warning",
            "Au-delà de 2 %, un fichier de paie ou des mandats manquent. L'écart exact est dans le rapprochement.",
        ),
    ),
    "int_payroll_cell": suite(
        "conformed.int_payroll_cell",
        rule(
            "cellules_d_au_moins_cinq_agents",
            "Un service ou un lieu montré compte, chaque mois, au moins cinq agents",
            f"""select 'service ' || shown_service_id || coalesce(', lieu ' || shown_facility_id, '') as element
            from intermediate.int_pay_line as lines
            join batch as cells
                on lines.budget_id = cells.budget_id and year(lines.pay_month) = cells.exercice
                and coalesce(lines.service_id, '') = coalesce(cells.service_id, '')
                and coalesce(lines.facility_id, '') = coalesce(cells.facility_id, '')
            where {COST} and lines.amount_eur <> 0 and shown_service_id is not null
            group by cells.budget_id, lines.pay_month, shown_service_id, shown_facility_id
            having count(distinct lines.agent_id) < 5""",
            "critical",
            "Le coût d'un service de moins de cinq agents dirait la paie de chacun (docs/privacy.md).",
        ),
    ),
    "int_payroll_share": suite(
        "conformed.int_payroll_share",
        rule(
            "cle_complete",
            "Les parts d'une clé sont positives et leur somme vaut le tout",
            """select 'budget ' || budget_id || ', ' || pay_month || ', ' || family as element from batch
            group by budget_id, pay_month, family, key_function
            having sum(weight) <> max(whole_weight) or min(weight) <= 0""",
            "critical",
            "Chaque clé vaut 1 (1e-9 près dans la méthode, exactement ici).",
        ),
    ),
    "int_payroll_ledger": suite(
        "conformed.int_payroll_ledger",
        rule(
            "famille_de_chaque_compte",
            "Chaque compte du chapitre 012 a une famille",
            """select source_export, source_record, 'compte ' || nature_code as element, abs(amount_eur) as amount_eur
            from intermediate.int_finance_pes__cost_lines
            where chapter_code = '012' and direction = 'expense' and not is_order
                and (source_export, source_record) not in (select source_export, source_record from batch)""",
            "warning",
            "Un compte sans famille manque dans le rapprochement : complétez seeds/ref_payroll_family.csv.",
        ),
    ),
    "int_payroll_cost_lines": suite(
        "conformed.int_payroll_cost_lines",
        rule(
            "parts_egales_a_la_ligne",
            "Les parts d'une ligne du grand livre font la ligne, au centime",
            """select source_export, source_record, abs(shares.total - ledger.amount_eur) as amount_eur
            from (
                select source_export, source_record, sum(amount_eur) as total from batch
                group by source_export, source_record
            ) as shares
            join intermediate.int_finance_pes__cost_lines as ledger using (source_export, source_record)
            where shares.total <> ledger.amount_eur""",
            "critical",
            "Les euros viennent du grand livre : une clé les répartit sans en créer ni en perdre.",
        ),
    ),
}
