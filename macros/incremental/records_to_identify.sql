{#- Everything, or what changed itself and whatever names a lead, a phone or an e-mail that now may lead elsewhere. -#}
{% macro records_to_identify(kind) -%}
    {%- set records = ref('int_' ~ kind ~ '_records') -%}
    {%- set changed_ids = ref('int_changed_' ~ kind ~ '_ids') -%}
    {%- set changed_keys = ref('int_changed_keys') -%}
    {%- if builds_everything() -%}
select * from {{ records }}
    {%- else -%}
with concerned as (
    select {{ kind }}_id from {{ changed_ids }}
    union distinct
    select {{ kind }}_id from {{ records }}
    where given_lead_id in (select changed_key from {{ changed_keys }} where kind = 'lead')
    {%- for key in ['phone_key', 'email_key'] %}
    union distinct
    select {{ kind }}_id from {{ records }}
    where
        given_lead_id is null
        and {{ key }} in (select changed_key from {{ changed_keys }} where kind = 'key')
    {%- endfor %}
)

select * from {{ records }}
where {{ kind }}_id in (select {{ kind }}_id from concerned)
    {%- endif %}
{%- endmacro %}
