"""What an energy file must be, as received: the controls that the file alone can prove."""

from expectations.common import known_codes, raw_suites, rule

ENEDIS = "Guides Enedis des flux R63 et R64."
POINT = "Un numéro abîmé par un tableur ne se rattache plus à aucun site. "


def point_as_issued(column: str, pattern: str, expected: str):
    """Return the rule that delivery points have the form in which they are issued."""
    return rule(
        "point_de_livraison_entier",
        f"Le point de livraison a {expected}",
        f"""select source_export, source_record, '{column}' as element from batch
        where not regexp_matches({column}, '^({pattern})$')""",
        "critical",
        POINT + "Le lecteur refuse déjà ces fichiers ; cette règle le prouve.",
    )


def not_negative(column: str, regle: str, severity: str, why: str):
    """Return the rule that a measure is not below zero."""
    return rule(
        "mesure_non_negative",
        regle,
        f"""select source_export, source_record, '{column}' as element from batch
        where try_cast({column} as decimal(18, 6)) < 0""",
        severity,
        why,
    )


COURBE = [
    point_as_issued("prm", "[0-9]{14}", "14 chiffres"),
    known_codes(
        "sens_connu",
        "Le sens (Grandeur métier) est la consommation ou la production",
        "upper(grandeur_metier)",
        ("CONS", "CONSOMMATION", "PROD", "PRODUCTION"),
        "Une ligne d'un autre sens n'est comptée ni en consommation ni en production. " + ENEDIS,
    ),
    rule(
        "unite_de_l_energie",
        "La puissance ou l'énergie active est en W, kW, Wh ou kWh",
        """select source_export, source_record, 'Unité' as element from batch
        where upper(grandeur_physique) in ('PA', 'EA', 'PUISSANCE ACTIVE', 'ENERGIE ACTIVE', 'ÉNERGIE ACTIVE')
            and upper(unite) not in ('W', 'KW', 'WH', 'KWH')""",
        "critical",
        "Sans unité connue, l'énergie de l'intervalle serait perdue. " + ENEDIS,
    ),
    rule(
        "pas_de_la_courbe",
        "Le pas est de 5, 10, 15, 30 ou 60 minutes",
        """select source_export, source_record, 'Pas' as element from batch
        where try_cast(pas_minutes as integer) not in (5, 10, 15, 30, 60)""",
        "warning",
        "Les compteurs mesurent à l'un de ces pas : un autre vient d'un fichier troué ou retouché. " + ENEDIS,
    ),
    not_negative(
        "valeur",
        "Aucune valeur n'est négative",
        "warning",
        "La consommation et la production sont deux grandeurs positives : une valeur négative est une erreur.",
    ),
    rule(
        "valeur_presente",
        "Un intervalle sur vingt au plus est sans valeur dans un fichier",
        """select source_export, 'Valeur' as element from batch group by source_export
        having count(*) filter (where coalesce(valeur, '') = '') * 20 > count(*)""",
        "warning",
        "Un jour troué n'est pas compté comme relevé ; au-delà de 5 % (seuil choisi) la collecte est à vérifier chez "
        "Enedis.",
    ),
]

INDEX_RELEVE = [
    point_as_issued("prm", "[0-9]{14}", "14 chiffres"),
    known_codes(
        "sens_connu",
        "Le sens (Grandeur métier) est la consommation ou la production",
        "upper(grandeur_metier)",
        ("CONS", "CONSOMMATION", "PROD", "PRODUCTION"),
        "Une ligne d'un autre sens n'est comptée ni en consommation ni en production. " + ENEDIS,
    ),
    rule(
        "unite_de_l_energie",
        "L'énergie active est en Wh ou kWh",
        """select source_export, source_record, 'Unité' as element from batch
        where upper(grandeur_physique) = 'EA' and upper(unite) not in ('WH', 'KWH')""",
        "critical",
        "Sans unité connue, l'énergie serait perdue. " + ENEDIS,
    ),
    rule(
        "une_grille_au_moins_du_distributeur",
        "Chaque point a les index de la grille du distributeur",
        """select source_export, 'Grille' as element from batch where upper(grandeur_physique) = 'EA'
        group by source_export, prm
        having count(*) filter (
            where upper(grille) in ('D', 'GRD', 'DISTRIBUTEUR', 'TURPE', 'GRILLE DISTRIBUTEUR')
                or upper(libelle_grille) like '%DISTRIB%'
        ) = 0""",
        "warning",
        "Les deux grilles disent la même énergie : celle du distributeur compte, car l'autre change avec le "
        "contrat. Un point qui n'a que la seconde est compté d'après elle. " + ENEDIS,
    ),
    not_negative("valeur", "Aucun index n'est négatif", "critical", "Un compteur compte depuis zéro. " + ENEDIS),
]

