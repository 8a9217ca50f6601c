{#- The plan stands first: what is loaded while the models run is for the next build. -#}
-- depends_on: {{ ref('int_build_plan') }}
with loads as (
    {% if 'files' in settings().sources and 'files' not in settings().raw_schemas %}
        select
            'touches' as raw_table,
            load_id
        from {{ ref('stg_files__touches') }}
        union distinct
        select
            'conversions' as raw_table,
            load_id
        from {{ ref('stg_files__conversions') }}
    {% else %}
        {{ empty_rows({'raw_table': 'varchar', 'load_id': 'varchar'}) }}
    {% endif %}
)

select * from loads
