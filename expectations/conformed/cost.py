"""The true cost step by step (docs/costing.md): each stage moves euros and makes none. Tolerance: 0.00 euro."""

from great_expectations.expectations.expectation import Expectation

from expectations.common import rule, same_euros, suite

LEDGER = "intermediate.int_finance_pes__cost_lines"
DIRECT = "intermediate.int_cost_direct"
# One euro in the parts of orchestration/lib/allocation.py.
WHOLE = 10**15
WHY_CONSERVED = "Chaque étape déplace des euros et n'en crée ni n'en perd aucun (docs/costing.md)."


def no_auxiliary(column: str) -> Expectation:
    """Return the rule that no auxiliary service is in ``column`` of a table of amounts."""
    return rule(
        "aucun_reste_sur_un_auxiliaire",
        "Aucun service support ne garde ni ne reçoit d'euros une fois la répartition faite",
        f"""select 'service ' || batch.{column} || ', exercice ' || batch.exercice as element,
            abs(batch.amount_eur) as amount_eur
        from batch join seeds.ref_service_role as roles
            on batch.{column} = roles.service_id and roles.cost_role = 'auxiliary'""",
        "critical",
        "Ce qui revient à un service déjà réparti n'arrive jamais à un service rendu : ces euros seraient perdus.",
    )


