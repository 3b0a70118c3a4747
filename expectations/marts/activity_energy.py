"""Energy: kilowatt-hours of the readings that stand, euros of the ledger. Tolerances: 0.001 kWh, 0.00 euro."""

from expectations.common import rule
from expectations.marts import mart_suite

# Wide on purpose: taxes and subscription included, from the cheapest gas to electricity at its dearest.
LEAST_PRICE, GREATEST_PRICE = "0.05", "0.60"

SUITES = {
    "fct_energy_use": mart_suite(
        "fct_energy_use",
        rule(
            "kwh_conserves",
            "Les kWh publiés sont ceux des relevés retenus, par énergie, sens et année, à 0,001 kWh près",
            """select 'année ' || year || ', ' || energy_type || ', ' || flow_code as element from (
                select year, energy_type, flow_code, coalesce(published.total, 0) as published_total,
                    coalesce(read.total, 0) as read_total
                from (
                    select extract(year from month) as year, energy_type, flow_code, sum(energy_kwh) as total
                    from batch group by all
                ) as published
                full join (
                    select extract(year from reading_date) as year, energy_type, flow_code, sum(energy_kwh) as total
                    from intermediate.int_energy__reading_day where is_kept group by all
                ) as read using (year, energy_type, flow_code)
            ) where abs(published_total - read_total) > 0.001""",
            "critical",
            "Règle de conservation : la somme des kWh publiés est celle des relevés qui font foi.",
        ),
        rule(
            "consommation_positive",
            "Aucune consommation d'un mois n'est négative",
            """select source_export, source_record, 'énergie' as element from batch
            where energy_kwh < 0 and flow_code = 'consumption'""",
            "warning",
            "GRDF peut corriger un mois par un relevé négatif ; ailleurs c'est une erreur.",
        ),
    ),
    "mart_energy": mart_suite(
        "mart_energy",
        rule(
            "kwh_conserves",
            "Les consommations sont celles de fct_energy_use, par énergie et mois, à 0,001 kWh près",
            """select 'mois ' || month || ', ' || energy_type as element from (
                select month, energy_type,
                    coalesce(shown.total, 0) as shown_total, coalesce(fact.total, 0) as fact_total
                from (
                    select month, energy_type, sum(energy_kwh) as total from batch group by month, energy_type
                ) as shown
                full join (
                    select month, energy_type, sum(energy_kwh) as total from marts.fct_energy_use
                    where flow_code = 'consumption' group by month, energy_type
                ) as fact using (month, energy_type)
            ) where abs(shown_total - fact_total) > 0.001""",
            "critical",
            "Un équipement ou un mois perdu se verrait ici.",
        ),
        rule(
            "euros_du_grand_livre",
            "Les euros sont ceux du grand livre, au centime et par énergie",
            """select energy_type as element, abs(coalesce(shown.total, 0) - coalesce(booked.total, 0)) as amount_eur
            from (select energy_type, sum(ledger_eur) as total from batch group by energy_type) as shown
            full join (
                select natures.energy_type, sum(lines.amount_eur) as total
                from marts.fct_cost_line as lines
                join seeds.map_energy__nature as natures using (nature_code)
                where lines.direction = 'expense' group by natures.energy_type
            ) as booked using (energy_type)
            where coalesce(shown.total, 0) <> coalesce(booked.total, 0)""",
            "critical",
            "Le grand livre dit les euros, au centime ; aucun n'est calculé depuis un compteur.",
        ),
        rule(
            "intensite_plausible",
            "La consommation d'un mois est sous 150 kWh par m²",
            """select 'mois ' || month || ', équipement ' || facility_id as element from batch
            where intensity_kwh_per_m2 > 150""",
            "warning",
            "150 kWh par m² en un mois en font 1800 par an, plus que tout bâtiment communal, piscine comprise (seuil "
            "choisi large) : la surface, l'unité ou le rattachement du compteur est sans doute faux.",
        ),
    ),
    "mart_energy_reconciliation": mart_suite(
        "mart_energy_reconciliation",
        rule(
            "prix_plausible",
            f"Le prix moyen est entre {LEAST_PRICE.replace('.', ',')} et {GREATEST_PRICE.replace('.', ',')} €/kWh",
            f"""select 'exercice ' || exercice || ', ' || energy_type as element, ledger_eur as amount_eur from batch
            where price_eur_per_kwh not between {LEAST_PRICE} and {GREATEST_PRICE}""",
            "warning",
            "Bornes choisies larges, abonnement et taxes compris, du gaz le moins cher à l'électricité la plus chère. "
            "Au-dessous, des factures manquent ou vont à un autre compte ; au-dessus, des compteurs manquent.",
        ),
        rule(
            "euros_du_grand_livre",
            "Les euros sont ceux du grand livre, au centime, par exercice et énergie",
            """select 'exercice ' || exercice || ', ' || energy_type as element,
                abs(coalesce(shown.total, 0) - coalesce(booked.total, 0)) as amount_eur
            from (select exercice, energy_type, sum(ledger_eur) as total from batch group by all) as shown
            full join (
                select lines.exercice, natures.energy_type, sum(lines.amount_eur) as total
                from marts.fct_cost_line as lines
                join seeds.map_energy__nature as natures using (nature_code)
                where lines.direction = 'expense' group by all
            ) as booked using (exercice, energy_type)
            where coalesce(shown.total, 0) <> coalesce(booked.total, 0)""",
            "critical",
            "Le rapprochement part des euros exacts du grand livre.",
        ),
        rule(
            "mois_complets",
            "Un mois attendu sur vingt au plus manque dans l'exercice",
            """select 'exercice ' || exercice || ', ' || energy_type as element from batch
            where missing_month_count * 20 > expected_month_count""",
            "warning",
            "Le prix au kWh d'un exercice dont des mois manquent est trop haut : 5 % est le seuil d'alerte choisi.",
        ),
    ),
}
