"""What a PES v2 flow must be, as received: controls 1.8 of the PES notes that the files alone can prove.

Code lists are those of the published schemas (2.1.a and later annotations). Later versions add values, so an unknown
code is shown with its count and refuses nothing. Tolerances are 0.00 euro: a bordereau is summed in cents.
"""

from expectations.common import known_codes, raw_suites, rule

LIST = "Liste de codes du protocole PES v2 ; un code inconnu peut être d'une version plus récente : il est signalé."
NAMES_A_PERSON = "cat_tiers = '01' or nat_jur in ('01', '02') or nat_id_tiers = '04'"
# 13 characters and perhaps the key: sex, year, month, département (2A and 2B in Corsica), commune, rank.
NIR = "^[1-478][0-9]{2}[0-9]{2}([0-9]{2}|2A|2B)[0-9]{6}([0-9]{2})?$"

BORDEREAU = [
    rule(
        "total_du_bordereau",
        "Le total annoncé du bordereau (MtBordHT) est la somme de ses lignes (MtHT), à 0,00 € près",
        """select batch.source_export, batch.source_record, 'MtBordHT' as element,
            abs(coalesce(lines.total, 0) - try_cast(batch.mt_bord_ht as decimal(18, 2))) as amount_eur
        from batch
        left join (
            select source_export, bordereau_rank, sum(try_cast(mt_ht as decimal(18, 2))) as total
            from raw.finance_pes__ligne group by source_export, bordereau_rank
        ) as lines using (source_export, bordereau_rank)
        where coalesce(lines.total, 0) <> try_cast(batch.mt_bord_ht as decimal(18, 2))""",
        "warning",
        "Contrôle de complétude du flux (PES v2, MtBordHT). Signalé sans refus : l'exemple d'homologation officiel "
        "lui-même présente un écart.",
    ),
    rule(
        "nombre_de_pieces",
        "Le nombre de pièces annoncé (NbrPce) est celui des pièces présentes",
        """select batch.source_export, batch.source_record, 'NbrPce' as element
        from batch
        left join (
            select source_export, bordereau_rank, count(*) as found
            from raw.finance_pes__piece group by source_export, bordereau_rank
        ) as pieces using (source_export, bordereau_rank)
        where batch.nbr_pce <> '' and coalesce(pieces.found, 0) <> try_cast(batch.nbr_pce as bigint)""",
        "warning",
        "Contrôle de complétude du flux (PES v2, NbrPce) : une pièce manquante est une dépense ou une recette absente.",
    ),
    rule(
        "total_du_bordereau_positif",
        "Le total annoncé du bordereau est positif",
        """select source_export, source_record, 'MtBordHT' as element from batch
        where try_cast(mt_bord_ht as decimal(18, 2)) < 0""",
        "warning",
        "Dans un flux PES tout montant est positif : le sens vient du type de bordereau (TypBord 02 : annulation).",
    ),
    rule(
        "type_de_bordereau_connu",
        "Le type de bordereau (TypBord) est de la liste : 01, 02, 03 en dépense ; 01, 02, 03, 06 en recette",
        """select source_export, source_record, 'TypBord' as element from batch
        where not (typ_bord in ('01', '02', '03') or (domain = 'R' and typ_bord = '06'))""",
        "warning",
        "Le signe d'une ligne dépend du type de bordereau : un type inconnu est compté comme ordinaire. " + LIST,
    ),
    known_codes(
        "domaine_connu",
        "Le domaine est la dépense (D) ou la recette (R)",
        "domain",
        ["D", "R"],
        "Tout le reste (signe, comptes, listes de codes) en dépend.",
        severity="critical",
    ),
]

PIECE = [
    rule(
        "type_de_piece_connu",
        "Le type de pièce (TypPce) est de la liste : 01 à 13 en dépense ; 01 à 07 et 09 à 15 en recette",
        """select batch.source_export, batch.source_record, 'TypPce' as element
        from batch join raw.finance_pes__bordereau as bordereau using (source_export, bordereau_rank)
        where case bordereau.domain
            when 'D' then batch.typ_pce not in
                ('01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '11', '12', '13')
            else batch.typ_pce not in
                ('01', '02', '03', '04', '05', '06', '07', '09', '10', '11', '12', '13', '14', '15')
        end""",
        "warning",
        LIST,
    ),
    known_codes(
        "nature_de_piece_connue",
        "La nature de pièce (NatPce) est de la liste : 01 à 14 et 18",
        "nat_pce",
        [*(f"{code:02}" for code in range(1, 15)), "18"],
        LIST,
    ),
    rule(
        "annulation_bien_formee",
        "Une pièce d'un bordereau d'annulation (TypBord 02) est corrective (TypPce 02, NatPce 06 ou 10)",
        """select batch.source_export, batch.source_record, 'TypPce/NatPce' as element
        from batch join raw.finance_pes__bordereau as bordereau using (source_export, bordereau_rank)
        where bordereau.typ_bord = '02' and not (batch.typ_pce = '02' and batch.nat_pce in ('06', '10'))""",
        "warning",
        "Combinaisons 02-02-06 (réduction) et 02-02-10 (contre-passation) du protocole ; une autre est comptée en "
        "négatif, à vérifier avec l'éditeur.",
    ),
    rule(
        "piece_avec_lignes",
        "Chaque pièce a au moins une ligne",
        """select source_export, source_record from batch
        anti join raw.finance_pes__ligne using (source_export, piece_rank)""",
        "warning",
        "Une pièce sans ligne ne porte aucun euro : le flux est sans doute incomplet (PES v2, LigneDePiece).",
    ),
    rule(
        "objet_sans_personne",
        "L'objet d'une pièce qui concerne un particulier n'est pas conservé",
        """select source_export, source_record, 'Obj' as element from batch
        semi join (select source_export, piece_rank from raw.finance_pes__ligne where is_person = 'true')
            using (source_export, piece_rank)
        where obj <> ''""",
        "critical",
        "L'objet d'un titre porte souvent le nom de la famille (RGPD, article 5, § 1, c ; contrôle 7 du chapitre 1.8).",
    ),
]

