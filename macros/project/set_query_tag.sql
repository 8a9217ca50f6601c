{#- dbt asks this before each model, seed and test. Two statements that need no warehouse: whoever looks through the
    query history sees what a statement was for; and where a statement failed in the middle of replacing rows, its
    transaction is still open in this session, and the next model's `create` would commit the half. With the var
    snowflake_warehouses a third says where it runs: a session serves models of every folder, so each says it anew. -#}
{% macro snowflake__set_query_tag() -%}
    {%- do run_query('rollback') -%}
    {%- set tag = tojson({'project': project_name, 'model': model.name, 'invocation': invocation_id}) -%}
    {%- do run_query('alter session set query_tag = ' ~ text_literal(tag)) -%}
    {%- set warehouses = settings().snowflake_warehouses -%}
    {%- if warehouses -%}
        {%- do run_query('use warehouse ' ~ warehouses.get(model.fqn[1], target.warehouse)) -%}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}
