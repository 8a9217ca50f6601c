{{ resolve_identity(
    relation=ref('int_touches_in_utc'),
    id_column='touch_id',
    instant_column='touched_at',
    kind='touch'
) }}
