"""Costs: every euro of the exports that stand, once, and nothing else. Tolerance: 0.00 euro."""

from expectations.common import rule, same_euros
from expectations.marts import mart_suite

LEDGER = "intermediate.int_finance_pes__cost_lines"
# Above this share of the expense of a budget, what nothing places changes the costs that are read.
UNASSIGNED_SHARE = 0.01
# Services of a role of ref_service_role.
OF_ROLE = "(select service_id from seeds.ref_service_role where cost_role = '{}')"
# What auxiliary services were given by the ledger, and what corporate ones hold in the end, from published rows only.
POOLS = f"""select allocation_stage, budget_id, exercice, cost_month, direction, service_id, amount_eur from (
    select case when service_id in {OF_ROLE.format("auxiliary")} then 'auxiliary' else 'corporate' end
        as allocation_stage, budget_id, exercice, cost_month, direction, service_id, amount_eur
    from marts.fct_cost_line
    where service_id in {OF_ROLE.format("auxiliary")} or service_id in {OF_ROLE.format("corporate")}
    union all
    select 'corporate' as allocation_stage, budget_id, exercice, cost_month, direction, to_service_id, amount_eur
    from batch where allocation_stage = 'auxiliary' and to_service_id in {OF_ROLE.format("corporate")}
)"""
WHY_CONSERVED = "Chaque étape déplace des euros et n'en crée ni n'en perd aucun (docs/costing.md)."
WHY_PROVISIONAL = "Qui lit un coût provisoire doit savoir quel fichier il attend."

