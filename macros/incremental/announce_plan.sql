{#- Until the build has finished, the tables are neither of the old settings nor of the new ones: that is noted first. -#}
{% macro announce_plan() -%}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
        {%- set plan = run_query('select fingerprint, reason from ' ~ this).rows[0] -%}
        {%- if plan[1] is not none -%}
            {%- do log('Recomputing everything: ' ~ plan[1], info=true) -%}
            {%- do run_query('create schema if not exists build_log') -%}
            {%- do run_query(
                "create or replace table build_log.state as select '" ~ plan[0]
                ~ "' as fingerprint, false as is_finished"
            ) -%}
        {%- endif -%}
    {%- endif -%}
    select 1
{%- endmacro %}
