"""What an état de paye (XHL) must be, as received: the controls that the file alone can prove.

Only what makes the file unreadable or uncountable refuses it; totals that disagree are shown with their euros, since
the official example of the norm itself does not tie. Tolerance of amounts: 0.00 euro, as all of them are in cents.
"""

from expectations.common import known_codes, raw_suites, rule, valid_siret

SCHEMA = "Schéma 1.4 de l'état de paye (PES v2, paye_1_1)."
GAINS = "'TraitBrut', 'IndemResid', 'SupFam', 'AvantageNature', 'Indemnite', 'RemDivers', 'Rappel'"
# A product of rate and base is rounded to the cent, from a rate of two or three decimals.
ROUNDING = "0.02"
NUMBERS = "try_cast({} as decimal(18, 6))"
BASE, RATE, UNITS, AMOUNT = (f"coalesce({NUMBERS.format(name)}, 0)" for name in ("base", "taux", "nb_unite", "mt"))
IS_CONTRIBUTION = "element in ('Deduction', 'Cotisation')"

ETAT = [
    rule(
        "un_etat_par_fichier",
        "Le fichier contient un état de paye et un seul",
        """select source_export, min(source_record) as source_record from batch
        group by source_export having count(*) > 1""",
        "critical",
        "Tout ce qui suit se rattache à l'employeur et au mois de cet état. " + SCHEMA,
    ),
    rule(
        "mois_connu",
        "Le mois (Mois) est de 1 à 12",
        """select source_export, source_record, 'Mois' as element from batch
        where not regexp_matches(mois, '^(0?[1-9]|1[0-2])$')""",
        "critical",
        "Le mois de paye vient de Annee et Mois, jamais des dates du fichier. " + SCHEMA,
    ),
    rule(
        "annee_plausible",
        "L'année est entre 2000 et l'année qui vient",
        """select source_export, source_record, 'Annee' as element from batch
        where try_cast(annee as integer) not between 2000 and year(current_date) + 1""",
        "critical",
        "Une année fausse placerait toute la paye dans un autre exercice.",
    ),
    rule(
        "bulletins_comptes",
        "Tous les bulletins du fichier sont conservés",
        """select batch.source_export, batch.source_record, 'PayeIndivMensuel' as element from batch
        left join (
            select source_export, count(*) as found from raw.payroll_xhl__bulletin group by source_export
        ) as kept using (source_export)
        where coalesce(kept.found, 0) <> try_cast(batch.bulletins as bigint)""",
        "critical",
        "Un bulletin perdu est un coût perdu (règle de conservation).",
    ),
    valid_siret("siret", "La clé du SIRET de l'employeur est juste"),
    rule(
        "encodage_annonce",
        "Les caractères du fichier sont dans l'encodage qu'il annonce",
        """select source_export, source_record, 'encoding' as element from batch
        where try_cast(octets_mal_annonces as bigint) > 0""",
        "warning",
        "Des logiciels annoncent UTF-8 ou ISO-8859-1 et écrivent en Windows-1252 : ces caractères sont lus comme tels. "
        "À signaler à l'éditeur.",
    ),
    rule(
        "nomenclature_des_rubriques",
        "La nomenclature des rubriques est jointe, avec des comptes",
        """select source_export, source_record, 'NomenclatureRubriquePaye' as element from batch
        where source_export not in (
            select source_export from raw.payroll_xhl__rubrique
            where coalesce(nature_employeur, '') <> '' or coalesce(nature_salarie, '') <> ''
        )""",
        "warning",
        "Sans compte par rubrique, les lignes ne se rapprochent pas du chapitre 012 compte par compte. " + SCHEMA,
    ),
    rule(
        "total_par_nature",
        "La répartition par nature a le total des lignes : le coût employeur, ou les bruts d'un journal, à 0,00 € près",
        f"""select batch.source_export, batch.source_record, 'RepartitionParNature' as element,
            least(abs(stated.total - lines.cost), abs(stated.above - lines.cost), abs(stated.above - lines.gross))
                as amount_eur
        from batch
        join (
            select source_export, sum(try_cast(mt as decimal(18, 2))) as total,
                sum(greatest(try_cast(mt as decimal(18, 2)), 0)) as above
            from raw.payroll_xhl__repartition_nature group by source_export
        ) as stated using (source_export)
        join (
            select source_export,
                coalesce(sum(try_cast(mt as decimal(18, 2))) filter (where element in ({GAINS})), 0) as gross,
                coalesce(
                    sum(try_cast(mt as decimal(18, 2))) filter (where element in ({GAINS}, 'Cotisation')), 0
                ) as cost
            from raw.payroll_xhl__ligne group by source_export
        ) as lines using (source_export)
        where stated.total <> lines.cost and stated.above <> lines.cost and stated.above <> lines.gross""",
        "warning",
        "Deux conventions existent : le coût de chaque compte, ou un journal où les retenues sont négatives et les "
        "bruts positifs. Un écart montre des bulletins hors du fichier, comme dans l'exemple officiel. Les lignes font "
        "foi.",
    ),
]

