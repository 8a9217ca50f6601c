{#- Outside a run, and in a unit test, there is no plan: everything is looked at. -#}
{% macro builds_everything() -%}
    {%- if not execute -%}
        {{ return(false) }}
    {%- endif -%}
    {%- if model.resource_type == 'unit_test' or flags.FULL_REFRESH -%}
        {{ return(true) }}
    {%- endif -%}
    {%- set plan = adapter.get_relation(target.database, 'intermediate', 'int_build_plan') -%}
    {%- if plan is none -%}
        {{ return(true) }}
    {%- endif -%}
    {%- set rows = run_query('select reason from ' ~ plan).rows -%}
    {{ return(rows | length == 0 or rows[0][0] is not none) }}
{%- endmacro %}
