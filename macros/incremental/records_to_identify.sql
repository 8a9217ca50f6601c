{#- Everything, or what changed itself and whatever names a lead, a phone or an e-mail that now may lead elsewhere. -#}
{% macro records_to_identify(kind, and_ids_of=none) -%}
    {%- set columns = record_columns(kind) | join(', ') -%}
    {%- set plural = 'conversions' if kind == 'conversion' else 'touches' -%}
    {%- set records = ref('int_' ~ kind ~ '_records') -%}
    {%- set changed = ref('int_changed_' ~ plural) -%}
    {%- set changed_ids = ref('int_changed_' ~ kind ~ '_ids') -%}
    {%- set changed_keys = ref('int_changed_keys') -%}
    {%- if builds_everything() -%}
select * from {{ records }}
    {%- else -%}
with kept as (
    select {{ columns }} from {{ stored('int_' ~ plural) }}
    where given_lead_id in (select changed_key from {{ changed_keys }} where kind = 'lead')
    {%- for key in ['phone_key', 'email_key'] %}
    union distinct
    select {{ columns }} from {{ stored('int_' ~ plural) }}
    where
        given_lead_id is null
        and {{ key }} in (select changed_key from {{ changed_keys }} where kind = 'key')
    {%- endfor %}
    {%- if and_ids_of is not none %}
    union distinct
    select {{ columns }} from {{ stored('int_' ~ plural) }}
    where {{ kind }}_id in (select {{ kind }}_id from {{ and_ids_of }})
    {%- endif %}
)

select {{ columns }} from kept
where {{ kind }}_id not in (select {{ kind }}_id from {{ changed_ids }})
union all
select {{ columns }} from {{ changed }}
    {%- endif %}
{%- endmacro %}
