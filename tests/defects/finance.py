from defects import defect, one

INT = "intermediate.int_budget_totem__"
M = "marts.mart_"

DEFECTS = [
    defect(
        f"{INT}execution_line",
        "comptes_repris_entiers",
        one(f"{INT}execution_line", "realised_eur = realised_eur + 0.01", "is_final_account and realised_eur > 0"),
    ),
    defect(f"{INT}loan", "emprunts_repris_entiers", f"delete from {INT}loan where loan_kind_code = '09'"),
    defect(f"{INT}programme", "programmes_repris_entiers", one(f"{INT}programme", "credits_opened_eur = -0.01")),
    defect(f"{INT}grant", "subventions_reprises_entieres", one(f"{INT}grant", "grant_eur = grant_eur + 0.01")),
    defect(
        f"{INT}grant",
        "beneficiaire_sans_personne",
        one(f"{INT}grant", "beneficiary_name = 'X'", "beneficiary_kind = 'person'"),
    ),
    defect(
        f"{M}debt",
        "encours_du_compte",
        one(f"{M}debt", "capital_due_end_eur = capital_due_end_eur + 0.01", "is_own_debt"),
    ),
    defect(f"{M}debt", "solde_de_l_emprunt", one(f"{M}debt", "warning_balance = true")),
    defect(
        f"{M}debt",
        "capital_repris_de_l_exercice_precedent",
        one(
            f"{M}debt",
            "capital_due_start_eur = capital_due_start_eur + 0.01",
            f"is_own_debt and capital_due_start_eur > 0 and exercice = (select max(exercice) from {M}debt)",
        ),
    ),
    defect(f"{M}debt", "charte_gissler", one(f"{M}debt", "gissler_class = '7A'")),
    defect(f"{M}debt", "taux_plausible", one(f"{M}debt", "current_rate_pct = 310")),
    defect(f"{M}financial_position", "position_de_chaque_compte", f"delete from {M}financial_position"),
    defect(f"{M}financial_position", "capital_de_l_annexe", one(f"{M}financial_position", "capital_gap_eur = -0.01")),
    defect(f"{M}financial_position", "interets_de_l_annexe", one(f"{M}financial_position", "interest_gap_eur = 0.01")),
    defect(
        f"{M}commitment",
        "paye_dans_l_autorisation",
        one(f"{M}commitment", "paid_cumulated_eur = authorised_eur + 0.01"),
    ),
    defect(
        f"{M}commitment", "paye_dans_les_credits", one(f"{M}commitment", "realised_eur = credits_opened_eur + 0.01")
    ),
    defect(f"{M}commitment", "programme_et_mandats", one(f"{M}commitment", "ledger_gap_eur = 0.01")),
    defect(
        f"{M}commitment",
        "reste_imprime",
        one(f"{M}commitment", "left_to_finance_printed_eur = left_to_finance_eur + 0.01"),
    ),
    defect(f"{M}investment", "investissement_du_compte", one(f"{M}investment", "realised_eur = realised_eur + 0.01")),
    defect(
        f"{M}investment",
        "investissement_du_grand_livre",
        one(f"{M}investment", "ledger_net_eur = ledger_net_eur + 0.01"),
    ),
    defect(
        f"{M}supplier_payment", "achats_du_grand_livre", one(f"{M}supplier_payment", "amount_eur = amount_eur + 0.01")
    ),
    defect(
        f"{M}supplier_payment",
        "particuliers_ensemble",
        one(f"{M}supplier_payment", "supplier_group_id = 'person-0a1b'"),
    ),
    defect(
        f"{M}supplier_payment",
        "delai_global_legal",
        f"update {M}supplier_payment set global_days_sum = 31 * piece_count",
    ),
    defect(
        f"{M}supplier_payment",
        "date_de_reception_connue",
        f"update {M}supplier_payment set ordonnateur_dated_count = 0",
    ),
    defect(
        f"{M}grant", "concours_de_l_annexe", one(f"{M}grant", "granted_eur = granted_eur + 0.01", "granted_eur > 0")
    ),
    defect(f"{M}grant", "particuliers_sans_nom", one(f"{M}grant", "beneficiary_kind = 'person'")),
    defect(
        f"{M}grant",
        "attribue_et_mandate",
        one(f"{M}grant", "paid_eur = paid_eur + 0.01", "beneficiary_kind = 'organisation' and granted_eur > 0"),
    ),
]