ETABLISSEMENT = [
    rule(
        "siret_de_l_etablissement",
        "Le SIRET de l'établissement est un SIRET de l'employeur",
        """select batch.source_export, batch.source_record, 'Siret' as element
        from batch join raw.payroll_xhl__etat as etat using (source_export)
        where coalesce(batch.siret, '') <> '' and not (
            regexp_matches(batch.siret, '^[0-9]{14}$') and substr(batch.siret, 1, 9) = substr(etat.siret, 1, 9)
        )""",
        "warning",
        "Un établissement d'un autre SIREN est un autre employeur : sa paye relève d'un autre état.",
    ),
]

BULLETIN = [
    rule(
        "bulletin_equilibre",
        "Gains moins déductions, retenues et acomptes donnent le net à payer (MtNetAPayer), à 0,00 € près",
        """select source_export, source_record, 'MtNetAPayer' as element,
            abs(try_cast(ecart_net as decimal(18, 2))) as amount_eur
        from batch where try_cast(ecart_net as decimal(18, 2)) <> 0""",
        "warning",
        "Contrôle des lignes entre elles. Signalé sans refus : 56 des 301 bulletins de l'exemple officiel ne le "
        "vérifient pas.",
    ),
    rule(
        "brut_annonce",
        "Le brut annoncé (MtBrut) est la somme des lignes de gain, à 0,00 € près",
        f"""select batch.source_export, batch.source_record, 'MtBrut' as element,
            abs(coalesce(lines.gross, 0) - try_cast(batch.mt_brut as decimal(18, 2))) as amount_eur
        from batch
        left join (
            select source_export, bulletin_rank, sum(try_cast(mt as decimal(18, 2))) as gross
            from raw.payroll_xhl__ligne where element in ({GAINS}) group by source_export, bulletin_rank
        ) as lines using (source_export, bulletin_rank)
        where coalesce(lines.gross, 0) <> try_cast(batch.mt_brut as decimal(18, 2))""",
        "warning",
        "MtBrut n'est pas fiable (faux sur tous les bulletins de l'exemple officiel) : le coût vient des lignes.",
    ),
    known_codes(
        "statut_connu",
        "Le statut (Statut) est de la liste du schéma, ou ELU",
        "statut",
        [
            *("TITULAIRE", "NON_TITULAIRE", "STAGIAIRE", "EMPLOI_FONC", "EMPLOI_FONCTIONNEL", "EMPLOI_AIDE"),
            *("AUTRE_STATUT", "ELU"),
        ],
        "Les effectifs par statut en dépendent. " + SCHEMA,
    ),
    rule(
        "periode_du_mois",
        "La période du bulletin (Periode) est dans le mois de l'état (Annee, Mois)",
        """select batch.source_export, batch.source_record, 'Periode' as element
        from batch join raw.payroll_xhl__etat as etat using (source_export)
        where batch.debut_periode <> '' and substr(batch.debut_periode, 1, 7) <> etat.mois_paie""",
        "warning",
        "Des logiciels laissent là une autre période : le mois de paye reste celui de Annee et Mois.",
    ),
    rule(
        "agent_designe",
        "Chaque bulletin désigne son agent par un matricule",
        """select batch.source_export, batch.source_record, 'Matricule' as element,
            sum(try_cast(lines.mt as decimal(18, 2))) filter (where lines.element <> 'Deduction') as amount_eur
        from batch left join raw.payroll_xhl__ligne as lines using (source_export, bulletin_rank)
        where coalesce(batch.matricule_pseudonym, '') = ''
        group by batch.source_export, batch.source_record""",
        "warning",
        "Sans matricule, le coût du bulletin compte mais ne se rattache à aucun agent ni à sa DSN.",
    ),
    rule(
        "nir_de_forme_connue",
        "Le NIR de l'agent a une forme et une clé connues",
        """select source_export, source_record, 'NIR' as element from batch
        where coalesce(matricule_pseudonym, '') <> '' and coalesce(agent_pseudonym, '') = ''""",
        "warning",
        "Un NIR faux ne se rapproche pas de celui de la DSN ; le matricule y supplée. Le NIR n'est jamais conservé.",
    ),
    rule(
        "bulletin_avec_lignes",
        "Chaque bulletin a au moins une ligne de gain, de déduction ou de cotisation",
        """select source_export, source_record, 'Remuneration' as element from batch
        anti join raw.payroll_xhl__ligne using (source_export, bulletin_rank)
        where coalesce(try_cast(mt_brut as decimal(18, 2)), 0) <> 0""",
        "warning",
        "Un bulletin sans ligne mais avec un brut est incomplet : son coût manque.",
    ),
    rule(
        "quotite_en_pourcent",
        "La quotité de travail (QuotiteTrav) est en pourcent",
        f"""select source_export, source_record, 'QuotiteTrav' as element from batch
        where {NUMBERS.format("quotite")} < 0 or {NUMBERS.format("quotite")} > 100
            or ({NUMBERS.format("quotite")} > 0 and {NUMBERS.format("quotite")} <= 1)""",
        "warning",
        "Une quotité de 0.8 pour 80 % diviserait les équivalents temps plein par cent. " + SCHEMA,
    ),
    rule(
        "identites_hachees",
        "Aucun matricule ni NIR n'est conservé en clair",
        """select source_export, source_record, 'Agent' as element from batch
        where not regexp_matches(coalesce(nullif(matricule_pseudonym, ''), repeat('0', 32)), '^[0-9a-f]{32}$')
            or not regexp_matches(coalesce(nullif(agent_pseudonym, ''), repeat('0', 32)), '^[0-9a-f]{32}$')""",
        "critical",
        "Un agent n'est désigné que par un pseudonyme à clé (RGPD, article 5, § 1, c ; décret n° 2019-341).",
    ),
]

