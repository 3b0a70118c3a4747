select
    net_code,
    cadre_emplois,
    filiere,
    category_code,
    grade_label
from {{ ref('stg_reference__net') }}
