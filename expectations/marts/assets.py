"""Facilities and assets as published: nothing lost from the inventory, every gap with the ledger shown."""

from expectations.common import rule
from expectations.marts import mart_suite

# Share of the depreciation of a year that may be of assets without a facility.
UNPLACED_SHARE = "0.2"

SUITES = {
    "dim_facility": mart_suite(
        "dim_facility",
        rule(
            "equipement_inscrit",
            "Chaque lieu de travail de la paye est inscrit à un registre des équipements",
            "select 'équipement ' || facility_id as element from batch where not is_registered",
            "warning",
            "Un équipement qui a des coûts et aucun registre n'a ni nom ni surface.",
        ),
        rule(
            "surface_connue",
            "Chaque équipement inscrit a une surface",
            "select 'équipement ' || facility_id as element from batch where is_registered and floor_area_m2 is null",
            "warning",
            "Sans surface, un bâtiment ne reçoit rien de ce qui se répartit au mètre carré.",
        ),
    ),
    "fct_asset": mart_suite(
        "fct_asset",
        rule(
            "conservation_au_centime",
            "Les dotations publiées sont, au centime, celles du dernier inventaire de chaque exercice",
            """select 'exercice ' || exercice as element,
                abs(coalesce(published.total, 0) - coalesce(received.total, 0)) as amount_eur
            from (select exercice, sum(depreciation_eur) as total from batch group by exercice) as published
            full join (
                select exercice, sum(coalesce(charge_eur, computed_charge_eur)) as total
                from intermediate.int_fixed_assets__asset
                join intermediate.int_fixed_assets__depreciation using (exercice, source_export, source_record)
                group by exercice
            ) as received using (exercice)
            where published.total is distinct from received.total""",
            "critical",
            "Un bien perdu ou doublé déplacerait le coût d'un équipement.",
        ),
        rule(
            "budget_connu",
            "Le budget d’un bien est l’un des nôtres",
            """select source_export, source_record, 'budget' as element, gross_eur as amount_eur from batch
            where budget_id is null""",
            "warning",
            "Sans budget, le bien ne se rapproche pas de l'annexe du patrimoine : indiquer le SIRET du budget.",
        ),
    ),
    "mart_asset": mart_suite(
        "mart_asset",
        rule(
            "biens_conserves",
            "Le patrimoine par équipement est, au centime et au bien près, celui de l’inventaire",
            """select 'exercice ' || exercice as element from (
                select exercice, sum(asset_count) as assets, sum(gross_eur) as gross, sum(depreciation_eur) as charge
                from batch group by exercice
            ) as shown
            full join (
                select exercice, count(*) as assets, sum(gross_eur) as gross, sum(depreciation_eur) as charge
                from marts.fct_asset group by exercice
            ) as held using (exercice)
            where shown.assets is distinct from held.assets or shown.gross is distinct from held.gross
                or shown.charge is distinct from held.charge""",
            "critical",
            "Les biens sans équipement ont leurs lignes : rien ne disparaît.",
        ),
        rule(
            "biens_rattaches",
            "Les biens sans équipement font au plus un cinquième des dotations de l’exercice",
            f"""select 'exercice ' || exercice as element,
                sum(case when has_facility then 0 else depreciation_eur end) as amount_eur
            from batch group by exercice
            having sum(case when has_facility then 0 else depreciation_eur end)
                > {UNPLACED_SHARE} * sum(depreciation_eur)""",
            "warning",
            "Au-delà, le coût complet d'un équipement manque d'une part sensible de ses amortissements (seuil choisi).",
        ),
        rule(
            "vetuste_plausible",
            "Le taux de vétusté est compris entre 0 et 1",
            """select 'exercice ' || exercice || ', compte ' || nature_group_code as element from batch
            where wear_share not between 0 and 1""",
            "warning",
            "Hors de ces bornes, des amortissements dépassent la valeur des biens ou un signe est inversé.",
        ),
    ),
    "mart_asset_reconciliation": mart_suite(
        "mart_asset_reconciliation",
        rule(
            "dotations_du_grand_livre",
            "Les dotations de l’inventaire sont, au centime, celles du grand livre, par exercice et compte",
            """select 'exercice ' || exercice || ', compte ' || coalesce(nature_code, 'absent') as element,
                abs(ledger_gap_eur) as amount_eur
            from batch
            where ledger_gap_eur <> 0 and exercice in (select exercice from batch where asset_count > 0)""",
            "warning",
            "Le grand livre fait foi : l'inventaire dit seulement où vont ses euros. Un écart est un bien oublié, "
            "sorti ou amorti dans l'un des deux seulement.",
        ),
        rule(
            "dotation_equilibree",
            "Le grand livre a autant de dotations (6811) que d’amortissements (28), par exercice",
            """select 'exercice ' || exercice as element, abs(sum(booked)) as amount_eur from (
                select exercice, case
                    when nature_code like '28%' and direction = 'revenue' then amount_eur
                    when nature_code like '28%' then -amount_eur
                    when nature_code like '6811%' and direction = 'expense' then -amount_eur
                    else amount_eur
                end as booked
                from marts.fct_cost_line
                where is_order and (nature_code like '28%' or nature_code like '6811%' or nature_code like '7811%')
            ) group by exercice having sum(booked) <> 0""",
            "warning",
            "Une opération d'ordre a deux côtés de même montant (instruction M57) : il en manque un.",
        ),
        rule(
            "entrees_de_l_annexe",
            "Les biens entrés d’après l’annexe du compte sont à l’inventaire",
            """select 'exercice ' || exercice as element, sum(annex_net_eur) as amount_eur from batch
            where nature_code is null and exercice in (select exercice from batch where asset_count > 0)
            group by exercice""",
            "warning",
            "Un achat de l'exercice absent de l'inventaire ne sera jamais amorti.",
        ),
    ),
}
