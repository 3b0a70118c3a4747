"""What a budget document (TOTEM, DocumentBudgetaire) must be, as received: what is wrong here is refused early.

The amounts of the lines need sections, found later: their controls are in ``expectations/marts``.
"""

from expectations.common import known_codes, raw_suites, rule

PLAN = "odm-budgetaire.org, normes : M14, M57, M4 et leurs déclinaisons, M52, M61, M71, M22, M49."
# The CFU adds total lines, marked calculated, with codes of their own.
IS_DETAIL = "coalesce(calculated, 'false') not in ('true', '1')"

DOCUMENT = [
    known_codes(
        "nature_de_decision_connue",
        "La décision (NatDec) est un BP (01), une DM (02), un BS (03), un CA (09) ou un CFU (10)",
        "nat_dec",
        ["01", "02", "03", "09", "10"],
        "Le sens des montants (voté ou réalisé) en dépend (schéma DocumentBudgetaire, NatDec).",
        severity="critical",
    ),
    rule(
        "exercice_plausible",
        "L'exercice est entre 2000 et l'année qui vient",
        """select source_export, source_record, 'Exer' as element from batch
        where try_cast(exer as integer) not between 2000 and year(current_date) + 1""",
        "critical",
        "Un exercice faux placerait tout le document dans une autre année (schéma DocumentBudgetaire, Exer).",
    ),
    rule(
        "nomenclature_connue",
        "La nomenclature est de la forme norme-déclinaison, d'une norme connue",
        """select source_export, source_record, 'Nomenclature' as element from batch
        where not regexp_matches(nomenclature, '^(M14|M57|M4|M4[0-9]|M52|M61|M71|M22|M832)-[A-Z0-9_]+$')""",
        "critical",
        "Sans plan de comptes, aucune ligne n'a de chapitre ni de section ; le schéma XSD ne le vérifie pas. " + PLAN,
    ),
    rule(
        "document_avec_lignes",
        "Le document a au moins une ligne (LigneBudget)",
        "select source_export, source_record from batch anti join raw.budget_totem__ligne using (source_export)",
        "critical",
        "Un document sans ligne effacerait le budget qu'il remplace.",
    ),
    rule(
        "un_document_par_export",
        "Un export contient un seul document",
        """select source_export, min(source_record) as source_record from batch
        group by source_export having count(*) > 1""",
        "critical",
        "Les lignes se rattachent au document par l'export : deux documents les mêleraient.",
    ),
    rule(
        "budget_identifie",
        "Le budget est identifié par un SIRET (IdEtab, sinon IdColl)",
        """select source_export, source_record, 'IdEtab' as element from batch
        where coalesce(nullif(id_etab, ''), nullif(id_coll, '')) is null""",
        "critical",
        "Sans cette clé, le document ne peut être rapproché ni des autres années ni des mandats et titres.",
    ),
    rule(
        "code_de_budget",
        "Le code du budget (CodBud) est présent",
        "select source_export, source_record, 'CodBud' as element from batch where coalesce(cod_bud, '') = ''",
        "warning",
        "Sans code, le budget est pris pour le principal (00).",
    ),
    known_codes(
        "mode_de_vote_connu",
        "Le mode de vote (NatFonc) est par nature (1), par fonction (2) ou mixte (3)",
        "nat_fonc",
        ["1", "2", "3"],
        "Il dit comment lire la colonne Fonction (schéma DocumentBudgetaire, NatFonc).",
    ),
    known_codes(
        "type_de_budget_connu",
        "Le type de budget (CodTypBud) est principal (P) ou annexe (A)",
        "cod_typ_bud",
        ["P", "A"],
        "Schéma DocumentBudgetaire, CodTypBud.",
    ),
]

LIGNE = [
    known_codes(
        "sens_connu",
        "Le sens (CodRD) est la dépense (D) ou la recette (R)",
        "cod_rd",
        ["D", "R"],
        "Schéma DocumentBudgetaire, CodRD.",
        severity="critical",
    ),
    rule(
        "reel_ou_ordre",
        "L'opération (OpBudg) d'une ligne de détail est réelle (0) ou d'ordre (1)",
        f"""select source_export, source_record, 'OpBudg' as element from batch
        where {IS_DETAIL} and coalesce(op_budg, '') not in ('0', '1')""",
        "critical",
        "Une opération d'ordre n'est pas un coût : la confondre avec le réel fausserait les totaux.",
    ),
    known_codes(
        "type_d_ordre_connu",
        "L'opération d'ordre (TypOpBudg) est dans une section (1) ou entre sections (2)",
        "typ_op_budg",
        ["1", "2"],
        "Le chapitre d'ordre (040, 041, 042, 043) en dépend.",
    ),
    rule(
        "ligne_imputee",
        "Chaque ligne porte une nature, une opération ou un chapitre",
        f"""select source_export, source_record, 'Nature' as element from batch
        where coalesce(nature, '') = '' and coalesce(operation, '') = '' and coalesce(cont_nat, '') = ''
            and coalesce(fonction, '') = '' and {IS_DETAIL}""",
        "warning",
        "Une ligne sans imputation ne peut être classée ni en section ni en chapitre.",
    ),
]

CONCOURS = [
    rule(
        "beneficiaire_sans_personne",
        "Le bénéficiaire n'est pas conservé quand c'est un particulier ou que sa nature juridique n'est pas dite",
        """select source_export, source_record, 'LibOrgaBenef' as element from batch
        where (coalesce(cod_nat_jur_benef_ca, '') in ('', 'P3'))
            and (lib_orga_benef <> '' or obj_subv <> '' or siret <> '' or lib_presta_nat <> ''
                or denom_ou_num_subv <> '')""",
        "critical",
        "Des communes listent des particuliers parmi les bénéficiaires (RGPD, article 5, § 1, c).",
    ),
    known_codes(
        "nature_juridique_connue",
        "La nature juridique du bénéficiaire (CodNatJurBenefCA) est de la liste : P1 à P4, U1 à U6",
        "cod_nat_jur_benef_ca",
        ["P1", "P2", "P3", "P4", "U1", "U2", "U3", "U4", "U5", "U6"],
        "Schéma DocumentBudgetaire, annexe CONCOURS.",
    ),
]

CONSOLIDATION = [
    known_codes(
        "section_connue",
        "La section (CodInvFonc) est fonctionnement (F), investissement (I) ou leur total (T)",
        "cod_inv_fonc",
        ["F", "I", "T"],
        "La présentation consolidée sert à contrôler le total des lignes, section par section.",
    ),
]

SUITES = raw_suites(
    "budget_totem",
    {"document": DOCUMENT, "ligne": LIGNE, "concours": CONCOURS, "consolidation": CONSOLIDATION},
)
