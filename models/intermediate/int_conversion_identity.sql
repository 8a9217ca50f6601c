{{ config(materialized='view') }}

{{ resolve_identity(
    relation=ref('int_conversions_to_identify'),
    id_column='conversion_id',
    instant_column='converted_at',
    kind='conversion'
) }}