LIGNE = [
    rule(
        "montant_positif",
        "Le montant d'une ligne (MtHT) est positif",
        """select source_export, source_record, 'MtHT' as element, abs(try_cast(mt_ht as decimal(18, 2))) as amount_eur
        from batch where try_cast(mt_ht as decimal(18, 2)) < 0""",
        "warning",
        "Dans un flux PES tous les montants sont positifs : un montant négatif serait retranché deux fois d'un "
        "bordereau d'annulation.",
    ),
    rule(
        "particulier_reconnu",
        "Un tiers qui est un particulier est marqué comme tel",
        f"select source_export, source_record from batch where ({NAMES_A_PERSON}) and is_person <> 'true'",
        "critical",
        "CatTiers 01, NatJur 01 ou 02 ou NatIdTiers 04 désignent une personne physique : rien qui la nomme ne doit "
        "être conservé (contrôle 7 du chapitre 1.8).",
    ),
    rule(
        "aucun_nir",
        "Aucun identifiant de tiers n'a la forme d'un numéro de sécurité sociale",
        f"select source_export, source_record, 'IdTiers' as element from batch where regexp_matches(id_tiers, '{NIR}')",
        "critical",
        "Le NIR n'a pas sa place dans une base de coûts (décret n° 2019-341 du 19 avril 2019).",
    ),
    rule(
        "mode_de_reglement_connu",
        "Le mode de règlement (ModRegl) est de la liste : 01 à 11",
        """select source_export, source_record, 'ModRegl' as element from batch
        where mod_regl <> '' and not regexp_matches(mod_regl, '^(0[1-9]|1[01])$')""",
        "warning",
        LIST,
    ),
    known_codes(
        "nature_d_identifiant_connue",
        "La nature d'identifiant du tiers (NatIdTiers) est de la liste : 01 à 09",
        "nat_id_tiers",
        [f"{code:02}" for code in range(1, 10)],
        LIST,
    ),
    known_codes(
        "categorie_de_tiers_connue",
        "La catégorie du tiers (CatTiers) est de la liste",
        "cat_tiers",
        ["01", *map(str, [*range(20, 30), 50, *range(60, 66), *range(70, 75)])],
        LIST,
    ),
    known_codes(
        "nature_juridique_connue",
        "La nature juridique du tiers (NatJur) est de la liste : 00 à 11",
        "nat_jur",
        [f"{code:02}" for code in range(12)],
        LIST,
    ),
    rule(
        "debiteur_principal",
        "Le tiers retenu d'un titre est le débiteur principal (TypTiers 01)",
        """select source_export, source_record, 'TypTiers' as element from batch
        where typ_tiers <> '' and typ_tiers <> '01'""",
        "warning",
        "Les codébiteurs partagent le même montant : en compter plusieurs le multiplierait (PES v2 recette, TypTiers).",
    ),
    rule(
        "annulation_rattachee",
        "Une ligne d'annulation (TypBord 02) dit quelle pièce elle annule (RattachPiece)",
        """select batch.source_export, batch.source_record, 'IdPceOrig' as element,
            try_cast(batch.mt_ht as decimal(18, 2)) as amount_eur
        from batch join raw.finance_pes__bordereau as bordereau using (source_export, bordereau_rank)
        where bordereau.typ_bord = '02' and coalesce(batch.id_pce_orig, '') = ''""",
        "warning",
        "Sans la pièce d'origine, l'annulation ne peut pas être rapprochée (PES v2, RattachPiece).",
    ),
]

ACQUIT = [
    known_codes(
        "etat_d_acquit_connu",
        "L'état d'acquittement (EtatAck) est 0 ou 1",
        "etat_ack",
        ["0", "1"],
        "Seul 1 vaut acceptation ; tout autre état est compris comme un refus.",
    ),
    rule(
        "domaine_d_acquit_connu",
        "Le domaine d'acquittement (DomaineAck) est de la liste : 0 à 11 et 99",
        """select source_export, source_record, 'DomaineAck' as element from batch
        where coalesce(try_cast(domaine_ack as integer), -1) not in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 99)""",
        "warning",
        LIST,
    ),
    rule(
        "rien_de_refuse",
        "Le comptable a accepté tout ce qui lui a été transmis",
        """select source_export, source_record, 'EtatAck' as element from batch
        where etat_ack <> '1'""",
        "warning",
        "Un bordereau refusé ne compte pas tant qu'il n'a pas été renvoyé et accepté (PES_ACQUIT).",
    ),
]

RETOUR = [
    known_codes(
        "etat_de_piece_connu",
        "L'état de la pièce (EtatPce) est de la liste : 01 à 05",
        "etat_pce",
        ["01", "02", "03", "04", "05"],
        LIST,
    ),
    rule(
        "aucune_piece_rejetee",
        "Aucune pièce n'est rejetée par le comptable (EtatPce 04)",
        """select source_export, source_record, try_cast(mt_ht as decimal(18, 2)) as amount_eur from batch
        where etat_pce = '04'""",
        "warning",
        "Une pièce rejetée doit être corrigée et renvoyée ; elle ne compte pas d'ici là.",
    ),
]

SUITES = raw_suites(
    "finance_pes",
    {"bordereau": BORDEREAU, "piece": PIECE, "ligne": LIGNE, "acquit": ACQUIT, "retour": RETOUR},
)