LIGNE = [
    known_codes(
        "genre_de_ligne_connu",
        "Une ligne conservée est un gain, une déduction ou une cotisation",
        "element",
        [*GAINS.replace("'", "").split(", "), "Deduction", "Cotisation"],
        "Le coût employeur est la somme des gains et des cotisations ; retenues et acomptes ne sont pas conservés.",
        severity="critical",
    ),
    rule(
        "ligne_d_un_bulletin",
        "Chaque ligne est celle d'un bulletin du fichier",
        """select source_export, source_record, try_cast(mt as decimal(18, 2)) as amount_eur from batch
        anti join raw.payroll_xhl__bulletin using (source_export, bulletin_rank)""",
        "critical",
        "Une ligne sans bulletin aurait un coût sans agent ni service.",
    ),
    rule(
        "aucun_nir",
        "Aucun libellé ne contient un numéro de sécurité sociale",
        """select source_export, source_record, 'Libelle' as element from batch
        where regexp_matches(libelle, '(^|[^0-9])[1-478][0-9]{4}([0-9]{2}|2A|2B)[0-9]{6}([0-9]{2})?([^0-9]|$)')""",
        "critical",
        "Le NIR n'a pas sa place dans une base de coûts (décret n° 2019-341 du 19 avril 2019).",
    ),
    rule(
        "aucune_saisie",
        "Aucune ligne conservée ne dit un impôt, une saisie ou une opposition",
        """select source_export, source_record, 'Libelle' as element from batch
        where regexp_matches(lower(libelle), '(^|[^a-z])(saisie|opposition|avis . tiers|source|satd)([^a-z]|$)')""",
        "critical",
        "Ces lignes parlent de la vie de l'agent et non du coût du service (RGPD, article 5, § 1, c).",
    ),
    rule(
        "rubrique_a_la_nomenclature",
        "La rubrique (Code) de chaque gain et de chaque cotisation est dans la nomenclature du fichier",
        """select batch.source_export, batch.source_record, 'Code' as element,
            try_cast(batch.mt as decimal(18, 2)) as amount_eur
        from batch
        anti join raw.payroll_xhl__rubrique as rubrique
            on batch.source_export = rubrique.source_export and batch.code = rubrique.code
        where batch.element <> 'Deduction'
            and batch.source_export in (select source_export from raw.payroll_xhl__rubrique)""",
        "warning",
        "Une rubrique hors nomenclature n'a pas de compte : ses euros ne se rapprochent pas du grand livre.",
    ),
    rule(
        "base_et_unites",
        "La base d'une déduction ou d'une cotisation est dans Base, et non dans NbUnite",
        f"""select source_export, source_record, 'Base' as element, {AMOUNT} as amount_eur from batch
        where {IS_CONTRIBUTION} and {BASE} = 0 and {UNITS} <> 0 and {RATE} <> 0
            and abs({UNITS} * {RATE} / 100 - {AMOUNT}) <= {ROUNDING}""",
        "warning",
        "Des éditeurs intervertissent base et nombre d'unités ; le montant de la ligne n'en dépend pas.",
    ),
    rule(
        "taux_en_pourcent",
        "Le taux d'une déduction ou d'une cotisation est en pourcent",
        f"""select source_export, source_record, 'Taux' as element, {AMOUNT} as amount_eur from batch
        where {IS_CONTRIBUTION} and {BASE} <> 0 and {RATE} <> 0
            and abs({BASE} * {RATE} - {AMOUNT}) <= {ROUNDING}
            and abs({BASE} * {RATE} / 100 - {AMOUNT}) > {ROUNDING}""",
        "warning",
        "Des éditeurs écrivent 0.15 pour 15 % : un taux n'est comparable qu'au sein d'un même logiciel.",
    ),
    rule(
        "periode_de_reference",
        "La période d'une ligne (PeriodeRef) finit après son début et ne commence pas après le mois de paye",
        """select batch.source_export, batch.source_record, 'PeriodeRef' as element,
            try_cast(batch.mt as decimal(18, 2)) as amount_eur
        from batch join raw.payroll_xhl__etat as etat using (source_export)
        where batch.fin_reference < batch.debut_reference or substr(batch.debut_reference, 1, 7) > etat.mois_paie""",
        "warning",
        "Un rappel est rattaché au mois du début de sa période : une période fausse le place dans un autre exercice.",
    ),
]