RELEVE_GAZ = [
    point_as_issued("pce", "[0-9]{14}|GI[0-9]{6}", "14 chiffres, ou GI et 6 chiffres"),
    rule(
        "periode_connue",
        "Chaque relevé a une période ou une journée gazière",
        """select source_export, source_record, 'dateDebutReleve' as element from batch
        where coalesce(journee_gaziere, '') = ''
            and (coalesce(date_debut_releve, '') = '' or coalesce(date_fin_releve, '') = '')""",
        "critical",
        "Sans période, l'énergie n'est d'aucun mois (GRDF ADICT).",
    ),
    rule(
        "periode_dans_l_ordre",
        "La fin de la période vient après son début",
        """select source_export, source_record, 'dateFinReleve' as element from batch
        where try_cast(substr(date_fin_releve, 1, 10) as date) <= try_cast(substr(date_debut_releve, 1, 10) as date)""",
        "critical",
        "Une période vide ou à l'envers perdrait son énergie (GRDF ADICT).",
    ),
    known_codes(
        "etat_du_releve",
        "L'état du relevé est provisoire ou définitif",
        "lower(status)",
        ("provisoire", "définitive", "définitif", "definitive", "definitif"),
        "Un relevé provisoire est remplacé par le définitif : un autre état compterait comme définitif (GRDF ADICT).",
    ),
    rule(
        "energie_egale_volume",
        "L'énergie est le volume multiplié par le coefficient, à 1 % ou 1 kWh près",
        """select source_export, source_record, 'energieConsomme' as element from (
            select *, try_cast(energie_consomme as double) as energy,
                try_cast(volume_brut_consomme as double) * try_cast(coeff_conversion as double) as computed
            from batch
        ) where abs(energy - computed) > greatest(1, abs(energy) / 100)""",
        "warning",
        "GRDF arrondit le coefficient et l'énergie au kWh : 1 % couvre ces arrondis. Un écart plus grand vient d'un "
        "relevé corrigé ou d'une colonne décalée.",
    ),
]

COMPTEUR = [
    point_as_issued("point_id", "[0-9]{14}|GI[0-9]{6}", "14 chiffres, ou GI et 6 chiffres"),
    rule(
        "energie_connue",
        "L'énergie est electricite ou gaz",
        """select source_export, source_record, 'energie' as element from batch
        where not regexp_matches(lower(energie), '^(gaz|[ée]lectricit[ée])')""",
        "critical",
        "L'énergie d'un point dit à quel compte du grand livre le comparer.",
    ),
    rule(
        "part_de_zero_a_un",
        "La part est entre 0 et 1",
        """select source_export, source_record, 'part' as element from batch
        where try_cast(part as decimal(18, 6)) not between 0 and 1""",
        "critical",
        "Une part écrite en pourcentage donnerait cent fois le compteur à un équipement.",
    ),
    rule(
        "parts_completes",
        "Les parts d'un point font 1 chaque jour, à 0,001 près",
        """select distinct shares.source_export, 'part' as element
        from (
            select days.source_export, days.point_id, days.day, sum(try_cast(meters.part as decimal(18, 6))) as total
            from (
                select distinct source_export, point_id, try_cast(date_debut as date) as day from batch
                union
                select distinct source_export, point_id, try_cast(date_fin as date) as day from batch
                where date_fin <> ''
            ) as days
            join batch as meters
                on meters.source_export = days.source_export and meters.point_id = days.point_id
                and try_cast(meters.date_debut as date) <= days.day
                and coalesce(try_cast(nullif(meters.date_fin, '') as date), days.day) >= days.day
            group by days.source_export, days.point_id, days.day
        ) as shares where abs(shares.total - 1) > 0.001""",
        "warning",
        "Il suffit de regarder les jours où une ligne commence ou finit. Sous 1, le reste n'a pas d'équipement ; "
        "au-dessus, les parts sont ramenées à leur somme et aucun kWh n'est compté deux fois. 0,001 couvre l'arrondi "
        "de trois tiers.",
    ),
]

SUITES = raw_suites(
    "energy",
    {"courbe": COURBE, "index_releve": INDEX_RELEVE, "releve_gaz": RELEVE_GAZ, "compteur": COMPTEUR},
)
