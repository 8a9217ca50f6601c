{#- The table is there once somebody was forgotten. -#}
{%- set forgotten = none -%}
{%- if execute -%}
    {%- set forgotten = adapter.get_relation(target.database, 'privacy', 'forgotten') -%}
{%- endif -%}

with forgotten as (
    {% if forgotten is none %}
        {{ empty_rows({
            'forget_id': 'varchar',
            'source': 'varchar',
            'forgotten_at': 'timestamp',
            'touch_count': 'bigint',
            'conversion_count': 'bigint',
            'conversion_value': 'decimal(18, 2)'
        }) }}
    {% else %}
        select * from {{ forgotten }}
    {% endif %}
),

smaller_sums as (
    select
        'forgotten_person' as finding,
        source,
        forget_id as record_id,
        'info' as severity,
        'Forgotten on ' || cast(cast(forgotten_at as date) as varchar)
        || '. Touches that count no more: ' || cast(touch_count as varchar)
        || ', conversions: ' || cast(conversion_count as varchar) || '.' as detail,
        conversion_value as value_at_stake
    from forgotten
)

select * from smaller_sums
