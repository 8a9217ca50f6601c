{#- Last of all, when every model is done: the loads count as built, and nothing is left to do for anybody. -#}
{% macro finish_build() -%}
    {%- do run_query(
        'create or replace table build_log.built_loads as select * from ' ~ stored('int_build_loads')
    ) -%}
    {%- do run_query(
        'create or replace table build_log.state as select fingerprint, true as is_finished from '
        ~ stored('int_build_plan')
    ) -%}
    {%- for pending in ['int_changed_keys', 'int_changed_people'] -%}
        {%- do run_query('delete from ' ~ stored(pending)) -%}
    {%- endfor -%}
{%- endmacro %}
