{% macro running_difference(total, n, count, scale=4, first_n=none) -%}
    {%- set before_first = '(' ~ (first_n or n) ~ ' - 1)' -%}
    (
        round(cast(cast({{ total }} as double) * {{ n }} / {{ count }} as decimal(28, 8)), {{ scale }})
        - round(
            cast(cast({{ total }} as double) * {{ before_first }} / {{ count }} as decimal(28, 8)), {{ scale }}
        )
    )
{%- endmacro %}
