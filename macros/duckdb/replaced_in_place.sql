{#- DuckDB's transactions hold for tables and views too: what was there goes and what comes is made in one, without
    another name, two renamings and a copy left over where a build was killed. -#}
{% macro replaced_in_place(type) -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set replacement = this.incorporate(type=type) -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if existing is not none and existing.type != type -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
    {%- call statement('main') -%}
        {%- if existing is not none and existing.type == type %}
drop {{ type }} if exists {{ existing }};
        {%- endif %}
        {%- if type == 'table' %}
{{ create_table_as(False, replacement, compiled_code) }}
        {%- else %}
{{ get_create_view_as_sql(replacement, compiled_code) }}
        {%- endif %}
    {%- endcall -%}
    {%- do persist_docs(replacement, model) -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [replacement]}) }}
{%- endmacro %}
