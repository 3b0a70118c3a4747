"""Staff and payroll: statistical secrecy, conservation to the cent, identities of the indicators, plausibility.

Secrecy is judged here from what is published alone, without the macros that hide: a cell that could be read, or found
by subtraction, stops the publication.
"""

import yaml
from great_expectations.expectations.expectation import Expectation

from expectations.common import rule
from expectations.marts import mart_suite
from orchestration.lib.home import DBT_PROJECT

K = yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]["k_agents"]
WHY_SECRET = (
    f"Moins de {K} agents, ou un agent qui pèse plus de 85 % : le chiffre serait celui d'une personne (secret "
    "statistique, usage de l'Insee ; RGPD, article 5)."
)
SCOPE = "coalesce(budget_id, employer_siren)"
BUDGET = f"'budget ' || {SCOPE}"
EMPLOYER = "'employeur ' || employer_siren || ', exercice ' || exercice"
DRIVERS = (
    *("carried_eur", "variable_eur", "temporary_eur", "point_eur"),
    *("index_points_eur", "employer_rate_eur", "gvt_eur", "staff_eur"),
)


def hidden_is_empty(element: str, measures: tuple[str, ...], status: str = "secrecy_status") -> Expectation:
    """Return the rule that a cell whose ``status`` hides it has none of its ``measures``; ``element`` names the row."""
    filled = " or ".join(f"{measure} is not null" for measure in measures)
    return rule(
        "secret_sans_chiffre" if status == "secrecy_status" else f"secret_sans_chiffre_{status.split('_')[0]}",
        "Une case couverte par le secret n'a aucun chiffre",
        f"select {element} as element from batch where {status} <> 'V' and ({filled})",
        "critical",
        WHY_SECRET,
    )


def enough_agents(element: str, *counts: str) -> Expectation:
    """Return the rule that no count of agents among ``counts`` is from 1 to K - 1."""
    few = " or ".join(f"{count} between 1 and {K - 1}" for count in counts)
    return rule(
        "secret_effectif_minimal",
        f"Aucune case publiée ne compte de 1 à {K - 1} agents",
        f"select {element} as element from batch where {few}",
        "critical",
        WHY_SECRET,
    )


def no_subtraction(
    name: str,
    keys: dict[str, str],
    cells: str,
    total: str,
    count: str = "agent_count",
    total_keys: dict[str, str] | None = None,
) -> Expectation:
    """Return the rule that no hidden cell comes out of its total by subtraction.

    ``cells`` and ``total`` are the conditions on the rows of both; ``keys`` maps a name to the SQL expression of what
    they share, ``total_keys`` those that differ on the side of the total; ``count`` is 0 in an empty cell.
    Cells of a shown total are hidden two at a time at least, but when it is 0; those of a hidden one are all hidden.
    """
    of_cell = ", ".join(f"{expression} as {key}" for key, expression in keys.items())
    of_total = ", ".join(f"{expression} as {key}" for key, expression in (keys | (total_keys or {})).items())
    names = ", ".join(keys)
    element = " || ', ' || ".join(f"coalesce(cast({key} as varchar), 'non renseigné')" for key in keys)
    return rule(
        f"secret_par_difference_{name}",
        "Aucune case secrète ne se retrouve par soustraction d'un total publié",
        f"""select {element} as element from (
            select {names}, max(totals.shown) as total_shown, max(totals.is_filled) as total_filled,
                count(*) filter (where not cells.shown) as hidden_count,
                count(*) filter (where cells.shown and cells.is_filled) as shown_count
            from (
                select {of_cell}, secrecy_status = 'V' as shown, {count} > 0 as is_filled from batch where {cells}
            ) as cells
            join (
                select {of_total}, secrecy_status = 'V' as shown, {count} > 0 as is_filled from batch where {total}
            ) as totals using ({names})
            group by {names}
        ) where (total_shown and total_filled and hidden_count = 1) or (not total_shown and shown_count > 0)""",
        "critical",
        WHY_SECRET,
    )


