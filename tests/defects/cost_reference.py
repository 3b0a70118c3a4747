from defects import defect, one

DEFECTS = [
    defect("marts.dim_ledger_rule", "regles_decrites", "delete from marts.dim_ledger_rule where rule_id = 'paie'"),
    defect(
        "marts.dim_allocation_key",
        "cles_decrites",
        one("marts.dim_allocation_key", "service_id = 'NONE'", "key_id = 'fin-mandat'"),
    ),
]
