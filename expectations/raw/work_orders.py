"""What a load of work orders must be. Types, presence and uniqueness come from fields.csv."""

from expectations.common import raw_suites, rule

HOURS = "try_cast(heures as decimal(18, 4))"


def repaired(column: str):
    """Return the rule that no number of work order had to be repaired."""
    return rule(
        "identifiant_intact",
        f"Aucun numéro d'intervention ({column}) n'a été abîmé par un tableur",
        f"select source_export, source_record, '{column}' as element from batch where id_repare = 'true'",
        "warning",
        "Un numéro devenu 31400.0 est réparé à la lecture ; des zéros de tête perdus ne le seraient pas. Mettre la "
        "colonne au format texte, ou déposer l'export sans l'ouvrir.",
    )


INTERVENTION = [
    repaired("id"),
    rule(
        "intervention_unique",
        "Une intervention n'est qu'une fois dans un tableau",
        """select source_export, min(source_record) as source_record, 'id' as element from batch
        group by source_export, id having count(*) > 1""",
        "warning",
        "De deux lignes d'un même numéro dans un tableau, la dernière est retenue.",
    ),
    rule(
        "date_plausible",
        "Les dates d'une intervention sont entre 1990 et 2099",
        """select source_export, source_record, 'date' as element from batch
        where substr(date_demande, 1, 4) not between '1990' and '2099'
            or substr(date_debut, 1, 4) not between '1990' and '2099'
            or substr(date_fin, 1, 4) not between '1990' and '2099'""",
        "warning",
        "Une année fausse fausse les délais et le stock de tous les mois qui suivent.",
    ),
    rule(
        "lieu_sans_bureau",
        "Un lieu a deux niveaux au plus",
        """select source_export, source_record, 'site_code' as element from batch
        where length(site_code) - length(replace(site_code, ' > ', '')) > 3""",
        "critical",
        "Sous le bâtiment viennent des bureaux, qui portent souvent le nom d'un agent (RGPD, article 5, § 1, c).",
    ),
]

HEURE = [
    repaired("intervention_id"),
    rule(
        "heures_plausibles",
        "Les heures d'une ligne sont entre 0 et 200",
        f"select source_export, source_record, 'heures' as element from batch where {HOURS} not between 0 and 200",
        "warning",
        "Au-delà de cinq semaines d'un agent en une ligne, la saisie est sans doute en minutes ou en euros.",
    ),
    rule(
        "ligne_utile",
        "Chaque ligne a des heures ou une fourniture",
        """select source_export, source_record, 'heures' as element from batch
        where coalesce(heures, '') = ''
            and (coalesce(fournitures_qte, '') = '' or coalesce(fournitures_pu, '') = '')""",
        "warning",
        "Une ligne vide, ou une fourniture sans quantité ou sans prix, ne compte pour rien.",
    ),
]

SUITES = raw_suites("work_orders", {"intervention": INTERVENTION, "heure": HEURE})
