{{ config(materialized='view') }}

{{ resolve_identity(
    relation=ref('int_touches_to_identify'),
    id_column='touch_id',
    instant_column='touched_at',
    kind='touch'
) }}