HEADCOUNT_ROW = "'employeur ' || employer_siren || ', ' || month || ', axe ' || axis"
# axis of a detail -> axis of the groups that it details, axis of its values when that is published too
DETAILS = {
    "status": ("permanent", None),
    "cadre_emplois": ("filiere", None),
    "age_sex": ("age", "sex"),
    "service_permanent": ("service", "permanent"),
    "service_category": ("service", "category"),
    "service_sex": ("service", "sex"),
}
DETAILED = ", ".join(f"'{axis}'" for axis in DETAILS)
GROUPS_OF_DETAILS = " ".join(f"when '{axis}' then '{group}'" for axis, (group, _) in DETAILS.items())
VALUES_OF_DETAILS = " ".join(f"when '{axis}' then '{values}'" for axis, (_, values) in DETAILS.items() if values)

HEADCOUNT = [
    hidden_is_empty(HEADCOUNT_ROW, ("agent_count", "etp", "etpr", "etpt")),
    enough_agents(HEADCOUNT_ROW, "agent_count"),
    rule(
        "secret_par_difference",
        f"Ce qu'un total publié laisse aux cases secrètes est zéro ou au moins {K} agents, et jamais une seule case",
        f"""select 'employeur ' || employer_siren || ', ' || month || ', axe ' || axis as element from (
            select parts.employer_siren, parts.month, parts.axis, parts.group_code, parts.hidden_count,
                parts.shown_agents, totals.agent_count, totals.secrecy_status = 'V' as is_total_shown
            from (
                select employer_siren, month, axis, group_code,
                    count(*) filter (where secrecy_status <> 'V') as hidden_count,
                    coalesce(sum(agent_count), 0) as shown_agents
                from batch where axis <> 'total' and axis not in ({DETAILED}) or axis = 'status'
                group by employer_siren, month, axis, group_code
            ) as parts
            join batch as totals on parts.employer_siren = totals.employer_siren and parts.month = totals.month
                and totals.axis = case parts.axis when 'status' then 'permanent' else 'total' end
                and (parts.axis <> 'status' or totals.value_code = parts.group_code)
        ) where (is_total_shown and hidden_count > 0
                and (hidden_count = 1 or agent_count - shown_agents between 1 and {K - 1}))
            or (not is_total_shown and shown_agents > 0)""",
        "critical",
        WHY_SECRET,
    ),
    rule(
        "secret_detail_entier",
        "Le détail d'un groupe paraît en entier ou pas du tout, et pas quand le groupe est lui-même secret",
        f"""select 'employeur ' || details.employer_siren || ', ' || details.month || ', axe ' || details.axis
                || ', ' || coalesce(details.group_code, 'non renseigné') as element
        from batch as details
        join batch as groups on details.employer_siren = groups.employer_siren and details.month = groups.month
            and groups.axis = case details.axis {GROUPS_OF_DETAILS} end
            and groups.value_code is not distinct from details.group_code
        where details.axis in ({DETAILED}) and details.axis <> 'status'
        group by details.employer_siren, details.month, details.axis, details.group_code
        having count(*) filter (where details.secrecy_status = 'V') > 0
            and (count(*) filter (where details.secrecy_status <> 'V') > 0 or max(groups.secrecy_status) <> 'V')""",
        "critical",
        WHY_SECRET,
    ),
    rule(
        "secret_detail_par_difference",
        f"Les groupes sans détail sont au moins deux et comptent, pour chaque valeur, zéro ou au moins {K} agents",
        f"""select element from (
            select 'employeur ' || parts.employer_siren || ', ' || parts.month || ', axe ' || parts.axis as element,
                parts.hidden_groups, margins.agent_count - parts.shown_agents as left_agents,
                margins.secrecy_status = 'V' as is_margin_shown
            from (
                select employer_siren, month, axis, value_code, coalesce(sum(agent_count), 0) as shown_agents,
                    max(hidden_groups) as hidden_groups
                from (
                    select *, count(distinct case when secrecy_status <> 'V' then coalesce(group_code, '-') end)
                        over (partition by employer_siren, month, axis) as hidden_groups
                    from batch where axis in ({DETAILED}) and axis not in ('status', 'cadre_emplois')
                ) group by employer_siren, month, axis, value_code
            ) as parts
            join batch as margins on parts.employer_siren = margins.employer_siren and parts.month = margins.month
                and margins.axis = case parts.axis {VALUES_OF_DETAILS} end
                and margins.value_code is not distinct from parts.value_code
        ) where (is_margin_shown and hidden_groups = 1 and left_agents > 0)
            or (is_margin_shown and hidden_groups > 0 and left_agents between 1 and {K - 1})
            or (not is_margin_shown and hidden_groups = 0)""",
        "critical",
        WHY_SECRET,
    ),
    rule(
        "effectif_conserve",
        "L'effectif publié est celui des contrats actifs le dernier jour du mois, chaque agent une fois",
        f"""select 'employeur ' || employer_siren || ', ' || month as element from (
            select employer_siren, month, agent_count from batch where axis = 'total' and secrecy_status = 'V'
        ) as published
        full join (
            select substr(employer_siret, 1, 9) as employer_siren, pay_month as month,
                count(distinct agent_id) as agents
            from confidential.fct_agent_month where is_counted and is_present_at_month_end
            group by substr(employer_siret, 1, 9), pay_month
        ) as known using (employer_siren, month)
        where coalesce(agent_count, 0) <> coalesce(agents, 0) and not (agent_count is null and agents < {K})""",
        "critical",
        "Recompté depuis les contrats, sans passer par les axes : personne n'est perdu ni compté deux fois.",
    ),
    rule(
        "axes_au_meme_total",
        "Les valeurs d'un axe sans secret font le total de l'employeur, en agents et en équivalents temps plein",
        """select 'employeur ' || employer_siren || ', ' || month || ', axe ' || axis as element from (
            select employer_siren, month, axis, count(*) filter (where secrecy_status <> 'V') as hidden_count,
                sum(agent_count) as agents, sum(etpt) as etpt, count(*) as cells
            from batch where axis <> 'total' group by employer_siren, month, axis
        ) as parts
        join (
            select employer_siren, month, agent_count, etpt as total_etpt from batch where axis = 'total'
        ) as totals using (employer_siren, month)
        where hidden_count = 0 and (agents <> agent_count or abs(parts.etpt - total_etpt) > 0.005 * (cells + 1))""",
        "critical",
        "Chaque axe découpe le même effectif. Les équivalents temps plein sont arrondis à 0,01 par case : la tolérance "
        "est la somme de ces arrondis.",
    ),
    rule(
        "temps_paye_plausible",
        "Les équivalents temps plein payés en fin de mois ne dépassent pas 1,2 par agent",
        f"select {HEADCOUNT_ROW} as element from batch where etp > 1.2 * agent_count and agent_count > 0"
        " and axis = 'total'",
        "warning",
        "Au-delà, des quotités de contrat sont fausses (DSN, S21.G00.40.012 et 013).",
    ),
]

