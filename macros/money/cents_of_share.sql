{% macro cents_of_share(share, credit, cents, partition_by='conversion_id', tie_break='position') -%}
    {%- set left_over -%}
        ({{ cents }} - sum(floor({{ share }})) over (partition by {{ partition_by }}))
    {%- endset -%}
    {%- set receivers -%}
        sum(case when {{ credit }} > 0 then 1 else 0 end) over (partition by {{ partition_by }})
    {%- endset -%}
    {#- Usually 0: at 10^12 in value over thousands of touches a double's own error can reach whole cents. -#}
    {%- set to_everyone -%}
        floor(cast({{ left_over }} as double) / {{ receivers }})
    {%- endset -%}
    case
        when {{ credit }} > 0
            then
                floor({{ share }})
                + cast({{ to_everyone }} as decimal(18, 0))
                + case
                    when row_number() over (
                        partition by {{ partition_by }}
                        order by
                            case when {{ credit }} > 0 then 0 else 1 end,
                            {{ share }} - floor({{ share }}) desc,
                            {{ tie_break }}
                    ) <= {{ left_over }} - {{ receivers }} * {{ to_everyone }}
                        then 1
                    else 0
                end
        when {{ cents }} is not null then 0
    end
{%- endmacro %}
