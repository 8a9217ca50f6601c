{% macro cents_of_share(whole, rest) -%}
    {%- set left_over -%}
        (cents - cast(sum({{ whole }}) over (partition by conversion_number) as bigint))
    {%- endset -%}
    {%- set receivers -%}
        cast(
            sum(case when {{ rest }} >= 0 then 1 else 0 end) over (partition by conversion_number) as bigint
        )
    {%- endset -%}
    {#- Usually 0: at 10^12 in value over thousands of touches a double's own error can reach whole cents. -#}
    {%- set to_everyone -%}
        cast(floor(cast({{ left_over }} as double) / {{ receivers }}) as bigint)
    {%- endset -%}
    case
        when {{ rest }} >= 0
            then
                {{ whole }}
                + {{ to_everyone }}
                + case
                    when row_number() over (
                        partition by conversion_number
                        order by {{ rest }} desc, position
                    ) <= {{ left_over }} - {{ receivers }} * {{ to_everyone }}
                        then 1
                    else 0
                end
        when cents is not null then 0
    end
{%- endmacro %}
