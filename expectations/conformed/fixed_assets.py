"""Facilities, meters and assets once classified: what is not mapped is counted and valued, never dropped."""

from expectations.common import rule, suite

SUITES = {
    "int_fixed_assets__facility": suite(
        "conformed.int_fixed_assets__facility",
        rule(
            "equipement_rattache",
            "Chaque équipement d’un registre est l’un des nôtres (map_fixed_assets__facility)",
            "select source_export, source_record, 'id_local' as element from batch where facility_id is null",
            "warning",
            "Un code sans correspondance n'apporte ni surface ni nom aux coûts : le compléter dans la table.",
        ),
        rule(
            "service_connu",
            "Le service d’un équipement du registre est l’un des nôtres",
            """select source_export, source_record, 'service' as element from batch
            where layout_code = 'registre' and service_id is null""",
            "warning",
            "Sans service, l'équipement ne se range dans aucune direction (ref_service).",
        ),
        rule(
            "une_description_par_jour",
            "Un équipement n’a qu’une description un jour donné",
            """select batch.source_export, batch.source_record, 'date' as element
            from batch join batch as other on batch.facility_id = other.facility_id
                and batch.valid_from < other.valid_from
                and coalesce(batch.valid_to, cast('9999-12-31' as date)) >= other.valid_from""",
            "critical",
            "Une jointure par jour compterait deux fois ses surfaces et ses coûts.",
        ),
    ),
    "int_fixed_assets__meter_of_facility": suite(
        "conformed.int_fixed_assets__meter_of_facility",
        rule(
            "aucun_compteur_oublie",
            "Chaque compteur d’un registre est lu, trente au plus par équipement",
            """select facility.source_export, facility.source_record, 'prm ou pce' as element
            from staging.stg_fixed_assets__equipement as facility
            where is_standing and greatest(
                length(coalesce(prm_list, '')) - length(replace(coalesce(prm_list, ''), '|', '')),
                length(coalesce(pce_list, '')) - length(replace(coalesce(pce_list, ''), '|', ''))
            ) >= 30""",
            "warning",
            "Au-delà, les compteurs se mettent sur plusieurs lignes ou dans la table de l'énergie.",
        ),
    ),
    "int_fixed_assets__asset": suite(
        "conformed.int_fixed_assets__asset",
        rule(
            "site_rattache",
            "Le site d’un bien est l’un de nos équipements (map_fixed_assets__facility)",
            """select source_export, source_record, 'site_code' as element, abs(gross_eur) as amount_eur from batch
            where source_facility_code is not null and facility_id is null""",
            "warning",
            "L'amortissement d'un bien sans équipement n'entre dans le coût d'aucun.",
        ),
        rule(
            "compte_d_amortissement",
            "Le compte d’un bien amorti a un compte d’amortissement dans le plan",
            """select source_export, source_record, 'compte' as element, abs(gross_eur) as amount_eur from batch
            where depreciation_nature_code is null and charge_eur <> 0""",
            "warning",
            "Sans lui la dotation ne se rapproche pas du grand livre.",
        ),
        rule(
            "bien_conserve",
            "Chaque bien d’un inventaire qui fait foi a une ligne, et une seule",
            """select source_export, source_record from (
                select source_export, source_record, count(*) as found from (
                    select source_export, source_record from batch
                    union all
                    select source_export, source_record from staging.stg_fixed_assets__inventaire where is_standing
                ) group by source_export, source_record
            ) where found <> 2""",
            "critical",
            "Une jointure qui double ou perd un bien fausse le patrimoine.",
        ),
    ),
    "int_fixed_assets__depreciation": suite(
        "conformed.int_fixed_assets__depreciation",
        rule(
            "dotation_recalculee",
            "La dotation de l’inventaire est, à un euro près, celle que donnent valeur, durée et mise en service",
            """select source_export, source_record, 'dotation_exercice' as element, abs(charge_gap_eur) as amount_eur
            from batch where abs(charge_gap_eur) > 1""",
            "warning",
            "Linéaire, prorata temporis en années de 360 jours (M57). Un euro couvre les arrondis d'un logiciel qui "
            "compte en 365 jours sur un petit bien ; au-delà, la durée, la date ou la méthode est à vérifier.",
        ),
    ),
    "int_budget_totem__asset": suite(
        "conformed.int_budget_totem__asset",
        rule(
            "numero_present",
            "Un bien de l’annexe du patrimoine a un numéro d’inventaire",
            """select source_export, source_record, 'NumInventaire' as element, purchase_value_eur as amount_eur
            from batch where asset_id_inventory is null""",
            "warning",
            "Sans numéro, le bien ne se rapproche pas de l'inventaire.",
        ),
    ),
}
