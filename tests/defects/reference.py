from defects import again, defect, one

PLAN = "raw.reference__"
NET_ROW = "insert into raw.reference__net (source_export, code, categorie) values ('x', '{code}', '{category}')"

DEFECTS = [
    defect(f"{PLAN}plan", "plan_avec_comptes", f"delete from {PLAN}compte"),
    defect(f"{PLAN}plan", "plan_avec_chapitres", f"delete from {PLAN}chapitre"),
    defect(f"{PLAN}plan", "dossier_et_fichier_d_accord", one(f"{PLAN}plan", "exer = '1997'")),
    defect(f"{PLAN}chapitre", "section_connue", one(f"{PLAN}chapitre", "section = 'X'")),
    defect(f"{PLAN}compte", "compte_unique", again(f"{PLAN}compte", changes="'x' as source_record")),
    defect(
        "staging.stg_reference__plan",
        "une_version_fait_foi",
        again("staging.stg_reference__plan", "is_standing", "'x' as source_export"),
    ),
    defect(
        "staging.stg_reference__compte",
        "chapitre_du_plan",
        one("staging.stg_reference__compte", "chapter_expense_real = 'ZZ'", "account_list = 'nature'"),
    ),
    defect("intermediate.int_reference__chapter", "table_non_vide", "delete from intermediate.int_reference__chapter"),
    defect(
        "intermediate.int_reference__function",
        "deux_nomenclatures",
        "delete from intermediate.int_reference__function where norm = 'M14'",
    ),
    defect(
        "intermediate.int_reference__nature",
        "chapitre_connu",
        one("intermediate.int_reference__nature", "chapter_expense_real = 'ZZ'"),
    ),
    defect(f"{PLAN}net", "categorie_connue", NET_ROW.format(code="AAT1", category="D")),
    defect(f"{PLAN}net", "code_de_quatre_caracteres", NET_ROW.format(code="123", category="A")),
    defect(f"{PLAN}net", "grade_unique", *[NET_ROW.format(code="AAT1", category="A")] * 2),
    defect(
        "staging.stg_reference__net",
        "grades_conserves",
        "insert into staging.stg_reference__net (net_code) values ('ZZZ9')",
    ),
    defect(
        "staging.stg_reference__net",
        "grade_classe",
        "insert into staging.stg_reference__net (net_code, filiere) values ('ZZZ9', 'Technique')",
    ),
]
