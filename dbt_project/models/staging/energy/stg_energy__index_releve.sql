with source as (

    select * from {{ source('energy', 'index_releve') }}

),

received as (

    {{ received_exports('energy') }}

),

typed as (

    select
        source_export,
        source_record,
        trim(prm) as point_id,
        {{ energy_quantity('trim(grandeur_physique)') }} as quantity_code,
        {{ energy_flow('trim(grandeur_metier)') }} as flow_code,
        upper(trim(unite)) as unit_code,
        cast(instant_utc as timestamp) as reading_at,
        cast({{ paris_time('cast(instant_utc as timestamp)') }} as date) as reading_date,
        try_cast(nullif(trim(valeur), '') as decimal(18, 6)) as index_value,
        case
            when upper(trim(grille)) in ('D', 'GRD', 'DISTRIBUTEUR', 'TURPE', 'GRILLE DISTRIBUTEUR') then 'distributor'
            when upper(libelle_grille) like '%DISTRIB%' then 'distributor'
            else 'supplier'
        end as grid_code,
        coalesce(nullif(trim(id_calendrier), ''), '-') as calendar_code,
        trim(id_classe_temporelle) as class_code,
        nullif(trim(libelle_classe_temporelle), '') as class_label,
        nullif(trim(type_releve), '') as reading_type,
        coalesce(nullif(trim(motif_releve), ''), '-') as reading_reason,
        upper(motif_releve) like '%DEPOSE%' or upper(motif_releve) like '%DÉPOSE%' as is_removal
    from source

),

told as (

    select
        typed.*,
        upper(typed.reading_reason) like '%POSE%' and not coalesce(typed.is_removal, false) as is_installation
    from typed

),

ranked as (

    {{ with_last_of_key('told', 'received', [
        'point_id', 'quantity_code', 'flow_code', 'grid_code', 'calendar_code', 'class_code', 'reading_at',
        'reading_reason',
    ]) }}

)

select
    'energy' as source_system,
    source_export,
    source_record,
    point_id,
    quantity_code,
    flow_code,
    unit_code,
    grid_code,
    calendar_code,
    class_code,
    class_label,
    reading_type,
    reading_reason,
    reading_at,
    reading_date,
    index_value,
    cast(
        case unit_code when 'WH' then index_value / 1000 when 'KWH' then index_value end as decimal(18, 6)
    ) as index_kwh,
    coalesce(is_removal, false) as is_removal,
    is_installation,
    quantity_code = 'EA' and flow_code is not null and unit_code in ('WH', 'KWH') as is_energy,
    is_standing
from ranked
