{% macro source_or_empty(source_name, table_name, columns) -%}
    {%- set relation = source(source_name, table_name) -%}
    {%- if not execute or load_relation(relation) is not none -%}
    select
        {{ columns.keys() | join(',\n        ') }}
    from {{ relation }}
    {%- else -%}
    {{ empty_rows(columns) }}
    {%- endif -%}
{%- endmacro %}
