{% macro running_difference(total, n, count, scale=4) -%}
    (
        round(cast(cast({{ total }} as double) * {{ n }} / {{ count }} as decimal(28, 8)), {{ scale }})
        - round(
            cast(cast({{ total }} as double) * ({{ n }} - 1) / {{ count }} as decimal(28, 8)), {{ scale }}
        )
    )
{%- endmacro %}
