"""Activity of childcare in the conformed shape: every use that stands counts once, none is lost on the way."""

from expectations.common import rule, suite

MAPPING = "Conservé sous son propre code, sans identifiant : à rattacher dans {}."


def same_total(name: str, regle: str, kept: str, said: str, why: str):
    """Return the rule that two queries of one number, ``total``, agree."""
    return rule(
        name,
        regle,
        f"""select 'total' as element from ({kept}) as kept cross join ({said}) as said
        where coalesce(kept.total, 0) <> coalesce(said.total, 0)""",
        "critical",
        why,
    )


def in_bounds(name: str, regle: str, condition: str, why: str, severity: str = "warning"):
    """Return the rule that no row meets ``condition``."""
    return rule(name, regle, f"select source_export, source_record from batch where {condition}", severity, why)


LOSS = "Une ligne perdue ou doublée en chemin fausserait l'activité sans que rien le montre (règle de conservation)."

SUITES = {
    "int_childcare__activity_code": suite(
        "conformed.int_childcare__activity_code",
        in_bounds(
            "lieu_connu",
            "Chaque activité a un lieu",
            "is_current and coalesce(site_code, '') = ''",
            "Sans lieu, son activité ne se rapporte à aucun équipement.",
        ),
    ),
    "int_childcare__child": suite(
        "conformed.int_childcare__child",
        in_bounds(
            "periode_dans_l_annee",
            "La période d'une tranche est dans l'année scolaire",
            "valid_to < valid_from or valid_from < cast(substr(school_year, 1, 4) || '-09-01' as date)"
            " or valid_to > cast(substr(school_year, 6, 4) || '-08-31' as date)",
            "Le pseudonyme ne vaut que dans l'année scolaire.",
            "critical",
        ),
    ),
    "int_childcare__family_quotient": suite(
        "conformed.int_childcare__family_quotient",
        rule(
            "un_quotient_par_jour",
            "Une famille n'a qu'un quotient un jour donné",
            """select batch.source_export, batch.source_record from batch
            join intermediate.int_childcare__family_quotient as other
                on batch.family_pseudonym = other.family_pseudonym and batch.valid_from < other.valid_from
                and batch.valid_to >= other.valid_from""",
            "critical",
            "Deux quotients du même jour compteraient deux fois chaque consommation.",
        ),
    ),
    "int_childcare__attendance": suite(
        "conformed.int_childcare__attendance",
        same_total(
            "rien_de_perdu",
            "Chaque consommation qui fait foi compte une fois",
            "select count(*) as total from batch",
            "select count(*) as total from staging.stg_childcare__consommation where is_standing",
            LOSS,
        ),
        in_bounds(
            "activite_rattachee",
            "L'activité de chaque consommation est rattachée",
            "activity_id is null",
            MAPPING.format("seeds/map_childcare__activity.csv"),
        ),
        in_bounds(
            "lieu_rattache",
            "Le lieu de chaque consommation est rattaché",
            "facility_id is null",
            MAPPING.format("seeds/map_childcare__facility.csv"),
        ),
        in_bounds(
            "profil_connu",
            "L'âge de chaque enfant est connu le jour de la consommation",
            "age_band_code = 'inconnu'",
            "L'enfant manque à la liste de l'année scolaire, ou y est sans date de naissance.",
        ),
        in_bounds(
            "presence_d_un_jour",
            "Une présence dure au plus un jour",
            "attended_hours > 24 or attended_days > 1.5",
            "Des quantités écrites pour un mois, ou des minutes pour des heures, gonfleraient l'activité.",
        ),
    ),
    "int_childcare__meal_day": suite(
        "conformed.int_childcare__meal_day",
        same_total(
            "rien_de_perdu",
            "Chaque ligne d'une liste de repas qui fait foi est dans une cantine et un jour",
            "select sum(record_count) as total from batch where feed_code = 'frequentation'",
            "select count(*) as total from staging.stg_childcare__frequentation where is_standing",
            LOSS,
        ),
        in_bounds(
            "cantine_rattachee",
            "Chaque cantine est rattachée",
            "not is_mapped",
            MAPPING.format("seeds/map_childcare__facility.csv") + " Deux écritures d'une cantine ne se complètent pas.",
        ),
        in_bounds(
            "ecritures_d_accord",
            "Deux écritures d'une même cantine ne se contredisent pas",
            "has_conflict",
            "Elles se complètent, sans s'ajouter : la première du fichier l'emporte.",
        ),
    ),
    "int_childcare__activity": suite(
        "conformed.int_childcare__activity",
        same_total(
            "repas_conserves",
            "Les repas servis sont ceux des cantines et jours qui comptent",
            "select sum(quantity) as total from batch where measure_code = 'meal_served'",
            "select sum(served_quantity) as total from intermediate.int_childcare__meal_day where is_counted",
            LOSS,
        ),
        in_bounds(
            "jamais_negatif",
            "Aucune quantité n'est négative",
            "quantity < 0",
            "Une activité ne se reprend pas.",
            "critical",
        ),
    ),
    **{
        f"int_childcare__{model}": suite(
            f"conformed.int_childcare__{model}",
            same_total(
                "usages_conserves",
                "Les quantités des usagers sont celles des repas servis et présences",
                "select sum(quantity) as total from batch",
                """select sum(case when is_meal_served then quantity else coalesce(attended_days, attended_hours) end)
                    as total from intermediate.int_childcare__attendance""",
                LOSS,
            ),
        )
        for model in ("user_month", "user")
    },
    "int_childcare__registration": suite(
        "conformed.int_childcare__registration",
        same_total(
            "rien_de_perdu",
            "Chaque inscription qui fait foi compte une fois",
            "select sum(registration_count) as total from batch",
            "select count(*) as total from staging.stg_childcare__inscription where is_standing",
            LOSS,
        ),
    ),
    "int_childcare__billing": suite(
        "conformed.int_childcare__billing",
        same_total(
            "euros_conserves",
            "Les euros facturés sont, au centime, ceux des prestations qui font foi, hors factures annulées",
            "select sum(billed_eur) as total from batch",
            """select sum(amount_eur) as total from staging.stg_childcare__prestation
            where is_standing and coalesce(invoice_code, '') not in (
                select invoice_code from staging.stg_childcare__facture where is_standing and is_cancelled
            )""",
            "Au centime : la part des familles se compare au coût du service.",
        ),
    ),
    "int_childcare__charge": suite(
        "conformed.int_childcare__charge",
        same_total(
            "euros_conserves",
            "Les prestations comptées sont celles qui font foi, hors factures annulées, au centime",
            "select sum(amount_eur) as total from batch",
            """select sum(amount_eur) as total from staging.stg_childcare__prestation
            where is_standing and coalesce(invoice_code, '') not in (
                select invoice_code from staging.stg_childcare__facture where is_standing and is_cancelled
            )""",
            "Une prestation qui se rattache à deux lieux ou à deux tranches compterait deux fois.",
        ),
    ),
    "int_childcare__tariff": suite(
        "conformed.int_childcare__tariff",
        same_total(
            "euros_conserves",
            "Les euros par tranche de quotient sont ceux des consommations rattachées à une activité, au centime",
            "select sum(billed_eur) as total from batch",
            """select sum(amount_eur) as total from intermediate.int_childcare__charge
            where category_code = 'consommation' and activity_id is not null""",
            "Au centime : la grille tarifaire se compare au coût du service.",
        ),
    ),
}