REPARTITION_BUDGET = [
    rule(
        "parts_completes",
        "Les parts d'un bulletin entre budgets (Taux) font un tout : 1 ou 100",
        f"""select source_export, min(source_record) as source_record, 'Taux' as element from batch
        where taux <> '' group by source_export, bulletin_rank
        having sum({NUMBERS.format("taux")}) not in (1, 100)""",
        "warning",
        "Une part manquante laisserait des euros sans budget. " + SCHEMA,
    ),
    rule(
        "part_ou_montant",
        "Chaque répartition dit son budget, et une part ou un montant",
        """select source_export, source_record, 'RepartitionBudget' as element from batch
        where coalesce(code_budget, '') = '' or (coalesce(taux, '') = '' and coalesce(mt, '') = '')""",
        "warning",
        SCHEMA + " Taux ou Mt, l'un des deux.",
    ),
]

RUBRIQUE = [
    rule(
        "compte_unique",
        "Une rubrique (Code, Libelle, CodeCaisse) n'a qu'un compte de chaque sorte",
        """select source_export, min(source_record) as source_record, 'Code' as element from batch
        group by source_export, code, libelle, coalesce(code_caisse, '')
        having count(distinct nullif(nature_employeur, '')) > 1 or count(distinct nullif(nature_salarie, '')) > 1""",
        "warning",
        "De deux comptes aucun n'est retenu : les euros de la rubrique restent sans compte.",
    ),
    rule(
        "compte_lisible",
        "Un compte commence par trois chiffres",
        """select source_export, source_record, 'CodeNatureEmp/CodeNatureSal' as element from batch
        where not regexp_matches(coalesce(nullif(nature_employeur, ''), '641'), '^[0-9]{3}')
            or not regexp_matches(coalesce(nullif(nature_salarie, ''), '641'), '^[0-9]{3}')""",
        "warning",
        "Un code propre au logiciel ne se rapproche d'aucun compte du plan.",
    ),
]

REPARTITION_NATURE = [
    rule(
        "compte_lisible",
        "Un total par nature a un compte, qui commence par trois chiffres",
        """select source_export, source_record, 'Code' as element, try_cast(mt as decimal(18, 2)) as amount_eur
        from batch where not regexp_matches(coalesce(code, ''), '^[0-9]{3}')""",
        "warning",
        "Un total sans compte ne se rapproche pas des mandats du chapitre 012.",
    ),
]

SUITES = raw_suites(
    "payroll_xhl",
    {
        "etat": ETAT,
        "etablissement": ETABLISSEMENT,
        "bulletin": BULLETIN,
        "ligne": LIGNE,
        "repartition_budget": REPARTITION_BUDGET,
        "rubrique": RUBRIQUE,
        "repartition_nature": REPARTITION_NATURE,
    },
)
