{% macro rest_of_cents(credit, whole) -%}
    case
        when {{ credit }} > 0
            then greatest(
                cast(round((({{ credit }}) * cast(cents as double) - {{ whole }}) * 1000000) as bigint), 0
            )
        when cents is not null then -1
    end
{%- endmacro %}
