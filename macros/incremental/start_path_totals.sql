{#- When everything is computed, nothing that was kept holds any more. Until the build has finished nothing is kept, so
    one that doesn't finish is done again from the start. -#}
{% macro start_path_totals() -%}
    {%- if execute and flags.WHICH in ('build', 'run') and builds_everything() -%}
        {%- do run_query('create schema if not exists build_log') -%}
        {%- set state = adapter.get_relation(target.database, 'build_log', 'state') -%}
        {%- if state is not none -%}
            {%- do run_query('update ' ~ state ~ ' set is_finished = false') -%}
        {%- endif -%}
        {%- do run_query(
            'create or replace table ' ~ stored('int_path_totals', schema='build_log') ~ ' as select * from ' ~ this
            ~ ' where 1 = 0'
        ) -%}
    {%- endif -%}
    select 1
{%- endmacro %}