COMPONENT_ROW = f"{BUDGET} || ', ' || pay_month || ', ' || component"
MONTH_KEYS = {"budget": SCOPE, "mois": "pay_month"}

COMPONENT = [
    hidden_is_empty(COMPONENT_ROW, ("amount_eur", "agent_count")),
    enough_agents(COMPONENT_ROW, "agent_count"),
    no_subtraction("groupes", MONTH_KEYS, "axis = 'group'", "axis = 'total'"),
    no_subtraction("composantes", {**MONTH_KEYS, "groupe": "component_group"}, "axis = 'component'", "axis = 'group'"),
    no_subtraction("services", MONTH_KEYS, "axis = 'service'", "axis = 'total'"),
    rule(
        "secret_detail_entier",
        "Les groupes d'un service paraissent en entier ou pas du tout, et jamais pour tous les services sauf un",
        f"""select {BUDGET} || ', ' || pay_month as element from (
            select employer_siren, budget_id, pay_month, service_id, count(*) as cells,
                count(*) filter (where secrecy_status <> 'V') as hidden
            from batch where axis = 'service_group' group by employer_siren, budget_id, pay_month, service_id
        ) group by employer_siren, budget_id, pay_month
        having count(*) filter (where hidden not in (0, cells)) > 0
            or (count(*) filter (where hidden > 0) = 1 and count(*) > 1)""",
        "critical",
        WHY_SECRET,
    ),
    rule(
        "somme_des_composantes",
        "Composantes, groupes et services font chacun le coût total, au centime",
        f"""select {BUDGET} || ', ' || pay_month || ', ' || axis as element, abs(amount - total) as amount_eur from (
            select employer_siren, budget_id, pay_month, axis, sum(amount_eur) as amount,
                count(*) filter (where secrecy_status <> 'V') as hidden,
                max(max(case when axis = 'total' then amount_eur end)) over (
                    partition by employer_siren, budget_id, pay_month
                ) as total
            from batch group by employer_siren, budget_id, pay_month, axis
        ) where hidden = 0 and amount <> total""",
        "critical",
        "Une composante oubliée ou comptée deux fois fausserait la masse salariale. Tolérance : 0,00 €.",
    ),
    rule(
        "cout_conserve",
        "Le coût publié est, au centime, celui des lignes de paie, élus à part",
        f"""select 'budget ' || scope || ', ' || pay_month as element, abs(amount - coalesce(paid, 0)) as amount_eur
        from (
            select {SCOPE} as scope, pay_month, amount_eur as amount from batch
            where axis = 'total' and secrecy_status = 'V'
        ) as published
        left join (
            select coalesce(budget_id, substr(employer_siret, 1, 9)) as scope, pay_month, sum(amount_eur) as paid
            from confidential.fct_pay_line
            where line_kind <> 'detail' and coalesce(status_code, '') <> 'elu'
                and coalesce(family, '') not like 'elected%'
            group by coalesce(budget_id, substr(employer_siret, 1, 9)), pay_month
        ) as known using (scope, pay_month)
        where amount is distinct from paid""",
        "critical",
        "Recalculé depuis les lignes de paie, sans passer par les composantes. Tolérance : 0,00 €.",
    ),
]

