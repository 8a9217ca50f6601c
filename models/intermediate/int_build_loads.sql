{#- The plan stands first: what is loaded while the models run is for the next build. -#}
{%- set tables = {} -%}
{%- if 'files' not in settings().raw_schemas and 'files' in settings().sources -%}
    {%- do tables.update({'touches': ref('stg_files__touches'), 'conversions': ref('stg_files__conversions')}) -%}
{%- endif -%}
{%- if 'genesys' not in settings().raw_schemas and 'genesys' in settings().sources -%}
    {%- do tables.update({'conversations': ref('stg_genesys__conversations')}) -%}
{%- endif %}
-- depends_on: {{ ref('int_build_plan') }}
with loads as (
    {% for raw_table, relation in tables.items() %}
        select
            '{{ raw_table }}' as raw_table,
            load_id
        from {{ relation }}
        {{ 'union all' if not loop.last }}
    {% else %}
        {{ empty_rows({'raw_table': 'varchar', 'load_id': 'varchar'}) }}
    {% endfor %}
)

select distinct * from loads
