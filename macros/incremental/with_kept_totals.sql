{#- What the last finished build had added up, and what came and went since. A group whose rows are all gone is gone,
    or has row_count 0 among changed groups; one without a known value has none. -#}
{% macro with_kept_totals(changes, keys, counts, credits=[], values=[], changed_of=none) -%}
    {%- set columns = (keys + counts + credits + values) | join(', ') -%}
    {%- if builds_everything() -%}
select {{ columns }} from {{ changes }}
    {%- else -%}
select
        {%- for key in keys %}
    {{ key }},
        {%- endfor %}
        {%- for column in counts %}
    cast(sum({{ column }}) as bigint) as {{ column }}{{ ',' if credits or values or not loop.last }}
        {%- endfor %}
        {%- for column in credits %}
    sum({{ column }}) as {{ column }}{{ ',' if values or not loop.last }}
        {%- endfor %}
        {%- for column in values %}
    case when sum(valued_row_count) > 0 then sum({{ column }}) end as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
from (
    select {{ columns }} from {{ changes }}
    union all
    select {{ columns }} from {{ stored(changed_of or model.name, schema='build_log') }}
        {%- if changed_of %}
    where ({{ keys | join(', ') }}) in (select {{ keys | join(', ') }} from {{ changes }})
        {%- endif %}
) as kept_and_changes
group by {{ keys | join(', ') }}
        {%- if not changed_of %}
having sum(row_count) > 0
        {%- endif %}
    {%- endif %}
{%- endmacro %}