ENVELOPE_ROW = f"{BUDGET} || ', exercice ' || exercice || ', ' || component"

ENVELOPE = [
    hidden_is_empty(ENVELOPE_ROW, ("amount_eur", "agent_count", "overtime_hours", "change_share")),
    enough_agents(ENVELOPE_ROW, "agent_count"),
    no_subtraction(
        "services",
        {"budget": SCOPE, "exercice": "exercice", "composante": "component"},
        "axis = 'service'",
        "axis = 'total'",
    ),
    rule(
        "enveloppe_des_mois",
        "Une enveloppe de l'exercice est, au centime, la somme de ses mois, et n'en révèle aucun qui soit secret",
        f"""select 'budget ' || scope || ', exercice ' || exercice || ', ' || component as element,
            abs(amount - paid) as amount_eur
        from (
            select {SCOPE} as scope, exercice, component, amount_eur as amount from batch
            where axis = 'total' and secrecy_status = 'V'
        ) as years
        left join (
            select {SCOPE} as scope, exercice, component, sum(amount_eur) as paid,
                count(*) filter (where secrecy_status <> 'V') as hidden_months
            from marts.mart_payroll_component where axis = 'component' group by {SCOPE}, exercice, component
        ) as months using (scope, exercice, component)
        where hidden_months = 1 or (coalesce(hidden_months, 0) = 0 and amount is distinct from paid)""",
        "critical",
        "Deux tables publiées disent les mêmes euros ; l'année moins les mois ne doit pas donner un mois secret.",
    ),
]

EFFECT = [
    hidden_is_empty(EMPLOYER, ("payroll_eur", "december_pay_eur", "level_effect_share", "mass_effect_share")),
    hidden_is_empty(
        EMPLOYER,
        ("stayer_count", "entrant_count", "leaver_count", "entrants_pay_eur", "leavers_pay_eur", "gvt_positive_share"),
        "movement_secrecy_status",
    ),
    enough_agents(EMPLOYER, "december_agent_count", "stayer_count", "entrant_count", "leaver_count"),
    rule(
        "identite_masse_et_report",
        "(1 + effet masse) × (1 + effet report) = masse salariale N / masse salariale N-1",
        f"""select {EMPLOYER} as element from batch
        where abs((1 + mass_effect_share) * (1 + carry_effect_share) - (1 + payroll_growth_share)) > 0.000003""",
        "critical",
        "Identité des effets (prospective de masse salariale). Chaque effet est arrondi à 0,000001 : la tolérance est "
        "la somme de ces arrondis.",
    ),
    rule(
        "decembre_a_decembre",
        "Décembre N - décembre N-1 = évolution des présents + entrants - sortants, au centime",
        f"""select {EMPLOYER} as element,
            abs(december_pay_eur - previous_december_pay_eur - stayers_change_eur - entry_exit_effect_eur) as amount_eur
        from batch
        where december_pay_eur - previous_december_pay_eur <> stayers_change_eur + entry_exit_effect_eur
            or entrants_pay_eur - leavers_pay_eur <> entry_exit_effect_eur""",
        "critical",
        "Chaque agent est présent, entrant ou sortant, et un seul des trois. Tolérance : 0,00 €.",
    ),
    rule(
        "gvt_plausible",
        "Le GVT positif d'un employeur d'au moins 50 agents est entre 1 et 3 %",
        f"select {EMPLOYER} as element from batch"
        " where december_agent_count >= 50 and gvt_positive_share not between 0.01 and 0.03",
        "warning",
        "Ordre de grandeur publié : 1 à 3 % de la masse salariale, 1,5 à 2 % par an à effectif constant (La Gazette "
        "des communes, 427842). Au-delà, une revalorisation (points attribués, régime indemnitaire) s'ajoute au GVT.",
    ),
]