SUITES = {
    "int_cost_coded_line": suite(
        "conformed.int_cost_coded_line",
        rule(
            "lignes_toutes_presentes",
            "Les lignes à affecter sont celles du grand livre, chacune une fois",
            same_euros(
                "select budget_id, exercice, direction, amount_eur from intermediate.int_cost_lines",
                "select budget_id, exercice, direction, amount_eur from batch",
                ["budget_id", "exercice", "direction"],
            ),
            "critical",
            WHY_CONSERVED,
        ),
        rule(
            "combinaison_presente",
            "Chaque ligne a sa combinaison de codes",
            "select source_export, source_record, abs(amount_eur) as amount_eur from batch where codes is null",
            "critical",
            "Une ligne sans combinaison n'aurait aucune destination et disparaîtrait.",
        ),
    ),
    "int_cost_rule": suite(
        "conformed.int_cost_rule",
        rule(
            "combinaison_placee",
            "Chaque combinaison de codes du grand livre a trouvé une règle",
            """select lines.source_export, lines.source_record, abs(lines.amount_eur) as amount_eur
            from intermediate.int_cost_coded_line as lines anti join batch using (codes)""",
            "critical",
            "La dernière règle prend tout : sans elle, une ligne qu'aucune autre ne prend serait perdue.",
        ),
        rule(
            "regle_connue",
            "La règle appliquée, son mode et son périmètre sont ceux de la liste (map_ledger__rule)",
            """select 'règle ' || coalesce(rule_id, 'absente') as element from batch
            anti join seeds.map_ledger__rule using (rule_id, destination_from, cost_scope)""",
            "critical",
            "Chaque euro se remonte à la règle écrite qui l'a placé.",
        ),
        rule(
            "destination_coherente",
            "Une ligne d'un service a un service ou une clé, jamais les deux ; une ligne hors services n'a ni l'un ni "
            "l'autre",
            """select 'règle ' || rule_id as element from batch
            where if(service_id is null, 0, 1) + if(allocation_key_id is null, 0, 1)
                <> if(cost_scope = 'service', 1, 0)
                or (service_id is null and (facility_id is not null or activity_id is not null))""",
            "critical",
            "Deux destinations compteraient deux fois ; sans destination, la ligne serait perdue.",
        ),
    ),
    "int_cost_direct": suite(
        "conformed.int_cost_direct",
        rule(
            "parts_egales_a_la_ligne",
            "Les parts d'une ligne du grand livre font la ligne, au centime, TVA comprise",
            f"""select source_export, source_record,
                abs(coalesce(parts.amount, 0) - coalesce(lines.amount, 0))
                + abs(coalesce(parts.vat, 0) - coalesce(lines.vat, 0)) as amount_eur
            from (
                select source_system, source_export, source_record,
                    sum(amount_eur) as amount, sum(vat_amount_eur) as vat
                from batch group by source_system, source_export, source_record
            ) as parts
            full join (
                select source_system, source_export, source_record,
                    sum(amount_eur) as amount, sum(vat_amount_eur) as vat
                from {LEDGER} group by source_system, source_export, source_record
            ) as lines using (source_system, source_export, source_record)
            where parts.source_record is null or lines.source_record is null
                or coalesce(parts.amount, 0) <> coalesce(lines.amount, 0)
                or coalesce(parts.vat, 0) <> coalesce(lines.vat, 0)""",
            "critical",
            WHY_CONSERVED,
        ),
        rule(
            "regle_en_vigueur",
            "La règle de chaque ligne est connue et en vigueur au 31 décembre de l'exercice",
            """select batch.source_export, batch.source_record,
                'règle ' || coalesce(batch.rule_id, 'absente') as element, abs(batch.amount_eur) as amount_eur
            from batch anti join seeds.map_ledger__rule as rules
                on batch.rule_id = rules.rule_id
                and make_date(batch.exercice, 12, 31) >= coalesce(rules.valid_from, date '1900-01-01')
                and make_date(batch.exercice, 12, 31) <= coalesce(rules.valid_to, date '9999-12-31')""",
            "critical",
            "Chaque euro se remonte à la règle écrite qui l'a placé, telle qu'elle valait cette année-là.",
        ),
        rule(
            "perimetre_et_composante",
            "Une ligne d'un service a son service et une composante de son sens ; une ligne hors services n'en a pas",
            """select source_export, source_record, abs(amount_eur) as amount_eur from batch
            where cost_scope is null
                or case
                    when cost_scope <> 'service'
                        then service_id is not null or facility_id is not null or cost_step is not null
                    when direction = 'expense'
                        then service_id is null or coalesce(cost_step, '') not in ('direct', 'building')
                    else service_id is null
                        or coalesce(cost_step, '') not in ('user_revenue', 'public_revenue', 'other_revenue')
                end""",
            "critical",
            "Sans service ou sans composante, les euros n'entrent dans aucune colonne du coût complet.",
        ),
        rule(
            "mois_de_l_exercice",
            "La journée complémentaire (janvier suivant) compte en décembre de l'exercice",
            """select source_export, source_record, abs(amount_eur) as amount_eur from batch
            where cost_month is null or cost_month > make_date(exercice, 12, 1)""",
            "critical",
            "Un treizième mois ne serait dans le coût d'aucune année (CGCT, L. 1612-11).",
        ),
    ),
    "int_cost_facility": suite(
        "conformed.int_cost_facility",
        rule(
            "surface_des_couts",
            "Chaque équipement d'un service rendu qui a des coûts a une surface",
            """select 'équipement ' || batch.facility_id || ', exercice ' || batch.exercice as element,
                costs.amount_eur
            from batch
            anti join seeds.ref_service_role as roles on batch.service_id = roles.service_id
            join (
                select exercice, facility_id, sum(amount_eur) as amount_eur from intermediate.int_cost_cell
                where direction = 'expense' and cost_role = 'principal' group by exercice, facility_id
            ) as costs on batch.exercice = costs.exercice and batch.facility_id = costs.facility_id
            where coalesce(batch.area_weight, 0) <= 0""",
            "warning",
            "Sans surface, un équipement ne reçoit rien de ce qui se répartit au mètre carré ; les autres reçoivent sa "
            "part.",
        ),
    ),
    "int_cost_driver": suite(
        "conformed.int_cost_driver",
        rule(
            "quantite_positive",
            "Ce qui mesure l'usage d'un service est un nombre entier au-dessus de zéro",
            """select 'exercice ' || exercice || ', mesure ' || driver_code as element from batch
            where quantity is null or quantity <= 0 or quantity <> floor(quantity)""",
            "critical",
            "Une quantité négative prendrait des euros à un service ; des entiers rendent les parts exactes.",
        ),
    ),
    "int_cost_key": suite(
        "conformed.int_cost_key",
        rule(
            "une_seule_cle_retenue",
            "Chaque service support a une seule clé retenue par exercice, la première de ses préférences",
            """select 'service ' || service_id || ', exercice ' || exercice as element from batch
            group by exercice, service_id
            having count(distinct if(is_chosen, key_id, null)) <> 1
                or max(if(is_chosen, key_rank, null)) <> min(key_rank)""",
            "critical",
            "Deux clés de même rang (key_allocation, key_rank) rendraient la répartition arbitraire.",
        ),
        rule(
            "cle_somme_a_un",
            "Les quantités d'une clé, toutes positives, font son total : ses parts font 1",
            """select 'clé ' || key_id || ', exercice ' || exercice as element from batch
            group by exercice, key_id
            having min(quantity) <= 0 or sum(quantity) <> max(whole_quantity)
                or min(whole_quantity) <> max(whole_quantity)""",
            "critical",
            "Une clé dont les parts ne font pas 1 perdrait ou créerait des euros.",
        ),
    ),
    "int_cost_absorption": suite(
        "conformed.int_cost_absorption",
        rule(
            "parts_gardees_entieres",
            "Les parts gardées d'un service support font exactement 10^15, par exercice et variante",
            f"""select 'service ' || service_id || ', exercice ' || exercice || ', ' || variant_id as element from batch
            group by exercice, variant_id, service_id
            having sum(kept_parts) <> {WHOLE} or min(kept_parts) < 0""",
            "critical",
            "Chaque euro d'un service support arrive en entier à ceux qui le gardent.",
        ),
        rule(
            "parts_gardees_hors_auxiliaires",
            "Aucun service support ne garde une part",
            """select 'service ' || batch.user_service_id || ', exercice ' || batch.exercice as element from batch
            join seeds.ref_service_role as roles
                on batch.user_service_id = roles.service_id and roles.cost_role = 'auxiliary'
            where batch.kept_parts > 0""",
            "critical",
            "Ce qui revient à un service déjà réparti n'arrive jamais à un service rendu : ces euros seraient perdus.",
        ),
        rule(
            "passage_coherent",
            "Un euro ne passe que par des services supports, et au moins une fois par le sien",
            f"""select 'service ' || batch.service_id || ', exercice ' || batch.exercice as element from batch
            left join seeds.ref_service_role as roles
                on batch.user_service_id = roles.service_id and roles.cost_role = 'auxiliary'
            where batch.passed_parts < 0
                or (batch.passed_parts > 0 and roles.service_id is null)
                or (batch.service_id = batch.user_service_id and batch.passed_parts < {WHOLE})""",
            "critical",
            "Le coût brut d'un service support compte ce qui y passe ; faux, il fausse la comparaison des méthodes.",
        ),
    ),
    "int_cost_pool": suite(
        "conformed.int_cost_pool",
        rule(
            "fonds_des_auxiliaires",
            "Le fonds à répartir est tout ce que le grand livre affecte aux services supports, au centime",
            same_euros(
                f"""select direct.budget_id, direct.exercice, direct.cost_month, direct.direction, direct.service_id,
                    direct.amount_eur
                from {DIRECT} as direct
                join seeds.ref_service_role as roles
                    on direct.service_id = roles.service_id and roles.cost_role = 'auxiliary'""",
                "select budget_id, exercice, cost_month, direction, service_id, amount_eur from batch",
                ["budget_id", "exercice", "cost_month", "direction", "service_id"],
            ),
            "critical",
            WHY_CONSERVED,
        ),
    ),
    "int_cost_share": suite(
        "conformed.int_cost_share",
        rule(
            "parts_entieres",
            "Les parts d'un service support, toutes positives, font exactement 10^15, par exercice et variante",
            f"""select 'service ' || service_id || ', exercice ' || exercice || ', ' || variant_id as element from batch
            group by exercice, variant_id, service_id
            having sum(weight) <> {WHOLE} or min(weight) <= 0""",
            "critical",
            "Chaque euro d'un service support arrive en entier à ceux qui le gardent.",
        ),
    ),
    "int_cost_variant": suite(
        "conformed.int_cost_variant",
        rule(
            "fonds_reparti_en_entier",
            "Chaque variante répartit toutes les dépenses des services supports, au centime",
            same_euros(
                """select shares.variant_id, pools.exercice, pools.amount_eur
                from intermediate.int_cost_pool as pools
                join (select distinct exercice, variant_id from intermediate.int_cost_share) as shares
                    on pools.exercice = shares.exercice
                where pools.direction = 'expense'""",
                "select variant_id, exercice, amount_eur from batch",
                ["variant_id", "exercice"],
            ),
            "critical",
            "Une fourchette entre des variantes qui perdent des euros ne veut rien dire.",
        ),
        no_auxiliary("service_id"),
    ),
    "int_cost_allocation": suite(
        "conformed.int_cost_allocation",
        rule(
            "fonds_reparti_en_entier",
            "Tout ce qu'ont les services supports est réparti, au centime",
            same_euros(
                """select budget_id, exercice, cost_month, direction, service_id, amount_eur
                from intermediate.int_cost_pool""",
                """select budget_id, exercice, cost_month, direction, from_service_id as service_id, amount_eur
                from batch""",
                ["budget_id", "exercice", "cost_month", "direction", "service_id"],
            ),
            "critical",
            WHY_CONSERVED,
        ),
        no_auxiliary("to_service_id"),
    ),
    "int_cost_held": suite(
        "conformed.int_cost_held",
        rule(
            "euros_des_services",
            "Les services gardent ensemble, au centime, tout ce que le grand livre affecte à des services",
            same_euros(
                f"""select budget_id, exercice, cost_month, direction, amount_eur from {DIRECT}
                where cost_scope = 'service'""",
                "select budget_id, exercice, cost_month, direction, amount_eur from batch",
                ["budget_id", "exercice", "cost_month", "direction"],
            ),
            "critical",
            WHY_CONSERVED,
        ),
        no_auxiliary("service_id"),
    ),
    "int_cost_inside": suite(
        "conformed.int_cost_inside",
        rule(
            "parts_egales_au_tout",
            "Les parts des équipements font, au centime, ce que leur service avait en commun",
            """select 'service ' || parts.service_id || ', exercice ' || parts.exercice as element,
                abs(parts.total - coalesce(held.total, 0)) as amount_eur
            from (
                select budget_id, exercice, cost_month, direction, service_id, coalesce(activity_id, '') as activity,
                    cost_step, sum(amount_eur) as total
                from batch group by all
            ) as parts
            left join (
                select budget_id, exercice, cost_month, direction, service_id, coalesce(activity_id, '') as activity,
                    cost_step, sum(amount_eur) as total
                from intermediate.int_cost_held where facility_id is null group by all
            ) as held using (budget_id, exercice, cost_month, direction, service_id, activity, cost_step)
            where parts.total is distinct from held.total""",
            "critical",
            WHY_CONSERVED,
        ),
        rule(
            "part_de_la_cle",
            "La part de chaque équipement est au-dessus de zéro et d'au plus un",
            """select 'équipement ' || to_facility_id || ', exercice ' || exercice as element,
                abs(amount_eur) as amount_eur
            from batch where to_facility_id is null or share_weight <= 0 or share_weight > share_whole""",
            "critical",
            "Une part négative, ou de plus d'un, prendrait à un équipement ce qu'un autre a coûté.",
        ),
    ),
    "int_cost_cell": suite(
        "conformed.int_cost_cell",
        rule(
            "euros_des_equipements",
            "Répartir dans un service garde ses euros, au centime, par mois et composante",
            same_euros(
                """select budget_id, exercice, cost_month, direction, service_id, cost_step, amount_eur
                from intermediate.int_cost_held""",
                "select budget_id, exercice, cost_month, direction, service_id, cost_step, amount_eur from batch",
                ["budget_id", "exercice", "cost_month", "direction", "service_id", "cost_step"],
            ),
            "critical",
            WHY_CONSERVED,
        ),
        no_auxiliary("service_id"),
    ),
    "int_cost_spread": suite(
        "conformed.int_cost_spread",
        rule(
            "poids_et_service",
            "Chaque part d'une clé a un service et un poids entier au-dessus de zéro",
            """select 'clé ' || allocation_key_id as element from batch
            where service_id is null or weight is null or weight <= 0 or weight <> floor(weight)""",
            "critical",
            "Une part sans service perdrait ses euros ; un poids négatif en prendrait aux autres.",
        ),
    ),
    "int_cost_corporate": suite(
        "conformed.int_cost_corporate",
        rule(
            "pilotage_entier",
            "Tout ce que gardent les élus et la direction générale est réparti à part, au centime",
            same_euros(
                """select budget_id, exercice, cost_month, direction, service_id, amount_eur
                from intermediate.int_cost_cell where cost_role = 'corporate'""",
                """select budget_id, exercice, cost_month, direction, from_service_id as service_id, amount_eur
                from batch""",
                ["budget_id", "exercice", "cost_month", "direction", "service_id"],
            ),
            "critical",
            WHY_CONSERVED,
        ),
        rule(
            "vers_un_service_rendu",
            "Le pilotage ne va qu'à des services rendus, ou à affecter",
            """select 'service ' || batch.to_service_id || ', exercice ' || batch.exercice as element,
                abs(batch.amount_eur) as amount_eur
            from batch join seeds.ref_service_role as roles on batch.to_service_id = roles.service_id
            where roles.cost_role <> 'unassigned'""",
            "critical",
            "Ce qui reviendrait au pilotage ou à un service support ne serait dans aucun total.",
        ),
    ),
    "int_cost_completeness": suite(
        "conformed.int_cost_completeness",
        rule(
            "chaque_mois_juge",
            "Chaque mois qui a des coûts est dit définitif ou provisoire",
            f"""select 'budget ' || budget_id || ', ' || substr(cast(cost_month as varchar), 1, 7) as element,
                sum(abs(amount_eur)) as amount_eur
            from {DIRECT} anti join batch using (budget_id, exercice, cost_month)
            group by budget_id, cost_month""",
            "critical",
            "Un mois que rien ne juge passerait pour définitif.",
        ),
        rule(
            "motif_dit",
            "Un mois provisoire dit ce qui lui manque",
            """select 'budget ' || budget_id || ', ' || substr(cast(cost_month as varchar), 1, 7) as element from batch
            where trim(provisional_reason) = ''""",
            "warning",
            "Qui lit un coût provisoire doit savoir quel fichier il attend.",
        ),
    ),
}
