"""What a table of childcare software must be, as received: what it takes to count a meal, a day or an hour.

A code that nobody has mapped and a figure that looks odd are shown and stop nothing: the town maps its codes later.
"""

from expectations.common import known_codes, raw_suites, rule

CONTRACT = "Contrat d'échange de l'enfance (README du système childcare)."
MAP = "À rattacher dans seeds/map_childcare__value.csv. " + CONTRACT
KINDS = (
    *("enfant", "quotient", "activite", "unite", "inscription", "consommation", "prestation", "facture"),
    "frequentation",
)
STATES = ("reservation", "present", "absentj", "absenti", "attente", "refus", "demande")
TYPES = ("cantine", "APM", "APS", "etude", "mercredi", "ALSH", "creche")
HASH = "'^[0-9a-f]{32}$'"


def hashed(*columns: str):
    """Return the rule that the columns hold keyed hashes only."""
    faults = " or ".join(
        f"not regexp_matches(coalesce(nullif({column}, ''), repeat('0', 32)), {HASH})" for column in columns
    )
    return rule(
        "identites_hachees",
        "Aucun identifiant d'enfant ni de famille n'est conservé en clair",
        f"select source_export, source_record, 'identifiant' as element from batch where {faults}",
        "critical",
        "Un enfant n'est désigné que par un pseudonyme de l'année scolaire (RGPD, article 5, § 1, c).",
    )


def follows(first: str, last: str):
    """Return the rule that a period ends after it starts."""
    return rule(
        "periode_dans_l_ordre",
        "La date de fin suit la date de début",
        f"select source_export, source_record, '{last}' as element from batch where {last} < {first}",
        "warning",
        "Une période à l'envers ne contient aucun jour : la ligne ne vaudrait jamais. " + CONTRACT,
    )


def not_negative(columns: tuple[str, ...], why: str):
    """Return the rule that the columns hold no negative number."""
    cases = " ".join(f"when try_cast({column} as decimal(18, 4)) < 0 then '{column}'" for column in columns)
    return rule(
        "jamais_negatif",
        "Aucune quantité n'est négative : " + ", ".join(columns),
        f"""select source_export, source_record, element from (
            select source_export, source_record, case {cases} end as element from batch
        ) where element is not null""",
        "critical",
        why,
    )


def not_twice(key: str, what: str, severity: str = "warning"):
    """Return the rule that a file says a thing once."""
    return rule(
        "rien_en_double",
        f"Un fichier ne dit qu'une fois {what}",
        f"""select source_export, min(source_record) as source_record from batch
        group by source_export, {key} having count(*) > 1""",
        severity,
        "Signalé sans refus : des lignes en double peuvent être légitimes, mais comptent alors deux fois.",
    )


