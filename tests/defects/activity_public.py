"""Defects of the marts of users, as rows that no mart should hold: the small town hides most of its own."""

from defects import defect

YEAR = {"usage_year": "'1999'", "activity_id": "'a'"}
REACH, MIXING, USER, USE = (
    *("marts.mart_public_reach", "marts.mart_mixing"),
    *("intermediate.int_activity_user", "intermediate.int_service_user"),
)


def row(table, **values):
    """Return the statement that adds a row of ``values``, SQL expressions by column."""
    values = YEAR | values
    return f"insert into {table} ({', '.join(values)}) values ({', '.join(map(str, values.values()))})"


def cell(breakdown, category="total", users=None, group="null", **values):
    """Return the statement that adds a cell of the reach: hidden when ``users`` is None."""
    place = {"breakdown": f"'{breakdown}'", "category_code": f"'{category}'", "group_code": group}
    if users is None:
        return row(REACH, secrecy_status="'A'", **place, **values)
    return row(REACH, secrecy_status="'V'", user_count=users, quantity=users, **place, **values)


def place(facility, dimension="sex", users=None, **values):
    """Return the statement that adds a place of the mixing: hidden when ``users`` is None."""
    where = {"facility_code": f"'{facility}'", "dimension": f"'{dimension}'"}
    if users is None:
        return row(MIXING, secrecy_status="'A'", **where, **values)
    return row(MIXING, secrecy_status="'V'", user_count=users, **where, **values)


def users(count, first=0, **values):
    """Return the statement that adds as many users of the activity, alike but for ``values``."""
    profile = {
        **{"residence_code": "'commune'", "quartier_code": "'Q'", "iris_code": "'I'", "qpv_code": "'hors_qpv'"},
        **{"age_band_code": "'06-10'", "sex_code": "'F'", "quotient_band_code": "'QF1'", "facility_code": "'L1'"},
        **{"user_pseudonym": "'p' || rank", "quantity": "1"},
        **YEAR,
        **values,
    }
    return (
        f"insert into {USER} ({', '.join(profile)}) select {', '.join(profile.values())}"
        f" from range({first}, {first + count}) as ranks(rank)"
    )


def uses(count, activity, first=0):
    return (
        f"insert into {USE} (usage_year, activity_id, user_pseudonym, source_system, quantity)"
        f" select '1999', '{activity}', 'p' || rank, 's', 1 from range({first}, {first + count}) as ranks(rank)"
    )


DEFECTS = [
    defect(REACH, "secret_sans_chiffre", cell("total", population=100)),
    defect(REACH, "secret_effectif_minimal", cell("quotient_band", "QF1", 10)),
    defect(REACH, "secret_par_difference", cell("total", users=20), cell("sex", "F", 16), cell("sex", "M")),
    defect(REACH, "secret_sans_detail", cell("total"), cell("sex", "F"), cell("sex", "M")),
    defect(
        REACH,
        "secret_iris_et_qpv",
        *(cell("quartier", "Q", 40), cell("iris", "I1", 20, "'Q'"), cell("iris", "I2", 20, "'Q'")),
        *(cell("qpv", "P", 22, "'Q'"), cell("qpv", "hors_qpv", 18, "'Q'")),
        *(users(20, iris_code="'I1'", qpv_code="'P'"), users(18, 20, iris_code="'I2'")),
        users(2, 38, iris_code="'I2'", qpv_code="'P'"),
    ),
    defect(
        REACH,
        "secret_entre_activites",
        *(uses(20, "a"), uses(20, "b", 2)),
        *(cell("total", users=20), row(REACH, activity_id="'b'", breakdown="'total'", secrecy_status="'V'")),
        cell("total", users=22, activity_id="'ensemble'", source_system="'s'"),
    ),
    defect(REACH, "usagers_conserves", cell("total", users=20), uses(21, "a")),
    defect(REACH, "categories_au_meme_total", cell("total", users=20), cell("sex", "F", 19)),
    defect(REACH, "couverture_exacte", cell("total", users=20, population=100, coverage_share=0.21)),
    defect(REACH, "couverture_plausible", cell("iris", "I", 20, population=10, coverage_share=2)),
    defect(MIXING, "secret_sans_chiffre", place("L1", entropy_share=0.5)),
    defect(MIXING, "secret_effectif_minimal", place("L1", "quotient_band", 10)),
    defect(MIXING, "secret_lieux_par_difference", cell("total", users=20), place("L1", users=18), place("L2")),
    defect(
        MIXING,
        "secret_lieux_par_croisement",
        *(cell("sex", "F", 20), cell("sex", "M", 20), place("L1", users=38), place("L2")),
        *(users(20), users(18, 20, sex_code="'M'"), users(2, 38, sex_code="'M'", facility_code="'L2'")),
    ),
    defect(
        MIXING,
        "secret_lieux_et_categories",
        *(cell("quartier", "Q1", 20), cell("quartier", "Q2"), cell("quartier", "Q3"), place("L1", "quartier", 20)),
        *(users(8, quartier_code="'Q2'"), users(12, 8, quartier_code="'Q1'")),
    ),
    defect(MIXING, "public_du_lieu_conserve", users(20), place("L1", users=21)),
    defect(MIXING, "indices_bornes", place("L1", users=20, category_count=2, simpson_diversity_share=0.6)),
    defect(
        MIXING,
        "segregation_des_lieux_montres",
        place("L1", users=20, dissimilarity_share=0.2),
        place("ensemble", users=20, segregation_share=0.3),
    ),
    defect(USER, "un_usager_une_ligne", users(1), users(1)),
    defect(USER, "usages_conserves", users(2), uses(1, "a")),
    defect(USER, "pseudonyme_d_une_annee", users(1), users(1, usage_year="'2000'")),
]