ABSENCE_ROW = f"{EMPLOYER} || ', ' || absence_code || coalesce(', service ' || service_id, '')"
YEAR_KEYS = {"employeur": "employer_siren", "exercice": "exercice"}

ABSENCE = [
    hidden_is_empty(
        ABSENCE_ROW,
        ("mean_agents", "absent_days", "absent_agents", "stop_count", "absence_percent", "absence_cost_eur"),
    ),
    enough_agents(ABSENCE_ROW, "absent_agents"),
    no_subtraction(
        "services",
        YEAR_KEYS,
        "axis = 'service' and absence_code = 'global'",
        "axis = 'total' and absence_code = 'global'",
        "absent_agents",
    ),
    rule(
        "secret_par_difference_motifs",
        "Aucun motif ni taux secret ne se retrouve par soustraction des taux et motifs publiés",
        """select 'employeur ' || employer_siren || ', exercice ' || exercice as element from (
            select employer_siren, exercice,
                max(case when absence_code = 'compressible' then status end) as compressible,
                max(case when absence_code = 'medical' then status end) as medical,
                max(case when absence_code = 'global' then status end) as whole,
                count(*) filter (where hidden and is_compressible) as hidden_compressible,
                count(*) filter (where hidden and is_medical and not is_compressible) as hidden_long,
                count(*) filter (where hidden and is_global and not is_medical) as hidden_parental
            from (
                select batch.employer_siren, batch.exercice, batch.absence_code, batch.secrecy_status as status,
                    batch.axis = 'motive' and batch.secrecy_status <> 'V' as hidden, families.is_compressible,
                    families.is_medical, families.is_global
                from batch
                left join (
                    select motive_family, max(is_compressible) as is_compressible, max(is_medical) as is_medical,
                        max(is_global) as is_global
                    from seeds.ref_dsn_absence group by motive_family
                ) as families on batch.axis = 'motive' and batch.absence_code = families.motive_family
                where batch.axis in ('motive', 'total')
            ) group by employer_siren, exercice
        ) where (compressible = 'V' and hidden_compressible = 1)
            or (medical = 'V' and hidden_compressible + hidden_long = 1)
            or (whole = 'V' and hidden_compressible + hidden_long + hidden_parental = 1)
            or (medical = 'V' and compressible = 'V' and hidden_long = 1)
            or (medical = 'V' and whole = 'V' and hidden_parental = 1)
            or (medical = 'V' and compressible <> 'V' and hidden_long = 0)
            or (whole = 'V' and medical <> 'V' and hidden_parental = 0)""",
        "critical",
        WHY_SECRET,
    ),
    rule(
        "taux_emboites",
        "Compressible ≤ médicale ≤ globale, en jours et en coût",
        f"""select {EMPLOYER} as element from (
            select employer_siren, exercice, service_id, axis,
                max(case when absence_code = 'compressible' then absent_days end) as compressible,
                max(case when absence_code = 'medical' then absent_days end) as medical,
                max(case when absence_code = 'global' then absent_days end) as whole
            from batch where axis <> 'motive' group by employer_siren, exercice, service_id, axis
        ) where compressible > medical or medical > whole or compressible > whole""",
        "critical",
        "Les trois taux nommés se contiennent l'un l'autre (définitions : docs/hr.md).",
    ),
    rule(
        "taux_plausible",
        "Le taux d'absence global d'un employeur d'au moins 50 agents est entre 2 et 15 %",
        f"select {ABSENCE_ROW} as element from batch where axis = 'total' and absence_code = 'global'"
        " and mean_agents >= 50 and month_count = 12 and absence_percent not between 2 and 15",
        "warning",
        "Ordre de grandeur : 9,6 % dans le public en 2021 (chiffre d'un éditeur, sans définition officielle). "
        "Au-dehors, les arrêts ou l'effectif de référence sont incomplets.",
    ),
]

MOVEMENT_ROW = f"{EMPLOYER} || ', ' || movement_type"

