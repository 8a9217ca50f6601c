{% macro announce_people() -%}
    {%- if execute and flags.WHICH in ('build', 'run') and not builds_everything() -%}
        {%- set count = run_query('select count(distinct person_id) from ' ~ this).rows[0][0] -%}
        {%- do log('Recomputing ' ~ count ~ (' person' if count == 1 else ' people'), info=true) -%}
    {%- endif -%}
    select 1
{%- endmacro %}
