"""What inventories and registers of facilities must be, as received."""

from expectations.common import known_codes, raw_suites, rule

REPAIRED = rule(
    "tableur_sans_degat",
    "Aucun code n’a perdu de zéro ni gagné de décimales dans un tableur",
    "select source_export, source_record, champs_repares as element from batch where champs_repares <> ''",
    "warning",
    "Ces codes ont été rétablis, une seule lecture étant possible : mettre les colonnes de codes au format Texte.",
)
NUMBER = "try_cast(nullif({}, '') as decimal(18, 2))"
GROSS, DONE, NET = (NUMBER.format(column) for column in ("valeur_brute", "cumul_amortissements", "valeur_nette"))

INVENTAIRE = [
    REPAIRED,
    rule(
        "compte_d_immobilisation",
        "Le compte d’un bien est un compte d’immobilisation (classe 2, hors 28 et 29)",
        f"""select source_export, source_record, 'compte' as element, {GROSS} as amount_eur
        from batch where not regexp_matches(compte, '^2[0-7][0-9]*$')""",
        "warning",
        "Un bien sur un autre compte ne se rapproche d'aucun amortissement (instruction M57, tome I).",
    ),
    known_codes(
        "methode_connue",
        "La méthode d’amortissement est connue",
        "methode",
        ["lineaire", "prorata_temporis", "non_amortissable"],
        "Sans méthode connue, la dotation est recalculée d'après l'année de mise en service : à vérifier.",
    ),
    rule(
        "valeur_nette_exacte",
        "La valeur nette est la valeur brute moins les amortissements, au centime",
        f"""select source_export, source_record, 'valeur_nette' as element, abs({GROSS} - {DONE} - {NET})
            as amount_eur
        from batch where {GROSS} - {DONE} <> {NET}""",
        "warning",
        "Une dépréciation (29) explique un écart ; sinon une colonne a été décalée ou un montant mal saisi.",
    ),
    rule(
        "amorti_au_plus_en_entier",
        "Les amortissements ne dépassent pas la valeur brute",
        f"""select source_export, source_record, 'cumul_amortissements' as element,
            abs({DONE}) - abs({GROSS}) as amount_eur
        from batch where abs({DONE}) > abs({GROSS})""",
        "warning",
        "Un bien ne s'amortit pas au-delà de sa valeur (instruction M57, amortissement linéaire).",
    ),
    rule(
        "numero_unique",
        "Un numéro d’inventaire n’a qu’une ligne par budget et date d’arrêté",
        f"""select source_export, min(source_record) as source_record, 'numero_inventaire' as element,
            sum({GROSS}) as amount_eur
        from batch group by source_export, date_arrete, coalesce(budget, ''), numero_inventaire having count(*) > 1""",
        "warning",
        "Plusieurs lignes sont légitimes pour un complément de valeur ; une copie compterait le bien deux fois.",
    ),
    rule(
        "dates_dans_l_ordre",
        "Un bien est mis en service après son acquisition et avant la date d’arrêté, et ne sort pas avant",
        """select source_export, source_record, 'date' as element from batch
        where nullif(date_mise_en_service, '') < nullif(date_acquisition, '')
            or nullif(date_acquisition, '') > date_arrete
            or nullif(date_sortie, '') < nullif(date_acquisition, '')""",
        "warning",
        "L'amortissement court de la mise en service à la sortie : une date inversée le fausse.",
    ),
]

EQUIPEMENT = [
    REPAIRED,
    known_codes(
        "modele_connu",
        "Le modèle du registre est reconnu",
        "modele",
        ["registre", "scdl", "res"],
        "Le modèle dit quel registre fait foi pour un équipement décrit deux fois.",
        severity="critical",
    ),
    rule(
        "identifiant_unique",
        "Un identifiant n’a qu’une ligne par période",
        """select source_export, min(source_record) as source_record, 'id_local' as element
        from batch group by source_export, id_local, coalesce(date_ouverture, '') having count(*) > 1""",
        "warning",
        "De deux lignes d'un même équipement seule la première est retenue : ses surfaces ne s'ajoutent pas.",
    ),
    rule(
        "surface_presente",
        "Un équipement du registre de la commune a une surface",
        """select source_export, source_record, 'surface' as element from batch
        where modele = 'registre' and coalesce(try_cast(nullif(surface, '') as decimal(18, 2)), 0) <= 0""",
        "warning",
        "Sans surface, un bâtiment ne reçoit ni ménage, ni assurance, ni fluides répartis au mètre carré.",
    ),
    rule(
        "identifiants_bien_formes",
        "Les SIRET et PRM ont 14 chiffres, les UAI sept chiffres et une lettre",
        """select source_export, source_record, 'siret, prm ou uai' as element from batch
        where not regexp_matches(coalesce(nullif(siret, ''), '00000000000000'), '^[0-9]{14}$')
            or not regexp_matches(coalesce(nullif(prm, ''), '00000000000000'), '^[0-9]{14}([|][0-9]{14})*$')
            or not regexp_matches(coalesce(nullif(uai, ''), '0000000A'), '^[0-9]{7}[A-Z]$')""",
        "warning",
        "Ces identifiants relient l'équipement à la paye, à l'énergie et à l'école.",
    ),
    rule(
        "fermeture_apres_ouverture",
        "Un équipement ferme après son ouverture",
        """select source_export, source_record, 'date_fermeture' as element from batch
        where nullif(date_fermeture, '') < nullif(date_ouverture, '')""",
        "warning",
        "Une période inversée ne compte aucun jour.",
    ),
]

SUITES = raw_suites("fixed_assets", {"inventaire": INVENTAIRE, "equipement": EQUIPEMENT})