ROWS_LANDED = " union all ".join(
    f"select source_export, count(*) as found from raw.childcare__{kind}"
    + (" where source_record not like '%/%'" if kind == "enfant" else "")
    + " group by source_export"
    for kind in KINDS
)
TABLEAU = [
    rule(
        "un_tableau_par_fichier",
        "Le fichier contient un tableau et un seul",
        """select source_export, min(source_record) as source_record from batch
        group by source_export having count(*) > 1""",
        "critical",
        "Ce qui est compté du fichier se rattache à ce tableau. " + CONTRACT,
    ),
    known_codes(
        "nature_connue", "La nature du tableau est une de celles du contrat", "nature", KINDS, CONTRACT, "critical"
    ),
    rule(
        "lignes_comptees",
        "Toutes les lignes du tableau sont conservées",
        f"""select batch.source_export, batch.source_record, 'lignes' as element from batch
        left join ({ROWS_LANDED}) as landed using (source_export)
        where coalesce(landed.found, 0) <> try_cast(batch.lignes as bigint)""",
        "critical",
        "Une ligne perdue est un repas ou une journée de moins (règle de conservation).",
    ),
    rule(
        "colonnes_connues",
        "Le tableau n'a que des colonnes connues",
        "select source_export, source_record, 'en-tête' as element from batch where colonnes_ignorees <> ''",
        "warning",
        "Une colonne de plus n'est pas lue. À rattacher dans seeds/map_childcare__column.csv, ou à y écarter.",
    ),
    rule(
        "identifiants_intacts",
        "Aucun identifiant n'a été abîmé par un tableur (31400.0)",
        """select source_export, source_record, 'identifiants' as element from batch
        where try_cast(identifiants_repares as bigint) > 0""",
        "warning",
        "Réparés ici ; mais des zéros perdus en tête ne se voient pas. Exporter sans passer par un tableur.",
    ),
    rule(
        "caracteres_intacts",
        "Aucun texte n'a été lu dans un mauvais encodage avant d'arriver (Ã© pour é)",
        """select source_export, source_record, 'texte' as element from batch
        where try_cast(caracteres_abimes as bigint) > 0""",
        "warning",
        "Conservés tels quels : un nom de lieu abîmé ne se rattache à aucun site. Exporter de nouveau en UTF-8.",
    ),
]
TABLEAU_PERIODE = [
    rule(
        "periode_plausible",
        "Les mois et années scolaires du tableau sont de 2000 à l'année qui suit",
        """select source_export, source_record, 'periode' as element from batch
        where try_cast(substr(periode, 1, 4) as integer) not between 2000 and year(current_date) + 1""",
        "critical",
        "Une date fausse placerait des lignes dans un mois que personne ne relit.",
    ),
]
ENFANT = [
    hashed("enfant_pseudonym", "famille_pseudonym"),
    known_codes("sexe_connu", "Le sexe est F, M ou inconnu", "sexe", ("F", "M", "inconnu"), MAP, "critical"),
    rule(
        "age_connu",
        "Neuf enfants sur dix au moins ont une date de naissance plausible",
        """select source_export, 'date_naissance' as element from batch group by source_export
        having sum(case when tranche_age = 'inconnu' then 1 else 0 end) * 10 > count(*)""",
        "warning",
        "Sans elle l'enfant compte dans la tranche « âge inconnu ».",
    ),
]
QUOTIENT = [hashed("famille_pseudonym"), follows("date_debut", "date_fin")]
ACTIVITE = [
    known_codes("type_connu", "Le type de chaque activité est connu", "type", TYPES, MAP),
    not_negative(("places", "heures_ouverture"), "La capacité d'une crèche est places × heures d'ouverture."),
    not_twice("activite_id", "une activité"),
]
UNITE = [
    known_codes("repas_connu", "Une unité dit si elle est un repas par O ou N", "repas", ("O", "N"), MAP),
    not_negative(("equiv_journees", "equiv_heures"), "L'équivalence compte les journées et les heures réalisées."),
    not_twice("activite_id, unite_id", "une unité"),
]
INSCRIPTION = [
    hashed("enfant_pseudonym"),
    known_codes("statut_connu", "Le statut est ok, attente ou refus", "statut", ("ok", "attente", "refus"), MAP),
    follows("date_debut", "date_fin"),
]
CONSOMMATION = [
    hashed("enfant_pseudonym"),
    known_codes("etat_connu", "L'état de chaque consommation est connu", "etat", STATES, MAP),
    known_codes("type_connu", "Le type d'activité est connu, quand la ligne le dit", "activite_type", TYPES, MAP),
    not_negative(
        ("quantite", "heures_contrat", "heures_facturees"),
        "Un avoir se lit dans les prestations ; une présence ne se retire pas, elle se renvoie avec son mois.",
    ),
    rule(
        "un_jour_au_plus",
        "Aucune durée ne dépasse 24 heures",
        """select source_export, source_record, 'heures' as element from batch
        where try_cast(heures_contrat as decimal(18, 4)) > 24 or try_cast(heures_facturees as decimal(18, 4)) > 24""",
        "warning",
        "Une ligne est une journée : des minutes écrites comme des heures multiplieraient l'activité par soixante.",
    ),
    not_twice(
        "enfant_pseudonym, activite_id, coalesce(unite_id, ''), date, coalesce(heure_debut, ''), etat",
        "une même consommation",
    ),
]
PRESTATION = [
    hashed("famille_pseudonym", "enfant_pseudonym"),
    not_twice("prestation_id", "une prestation"),
]
FACTURE = [
    follows("date_debut", "date_fin"),
    not_twice("facture_id", "une facture"),
    rule(
        "solde_juste",
        "Le solde est le total moins ce qui est réglé, à 0,00 € près",
        """select source_export, source_record, 'solde' as element,
            abs(try_cast(total as decimal(18, 2)) - try_cast(regle as decimal(18, 2))
                - try_cast(solde as decimal(18, 2))) as amount_eur
        from batch where coalesce(etat, '') <> 'annulee' and try_cast(total as decimal(18, 2))
            - try_cast(regle as decimal(18, 2)) <> try_cast(solde as decimal(18, 2))""",
        "warning",
        "Signalé : le recouvrement se lit au grand livre, non dans ce fichier.",
    ),
]
FREQUENTATION = [
    not_negative(("forecast", "served"), "Un repas ne se reprend pas."),
    rule(
        "servis_au_plus_une_fois_et_demie",
        "Les repas servis ne dépassent pas une fois et demie les repas prévus",
        """select source_export, source_record, 'reel' as element from batch
        where try_cast(forecast as decimal(18, 4)) > 0
            and try_cast(served as decimal(18, 4)) > 1.5 * try_cast(forecast as decimal(18, 4))""",
        "warning",
        "176 lignes sur 94 633 dans la liste ouverte de Nantes : un effectif reporté d'un autre site, le plus souvent.",
    ),
    not_twice("site, coalesce(type, ''), date", "un site, un type et un jour"),
]

SUITES = raw_suites(
    "childcare",
    {
        "tableau": TABLEAU,
        "tableau_periode": TABLEAU_PERIODE,
        "enfant": ENFANT,
        "quotient": QUOTIENT,
        "activite": ACTIVITE,
        "unite": UNITE,
        "inscription": INSCRIPTION,
        "consommation": CONSOMMATION,
        "prestation": PRESTATION,
        "facture": FACTURE,
        "frequentation": FREQUENTATION,
    },
)