MOVEMENT = [
    hidden_is_empty(MOVEMENT_ROW, ("movement_count", "movements_per_100_agents", "turnover_percent")),
    enough_agents(MOVEMENT_ROW, "movement_count"),
    no_subtraction(
        "motifs",
        {**YEAR_KEYS, "population": "population"},
        "axis = 'motive'",
        "axis = 'total' and movement_type = 'departure'",
        "movement_count",
    ),
    no_subtraction(
        "services",
        {**YEAR_KEYS, "population": "population", "sens": "movement_type"},
        "axis = 'service'",
        "axis = 'total'",
        "movement_count",
        {
            "sens": "unnest(case movement_type when 'internal' then ['internal_in', 'internal_out']"
            " else [movement_type] end)"
        },
    ),
    rule(
        "departs_par_motif",
        "Les départs par motif font le total des départs",
        f"""select {EMPLOYER} as element from (
            select employer_siren, exercice, population,
                sum(case when axis = 'motive' then movement_count end) as parts,
                sum(case when axis = 'total' and movement_type = 'departure' then movement_count end) as whole,
                count(*) filter (where axis = 'motive' and secrecy_status <> 'V') as hidden
            from batch group by employer_siren, exercice, population
        ) where hidden = 0 and parts <> whole""",
        "critical",
        "Chaque départ a un motif et un seul.",
    ),
]

EQUALITY_ROW = f"{EMPLOYER} || ', ' || axis || ' ' || value_label"

EQUALITY = [
    hidden_is_empty(
        EQUALITY_ROW,
        (
            *("women_count", "men_count", "women_full_time_pay_eur", "men_full_time_pay_eur", "received_gap_eur"),
            *("working_time_effect_eur", "structure_effect_eur", "inside_category_effect_eur"),
        ),
    ),
    enough_agents(EQUALITY_ROW, "women_count", "men_count"),
    no_subtraction("categories", YEAR_KEYS, "axis = 'category'", "axis = 'total'", "women_count + men_count"),
    no_subtraction("filieres", YEAR_KEYS, "axis = 'filiere'", "axis = 'total'", "women_count + men_count"),
    rule(
        "ecart_et_effets",
        "L'écart perçu est la somme de ses trois effets, au centime",
        f"""select {EQUALITY_ROW} as element,
            abs(received_gap_eur - working_time_effect_eur - structure_effect_eur - inside_category_effect_eur)
                as amount_eur
        from batch where received_gap_eur <> men_received_pay_eur - women_received_pay_eur
            or received_gap_eur <> working_time_effect_eur + structure_effect_eur + inside_category_effect_eur""",
        "critical",
        "Une décomposition qui ne se referme pas n'explique rien. Tolérance : 0,00 €.",
    ),
]

FORECAST_ROW = f"{BUDGET} || ', ' || month || ', vu de ' || known_month"

FORECAST = [
    hidden_is_empty(FORECAST_ROW, ("payroll_eur", "forecast_eur", *DRIVERS)),
    rule(
        "prevision_et_facteurs",
        "Une prévision est la somme de ses facteurs, au centime, et un mois payé n'est pas prévu",
        f"""select {FORECAST_ROW} as element, abs(payroll_eur - ({" + ".join(DRIVERS)})) as amount_eur from batch
        where secrecy_status = 'V' and (
            (not is_realised and (payroll_eur is distinct from {" + ".join(DRIVERS)} or forecast_eur <> payroll_eur))
            or (is_realised and (forecast_eur is not null or payroll_eur is distinct from realised_eur))
        )""",
        "critical",
        "Chaque euro prévu vient d'un facteur nommé. Tolérance : 0,00 €.",
    ),
    rule(
        "realise_de_la_paie",
        "Le réalisé est le coût total des composantes de paie du mois, au centime",
        f"""select 'budget ' || scope || ', ' || month as element, abs(realised_eur - total) as amount_eur
        from (
            select {SCOPE} as scope, month, realised_eur from batch where is_last_known and realised_eur is not null
        ) as known
        left join (
            select {SCOPE} as scope, pay_month as month, amount_eur as total
            from marts.mart_payroll_component where axis = 'total'
        ) as paid using (scope, month)
        where realised_eur is distinct from total""",
        "critical",
        "Deux tables publiées disent les mêmes euros. Tolérance : 0,00 €.",
    ),
    rule(
        "annee_entiere",
        "La prévision du jour va jusqu'en décembre de l'exercice du dernier mois payé",
        f"""select {BUDGET} as element from batch where is_last_known
        group by employer_siren, budget_id, known_month
        having max(month) < make_date(year(known_month), 12, 1)
            and known_month = (select max(known_month) from batch where is_last_known)""",
        "critical",
        "Sans tous les mois, la somme ne serait pas l'atterrissage de l'année.",
    ),
]

