{{ config(enabled='genesys' in var('sources') | string, materialized='view') }}

-- depends_on: {{ ref('int_build_loads') }}
with conversations as (
    select * from {{ ref('stg_genesys__conversations') }}
    {% if 'genesys' not in settings().raw_schemas and not builds_everything() %}
        where load_id in ({{ loads_to_build('conversations') }})
    {% endif %}
)

select * from conversations
