{% macro current_records(kind) -%}
    {%- set columns = record_columns(kind) -%}
    {%- set plural = 'conversions' if kind == 'conversion' else 'touches' -%}
    {%- set as_loaded = ref('int_' ~ plural ~ '_in_utc') -%}
    {%- set changed = ref('int_changed_' ~ plural) -%}
    {%- set changed_ids = ref('int_changed_' ~ kind ~ '_ids') -%}
    {%- if builds_everything() -%}
with records as (
    select
        {{ columns | join(',\n        ') }}
    from {{ as_loaded }}
)
    {%- else -%}
with records as (
    select
        {{ columns | join(',\n        ') }}
    from {{ stored('int_' ~ plural) }}
    where {{ kind }}_id not in (select {{ kind }}_id from {{ changed_ids }})
    union all
    select
        {{ columns | join(',\n        ') }}
    from {{ changed }}
)
    {%- endif %}

select * from records
{%- endmacro %}
