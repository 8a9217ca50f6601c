{{ resolve_identity(
    relation=ref('int_conversions_in_utc'),
    id_column='conversion_id',
    instant_column='converted_at',
    kind='conversion'
) }}