SUITES = {
    "fct_cost_line": mart_suite(
        "fct_cost_line",
        rule(
            "conservation_au_centime",
            "Le total publié est, au centime, celui des lignes reçues qui font foi, par budget, exercice et sens",
            """select 'budget ' || budget_id || ', exercice ' || exercice
                || case direction when 'expense' then ', dépense' else ', recette' end as element,
                abs(coalesce(published.total, 0) - coalesce(received.total, 0)) as amount_eur
            from (
                select budget_id, exercice, direction, sum(amount_eur) as total
                from batch where source_system = 'finance_pes' group by budget_id, exercice, direction
            ) as published
            full join (
                select piece.budget_id, piece.exercice, piece.direction, sum(
                    case when bordereau.typ_bord = '02' then -1 else 1 end * cast(ligne.mt_ht as decimal(16, 2))
                ) as total
                from raw.finance_pes__ligne as ligne
                join raw.finance_pes__bordereau as bordereau using (source_export, bordereau_rank)
                join intermediate.int_finance_pes__piece as piece
                    on ligne.source_export = piece.source_export
                    and try_cast(ligne.piece_rank as integer) = piece.piece_rank
                where piece.standing_status = 'standing' and not piece.is_ormc
                group by piece.budget_id, piece.exercice, piece.direction
            ) as received using (budget_id, exercice, direction)
            where published.total is distinct from received.total""",
            "critical",
            "Recalculé depuis les fichiers reçus, sans passer par les étapes intermédiaires : rien n'est perdu, doublé "
            "ni inversé en chemin.",
        ),
        rule(
            "fonction_servie",
            "Chaque dépense réelle de fonctionnement porte une fonction",
            """select source_export, source_record, 'Fonction' as element, abs(amount_eur) as amount_eur from batch
            where section = 'F' and direction = 'expense' and not is_order and function_code is null
                and budget_id in (select budget_id from batch where function_code is not null)""",
            "warning",
            "Sans fonction, un coût n'est rattaché à aucune politique. Les budgets sans aucune fonction ne sont pas "
            "signalés.",
        ),
        rule(
            "tiers_identifie",
            "Chaque dépense réelle porte un tiers",
            """select source_export, source_record, 'Tiers' as element, abs(amount_eur) as amount_eur from batch
            where direction = 'expense' and not is_order and tiers_id is null""",
            "warning",
            "Sans tiers, la dépense n'est rattachée à aucun fournisseur.",
        ),
    ),
    "mart_function_cost": mart_suite(
        "mart_function_cost",
        rule(
            "cout_non_negatif",
            "Aucune fonction n'a de dépenses de fonctionnement négatives",
            """select 'exercice ' || exercice || ', fonction ' || coalesce(function_code, 'absente') as element,
                abs(operating_expense_eur) as amount_eur
            from batch where operating_expense_eur < 0""",
            "warning",
            "Plus d'annulations que de dépenses : un rattachement contre-passé sans facture, ou un fichier manquant.",
        ),
        rule(
            "couverture_du_grand_livre",
            "Les mandats et titres reçus couvrent le compte à 1 % près",
            """select distinct 'budget ' || budget_id || ', exercice ' || exercice || ' : '
                || cast(cast(100 * ledger_coverage_share as decimal(9, 1)) as varchar) || ' %' as element
            from batch where ledger_coverage_share not between 0.99 and 1.01""",
            "warning",
            "Sous 99 %, des flux manquent et les coûts par fonction sont incomplets ; l'écart exact est dans le "
            "rapprochement. 1 % est le seuil d'alerte choisi.",
        ),
        rule(
            "population_connue",
            "La population est connue, pour les coûts par habitant",
            """select distinct 'budget ' || budget_id || ', exercice ' || exercice as element from batch
            where population_declared is null""",
            "warning",
            "Sans document budgétaire de l'exercice, pas de coût par habitant.",
        ),
    ),
    "fct_cost_allocation": mart_suite(
        "fct_cost_allocation",
        rule(
            "aretes_egales_au_fonds",
            "Ce qui part d'un service support ou du pilotage est, au centime, ce qu'il a",
            same_euros(
                POOLS,
                """select allocation_stage, budget_id, exercice, cost_month, direction, from_service_id as service_id,
                    amount_eur
                from batch where allocation_stage <> 'facility'""",
                ["allocation_stage", "budget_id", "exercice", "cost_month", "direction", "service_id"],
            ),
            "critical",
            "Recalculé depuis les lignes publiées, sans passer par les étapes intermédiaires. " + WHY_CONSERVED,
        ),
        rule(
            "aucun_retour_sur_un_auxiliaire",
            "Aucun euro réparti ne revient à un service support",
            f"""select 'service ' || to_service_id || ', exercice ' || exercice as element,
                abs(amount_eur) as amount_eur
            from batch where to_service_id in {OF_ROLE.format("auxiliary")}""",
            "critical",
            "Un service déjà réparti ne redistribue plus : ce qui lui revient est perdu. Une solution publiée renvoie "
            "ainsi 8 800 € à un centre fermé.",
        ),
        rule(
            "parts_de_zero_a_un",
            "Les parts qui partent d'un même fonds sont entre 0 et 1 et ne dépassent pas 1 ensemble",
            """select 'service ' || from_service_id || ', exercice ' || exercice as element from batch
            group by allocation_stage, budget_id, exercice, cost_month, direction, from_service_id, from_step,
                if(allocation_stage = 'facility', to_activity_id, null)
            having min(allocated_share) < 0 or max(allocated_share) > 1
                or sum(allocated_share) > 1 + count(*) * 0.0000000005""",
            "critical",
            "Des parts qui dépassent 1 créeraient des euros. Chaque part est arrondie au milliardième.",
        ),
    ),
    "mart_full_cost": mart_suite(
        "mart_full_cost",
        rule(
            "grand_livre_retrouve",
            "Coûts, recettes, pilotage, à affecter et hors services font, au centime, le grand livre",
            same_euros(
                f"select budget_id, exercice, direction, amount_eur from {LEDGER}",
                """select budget_id, exercice, 'expense' as direction, full_cost_eur + corporate_cost_eur as amount_eur
                from batch
                union all
                select budget_id, exercice, 'revenue' as direction,
                    user_revenue_eur + public_revenue_eur + other_revenue_eur + corporate_revenue_eur as amount_eur
                from batch
                union all
                select budget_id, exercice, direction, amount_eur from marts.fct_cost_line
                where cost_scope <> 'service'""",
                ["budget_id", "exercice", "direction"],
            ),
            "critical",
            "Le coût complet n'est publié que si chaque euro du grand livre s'y retrouve, par budget et exercice.",
        ),
        rule(
            "services_rendus_seulement",
            "Ni service support ni pilotage n'a de coût complet",
            f"""select 'service ' || service_id || ', exercice ' || exercice as element,
                abs(full_cost_eur) as amount_eur
            from batch
            where service_id in {OF_ROLE.format("auxiliary")} or service_id in {OF_ROLE.format("corporate")}""",
            "critical",
            "Un reste sur un service support manquerait aux services qu'il sert.",
        ),
        rule(
            "composantes_additionnees",
            "Le coût complet est la somme de ses composantes, le reste à charge ce que les recettes ne paient pas",
            """select 'service ' || service_id || ', exercice ' || exercice as element,
                abs(full_cost_eur - direct_cost_eur - building_cost_eur - support_cost_eur)
                + abs(net_cost_eur - full_cost_eur + user_revenue_eur + public_revenue_eur + other_revenue_eur)
                as amount_eur
            from batch
            where full_cost_eur <> direct_cost_eur + building_cost_eur + support_cost_eur
                or net_cost_eur <> full_cost_eur - user_revenue_eur - public_revenue_eur - other_revenue_eur""",
            "critical",
            "Qui additionne les colonnes doit retrouver le total (docs/costing.md, section 5).",
        ),
        rule(
            "provisoire_motive",
            "Un mois provisoire dit pourquoi, un mois définitif n'a pas de motif",
            """select 'budget ' || budget_id || ', ' || substr(cast(cost_month as varchar), 1, 7) as element,
                abs(full_cost_eur) as amount_eur
            from batch where is_provisional = (coalesce(trim(provisional_reason), '') = '')""",
            "warning",
            WHY_PROVISIONAL,
        ),
    ),
    "mart_unit_cost": mart_suite(
        "mart_unit_cost",
        rule(
            "cout_complet_retrouve",
            "Le coût d'une activité est, au centime, celui de ses services et équipements",
            same_euros(
                """select costs.exercice, units.activity_id, units.measure_code, costs.full_cost_eur as amount_eur
                from (select distinct exercice, activity_id, measure_code from batch) as units
                join marts.mart_full_cost as costs
                    on units.exercice = costs.exercice and units.activity_id = costs.activity_id""",
                """select exercice, activity_id, measure_code, full_cost_eur as amount_eur
                from batch where unit_cost_level = 'activity'""",
                ["exercice", "activity_id", "measure_code"],
            ),
            "critical",
            "Un coût unitaire divise le coût complet publié, et pas un autre.",
        ),
        rule(
            "unites_non_negatives",
            "Aucun nombre d'unités n'est négatif",
            """select 'activité ' || activity_id || ', ' || measure_code || ', exercice ' || exercice as element,
                abs(full_cost_eur) as amount_eur
            from batch where quantity < 0""",
            "critical",
            "Un nombre de repas ou d'heures négatif est un fichier faux ; le coût unitaire le serait aussi.",
        ),
        rule(
            "cout_unitaire_sans_unite",
            "Le coût unitaire est vide sans unité comptée, et seulement alors",
            """select 'activité ' || activity_id || ', ' || measure_code || ', exercice ' || exercice as element,
                abs(full_cost_eur) as amount_eur
            from batch where (unit_cost_eur is null) <> (coalesce(quantity, 0) = 0)""",
            "critical",
            "Zéro unité n'a pas de coût : ni zéro, ni le coût entier.",
        ),
        rule(
            "cout_unitaire_negatif",
            "Aucun coût unitaire n'est négatif",
            """select 'activité ' || activity_id || coalesce(', équipement ' || facility_id, '')
                || ', exercice ' || exercice as element, abs(full_cost_eur) as amount_eur
            from batch where unit_cost_eur < 0 and is_main_unit""",
            "warning",
            "Plus d'annulations que de dépenses sur l'année : un rattachement contre-passé sans facture, ou un fichier "
            "manquant.",
        ),
        rule(
            "dans_la_fourchette_publiee",
            "Chaque coût unitaire est dans la fourchette publiée par des communes comparables",
            """select 'activité ' || activity_id || coalesce(', équipement ' || facility_id, '')
                || ', exercice ' || exercice as element,
                cast(quantity * greatest(band_low_eur - unit_cost_eur, unit_cost_eur - band_high_eur) as decimal(16, 2))
                as amount_eur
            from batch where not is_in_band""",
            "warning",
            "Une fourchette dit si un chiffre est plausible ; elle n'est pas un objectif. Les euros sont ce qui sépare "
            "le coût de la fourchette (seeds/ref_unit_cost.csv).",
        ),
        rule(
            "provisoire_motive",
            "Un coût provisoire dit pourquoi, un coût définitif n'a pas de motif",
            """select 'activité ' || activity_id || ', exercice ' || exercice as element,
                abs(full_cost_eur) as amount_eur
            from batch where is_provisional = (coalesce(trim(provisional_reason), '') = '')""",
            "warning",
            WHY_PROVISIONAL,
        ),
    ),
    "mart_cost_reconciliation": mart_suite(
        "mart_cost_reconciliation",
        rule(
            "ecart_nul",
            "Chaque euro du grand livre a une destination : l'écart est de 0,00 €",
            """select 'budget ' || budget_id || ', exercice ' || exercice
                || case direction when 'expense' then ', dépense' else ', recette' end as element,
                abs(gap_eur) as amount_eur
            from batch
            where gap_eur <> 0 or gap_eur <> ledger_eur - service_eur - corporate_eur - unassigned_eur - investment_eur
                - order_eur - transfer_eur - financing_eur - out_of_budget_eur""",
            "critical",
            WHY_CONSERVED,
        ),
        rule(
            "grand_livre_entier",
            "Le grand livre rapproché est, au centime, celui des mandats et titres, pour chaque budget et exercice",
            same_euros(
                f"select budget_id, exercice, direction, amount_eur from {LEDGER}",
                "select budget_id, exercice, direction, ledger_eur as amount_eur from batch",
                ["budget_id", "exercice", "direction"],
            ),
            "critical",
            "Un budget qui manquerait au rapprochement n'aurait pas d'écart non plus.",
        ),
        rule(
            "part_a_affecter",
            "Moins de 1 % des dépenses des services restent à affecter",
            f"""select 'budget ' || budget_id || ', exercice ' || exercice as element, unassigned_eur as amount_eur
            from batch
            where direction = 'expense'
                and unassigned_eur > {UNASSIGNED_SHARE} * (service_eur + corporate_eur + unassigned_eur)""",
            "warning",
            "Au-delà (seuil choisi), les coûts des services sont trop bas d'autant : compléter map_ledger__rule, les "
            "clés ou les codes analytiques.",
        ),
    ),
    "mart_cost_gap": mart_suite(
        "mart_cost_gap",
        rule(
            "a_affecter_explique",
            "Chaque euro à affecter a sa raison et ce qu'il faut faire",
            same_euros(
                """select budget_id, exercice, full_cost_eur as amount_eur from marts.mart_full_cost
                where service_id = 'A_AFFECTER'""",
                """select budget_id, exercice, amount_eur from batch
                where gap_code in ('unassigned', 'no_inventory', 'asset_nowhere', 'no_key')""",
                ["budget_id", "exercice"],
            ),
            "critical",
            "« À affecter » n'est acceptable que si le lecteur voit pourquoi, et comment le vider.",
        ),
        rule(
            "cle_mesuree",
            "Chaque service support a une clé qui compte quelque chose",
            """select 'service ' || coalesce(service_id, '') || ', exercice ' || exercice as element,
                abs(amount_eur) as amount_eur
            from batch where gap_code = 'no_key'""",
            "warning",
            "Sans clé mesurée, ses euros restent à affecter et les coûts des services sont trop bas d'autant.",
        ),
    ),
    "mart_cost_sensitivity": mart_suite(
        "mart_cost_sensitivity",
        rule(
            "part_du_chiffre_retenu",
            "La variante retenue est, au centime, le coût unitaire publié",
            """select 'activité ' || batch.activity_id || ', ' || batch.measure_code || ', exercice ' || batch.exercice
                as element, abs(batch.full_cost_eur - coalesce(units.full_cost_eur, 0)) as amount_eur
            from batch
            left join marts.mart_unit_cost as units
                on batch.exercice = units.exercice and batch.activity_id = units.activity_id
                and batch.measure_code = units.measure_code and units.unit_cost_level = 'activity'
            where batch.variant_id = 'central' and batch.full_cost_eur is distinct from units.full_cost_eur""",
            "critical",
            "Une fourchette qui ne contient pas le chiffre publié ne dit rien de lui.",
        ),
        rule(
            "retenu_dans_la_fourchette",
            "Le coût retenu est entre le plus bas et le plus haut",
            """select 'activité ' || activity_id || ', ' || measure_code || ', exercice ' || exercice as element,
                abs(full_cost_eur) as amount_eur
            from batch where not unit_cost_eur between lowest_unit_cost_eur and highest_unit_cost_eur
                or not central_unit_cost_eur between lowest_unit_cost_eur and highest_unit_cost_eur""",
            "critical",
            "La variante retenue est l'une de celles que la fourchette compare.",
        ),
    ),
    "mart_recharge": mart_suite(
        "mart_recharge",
        rule(
            "refacturation_entiere",
            "Les montants des utilisateurs font, au centime, le coût complet du service mutualisé",
            same_euros(
                "select distinct exercice, service_id, gross_cost_eur as amount_eur from batch",
                "select exercice, service_id, amount_eur from batch",
                ["exercice", "service_id"],
            ),
            "critical",
            "Un remboursement (CGCT, D. 5211-16) ne rapporte ni plus ni moins que ce que le service coûte.",
        ),
        rule(
            "unites_entieres",
            "Les unités des utilisateurs font celles de l'exercice",
            """select 'service ' || service_id || ', exercice ' || exercice as element, gross_cost_eur as amount_eur
            from batch group by service_id, exercice, gross_cost_eur, whole_quantity
            having abs(sum(quantity) - whole_quantity) > 0.0001 * count(*)""",
            "critical",
            "Chaque unité est facturée une fois. Tolérance : l'arrondi de chaque quantité au dix-millième.",
        ),
    ),
    "mart_price_sheet": mart_suite(
        "mart_price_sheet",
        rule(
            "factures_familles_retrouvees",
            "Le total de chaque activité est, au centime, celui des prestations facturées",
            """select 'activité ' || batch.activity_id || ', exercice ' || batch.exercice as element,
                abs(batch.billed_eur - coalesce(billed.total, 0)) as amount_eur
            from batch
            left join (
                select year(charge_month) as exercice, activity_id, sum(billed_eur) as total
                from intermediate.int_childcare__billing where category_code = 'consommation' group by all
            ) as billed using (exercice, activity_id)
            where quotient_band_code = 'ensemble' and secrecy_status = 'V'
                and batch.billed_eur is distinct from billed.total""",
            "critical",
            "Le prix moyen est celui que les familles paient, ni plus ni moins.",
        ),
        rule(
            "secret_respecte",
            "Une tranche cachée ne montre aucun montant, dans aucun scénario",
            """select 'activité ' || activity_id || ', tranche ' || quotient_band_code
                || ', exercice ' || exercice as element
            from batch where secrecy_status <> 'V'
                and (coalesce(quantity, provided_quantity, billed_eur, price_per_unit_eur, simulated_eur,
                        simulated_price_per_unit_eur)
                    is not null or coverage_share is not null)
            union all
            select 'activité ' || activity_id || ', exercice ' || exercice as element
            from batch where quotient_band_code <> 'ensemble'
            group by activity_id, exercice, quotient_band_code
            having count(distinct secrecy_status) > 1""",
            "critical",
            "Le quotient dit le revenu : moins de onze familles, ou une seule qui domine, ne se publient pas.",
        ),
        rule(
            "tranche_cachee_jamais_seule",
            "Une tranche cachée ne se retrouve pas par différence avec le total, ni entre deux scénarios",
            """select 'activité ' || activity_id || ', exercice ' || exercice as element
            from batch where scenario_id = 'current' group by activity_id, exercice
            having count(*) filter (where quotient_band_code <> 'ensemble' and secrecy_status <> 'V') = 1
                and count(*) filter (where quotient_band_code = 'ensemble' and secrecy_status = 'V') = 1
            union all
            select 'activité ' || batch.activity_id || ', exercice ' || batch.exercice as element
            from batch
            join seeds.ref_tariff_scenario as scenarios using (scenario_id)
            join (select distinct exercice, activity_id from batch where secrecy_status <> 'V'
                    and quotient_band_code <> 'ensemble') as hiding
                on batch.exercice = hiding.exercice and batch.activity_id = hiding.activity_id
            join batch as bands
                on batch.exercice = bands.exercice and batch.activity_id = bands.activity_id
                and batch.scenario_id = bands.scenario_id and scenarios.quotient_band_code = bands.quotient_band_code
            where batch.quotient_band_code = 'ensemble' and batch.secrecy_status = 'V'""",
            "critical",
            "Un total qui bouge avec une tranche cachée, ou qui n'en cache qu'une, la donnerait par soustraction.",
        ),
        rule(
            "sous_le_plafond_legal",
            "Aucun tarif de repas en vigueur ne dépasse le plafond légal",
            """select 'tranche ' || quotient_band_code || ', exercice ' || exercice as element, billed_eur as amount_eur
            from batch where scenario_id = 'current' and is_above_ceiling""",
            "warning",
            "Un repas ne peut être facturé plus que son coût, subventions déduites (code de l'éducation, R. 531-53).",
        ),
    ),
}