FORECAST_ERROR = [
    hidden_is_empty(
        f"{BUDGET} || ', exercice ' || exercice",
        ("realised_eur", "forecast_eur", "error_eur", "error_percent", "prolonged_eur"),
    ),
    rule(
        "erreur_de_prevision",
        "Vue de juin ou de septembre, la prévision d'un budget de plus d'un million d'euros est juste à 2 % près",
        f"""select {BUDGET} || ', exercice ' || exercice || ', vu de ' || known_month as element,
            abs(error_eur) as amount_eur
        from batch where realised_eur > 1000000 and abs(error_percent) > 2""",
        "warning",
        "Au-delà, une mesure manque à ref_payroll_rule (recrutements, revalorisation, texte). 2 % est le seuil "
        "d'alerte choisi, l'ordre d'un GVT annuel.",
    ),
]

SCENARIO_ROW = f"{BUDGET} || ', scénario ' || scenario_id || ', exercice ' || exercice"

SCENARIO = [
    hidden_is_empty(f"{SCENARIO_ROW} || ', ' || driver", ("amount_eur",)),
    rule(
        "scenario_et_facteurs",
        "Le total d'un scénario est la somme de ses facteurs, au centime",
        f"""select {SCENARIO_ROW} as element, abs(total - parts) as amount_eur from (
            select employer_siren, budget_id, scenario_id, exercice,
                sum(case when driver = 'total' then amount_eur end) as total,
                sum(case when driver <> 'total' then amount_eur end) as parts,
                count(*) filter (where secrecy_status <> 'V') as hidden
            from batch where year_rank > 0 group by employer_siren, budget_id, scenario_id, exercice
        ) where hidden = 0 and total <> parts""",
        "critical",
        "Chaque euro d'un scénario vient d'un facteur nommé. Tolérance : 0,00 €.",
    ),
    rule(
        "scenario_part_de_l_atterrissage",
        "L'année en cours de chaque scénario est l'atterrissage prévu",
        f"""select 'budget ' || scope || ', exercice ' || exercice as element, abs(amount - landing) as amount_eur
        from (
            select {SCOPE} as scope, exercice, amount_eur as amount from batch
            where year_rank = 0 and secrecy_status = 'V'
        ) as years
        left join (
            select {SCOPE} as scope, exercice, sum(payroll_eur) as landing
            from marts.mart_payroll_forecast where is_last_known group by {SCOPE}, exercice
        ) as forecast using (scope, exercice)
        where amount is distinct from landing""",
        "critical",
        "Prévision et scénarios partent des mêmes règles. Tolérance : 0,00 €.",
    ),
]

SUITES = {
    "dim_employer": mart_suite(
        "dim_employer",
        rule(
            "employeur_nomme",
            "Chaque employeur a le nom de son budget",
            "select 'employeur ' || employer_siren as element from batch where employer_label like 'Employeur %'",
            "warning",
            "Sans budget connu (mandats ou documents budgétaires), seul le SIREN dit de qui il s'agit.",
        ),
    ),
    "mart_headcount": mart_suite("mart_headcount", *HEADCOUNT),
    "mart_payroll_component": mart_suite("mart_payroll_component", *COMPONENT),
    "mart_payroll_envelope": mart_suite("mart_payroll_envelope", *ENVELOPE),
    "mart_payroll_effect": mart_suite("mart_payroll_effect", *EFFECT),
    "mart_absence": mart_suite("mart_absence", *ABSENCE),
    "mart_movement": mart_suite("mart_movement", *MOVEMENT),
    "mart_pay_equality": mart_suite("mart_pay_equality", *EQUALITY),
    "mart_payroll_forecast": mart_suite("mart_payroll_forecast", *FORECAST),
    "mart_payroll_forecast_error": mart_suite("mart_payroll_forecast_error", *FORECAST_ERROR),
    "mart_payroll_scenario": mart_suite("mart_payroll_scenario", *SCENARIO),
}
