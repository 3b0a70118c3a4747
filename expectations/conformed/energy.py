"""Energy by day, month and facility: every kilowatt-hour once. Tolerance: 0.001 kWh by point."""

from expectations.common import rule, suite

SUITES = {
    "int_energy__index_period": suite(
        "conformed.int_energy__index_period",
        rule(
            "index_croissant",
            "Un index ne baisse qu'avec un changement de compteur",
            "select source_export, source_record, 'Valeur' as element from batch where energy_kwh is null",
            "warning",
            "Un index qui baisse sans dépose ni pose est une erreur ou un changement de compteur non signalé : "
            "l'énergie de la période est inconnue et ses jours manquent.",
        ),
        rule(
            "dernier_moins_premier",
            "L'énergie d'un compteur est son dernier index moins le premier, classe par classe, à 0,001 kWh près",
            """select max(source_export) as source_export, 'Valeur' as element from batch
            group by point_id, flow_code, calendar_code, class_code, meter_rank
            having count(energy_kwh) = count(*)
                and abs(sum(energy_kwh) - (max(end_index_kwh) - min(start_index_kwh))) > 0.001""",
            "critical",
            "Recalculé sans les différences : rien n'est perdu ni compté deux fois d'un relevé au suivant.",
        ),
    ),
    "int_energy__reading_day": suite(
        "conformed.int_energy__reading_day",
        rule(
            "un_releve_par_jour",
            "Un seul relevé de chaque point, sens et jour est retenu",
            """select max(source_export) as source_export from batch where is_kept
            group by point_id, flow_code, reading_date having count(*) > 1""",
            "critical",
            "Une courbe et des index disent la même énergie : elle ne s'additionne jamais.",
        ),
        rule(
            "periodes_reparties_sans_perte",
            "Les jours d'un point font le total de ses courbes, index et relevés, à 0,001 kWh près",
            """select element from (
                select coalesce(spread.reading_kind, said.reading_kind) as element,
                    coalesce(spread.total, 0) as spread_total, coalesce(said.total, 0) as said_total
                from (
                    select point_id, flow_code, reading_kind, sum(energy_kwh) as total from batch
                    group by point_id, flow_code, reading_kind
                ) as spread
                full join (
                    select point_id, flow_code, 'index' as reading_kind, sum(energy_kwh) as total
                    from intermediate.int_energy__index_period where energy_kwh is not null
                    group by point_id, flow_code
                    union all
                    select point_id, flow_code,
                        case reading_origin when 'r63' then 'load_curve' else 'customer_file' end as reading_kind,
                        sum(energy_kwh) as total
                    from staging.stg_energy__courbe
                    where is_standing and is_energy and energy_kwh is not null
                    group by point_id, flow_code, reading_origin
                    union all
                    select point_id, 'consumption' as flow_code, 'gas_reading' as reading_kind, sum(energy_kwh) as total
                    from staging.stg_energy__releve_gaz where is_standing and energy_kwh is not null
                    group by point_id
                ) as said using (point_id, flow_code, reading_kind)
            ) where abs(spread_total - said_total) > 0.001""",
            "critical",
            "Une période est répartie également sur ses jours : la somme des jours doit rendre la période.",
        ),
    ),
    "int_energy__climate": suite(
        "conformed.int_energy__climate",
        rule(
            "degres_jours_plausibles",
            "Les degrés-jours d'un mois sont entre 0 et 1000",
            """select 'mois ' || month as element from batch where degree_days not between 0 and 1000""",
            "warning",
            "En base 18 °C, 1000 degrés-jours en un mois font −14 °C de moyenne : une autre unité ou un cumul annuel "
            "fausserait la correction.",
        ),
    ),
    "int_energy__use": suite(
        "conformed.int_energy__use",
        rule(
            "compteur_au_tableau",
            "Chaque point relevé est au tableau des compteurs",
            """select max(source_export) as source_export, max(source_record) as source_record,
                'point de livraison' as element
            from batch where building_code is null and source_facility_code is null
            group by point_id""",
            "warning",
            "Son énergie est comptée, mais sans bâtiment ni équipement : compléter le tableau des compteurs.",
        ),
        rule(
            "equipement_connu",
            "Chaque code d'équipement du tableau des compteurs a une correspondance",
            """select distinct source_export, source_record, 'équipement' as element from batch
            where source_facility_code is not null and facility_id is null""",
            "warning",
            "Son énergie est comptée sans équipement : compléter map_energy__facility.",
        ),
        rule(
            "energie_conservee",
            "L'énergie répartie entre les équipements est celle des relevés retenus, à 0,001 kWh près par point",
            """select element from (
                select 'point de livraison' as element, coalesce(shared.total, 0) as shared_total,
                    coalesce(read.total, 0) as read_total
                from (
                    select point_id, flow_code, sum(energy_kwh) as total from batch group by point_id, flow_code
                ) as shared
                full join (
                    select point_id, flow_code, sum(energy_kwh) as total
                    from intermediate.int_energy__reading_day where is_kept group by point_id, flow_code
                ) as read using (point_id, flow_code)
            ) where abs(shared_total - read_total) > 0.001""",
            "critical",
            "Les parts d'un compteur commun ne perdent et n'inventent aucun kWh.",
        ),
    ),
    "int_energy__point_month": suite(
        "conformed.int_energy__point_month",
        rule(
            "mois_releves",
            "Les mois attendus de chaque énergie sont relevés à 95 %",
            """select 'exercice ' || exercice || ', ' || energy_type as element from batch
            group by exercice, energy_type
            having count(*) filter (where not is_complete) * 20 > count(*)""",
            "warning",
            "Au-delà de 5 % de mois manquants (seuil choisi), le prix au kWh et la consommation par m² sont trompeurs.",
        ),
    ),
    "int_energy__ledger_line": suite(
        "conformed.int_energy__ledger_line",
        rule(
            "euros_du_grand_livre",
            "Les euros d'énergie sont ceux du grand livre, au centime et par exercice",
            """select 'exercice ' || exercice as element,
                abs(coalesce(kept.total, 0) - coalesce(booked.total, 0)) as amount_eur
            from (select exercice, sum(amount_eur) as total from batch group by exercice) as kept
            full join (
                select exercice, sum(amount_eur) as total from intermediate.int_cost_lines
                where direction = 'expense' and nature_code in (select nature_code from seeds.map_energy__nature)
                group by exercice
            ) as booked using (exercice)
            where coalesce(kept.total, 0) <> coalesce(booked.total, 0)""",
            "critical",
            "Le grand livre dit les euros ; les compteurs disent seulement où ils vont.",
        ),
    ),
}
