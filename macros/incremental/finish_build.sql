{#- Last of all, when every model is done: the loads count as built, what was added up is kept, and nothing is left to
    do for anybody. Totals and lists go together: what is counted twice or not at all would never be noticed. -#}
{% macro finish_build() -%}
    {%- do run_query(
        'create or replace table build_log.built_loads as select * from ' ~ stored('int_build_loads')
    ) -%}
    {%- if builds_everything() -%}
        {%- for name in kept_totals() -%}
            {%- do run_query(
                'create or replace table ' ~ stored(name, schema='build_log') ~ ' as select * from ' ~ stored(name)
                ~ ' where 1 = 0'
            ) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set statements -%}
        {%- for name in kept_totals() %}
delete from {{ stored(name, schema='build_log') }};
insert into {{ stored(name, schema='build_log') }} select * from {{ stored(name) }};
        {%- endfor %}
        {%- set kept_paths = stored('int_path_totals', schema='build_log') -%}
        {%- set changed_paths = stored('int_changed_path_totals') %}
delete from {{ kept_paths }}
where (path, position) in (select path, position from {{ changed_paths }});
insert into {{ kept_paths }} select * from {{ changed_paths }} where row_count > 0;
        {%- for pending in [
            'int_changed_keys', 'int_changed_people', 'int_replaced_credit', 'int_changed_path_totals'
        ] %}
delete from {{ stored(pending) }};
        {%- endfor %}
    {%- endset -%}
    {%- do run_query('begin;\n' ~ statements ~ '\ncommit;') -%}
    {%- do run_query(
        'create or replace table build_log.state as select fingerprint, true as is_finished from '
        ~ stored('int_build_plan')
    ) -%}
{%- endmacro %}
