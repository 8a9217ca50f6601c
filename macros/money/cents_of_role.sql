{#- The largest remainder without a sort: where credit goes by role, all touches without a role have one and the same
    remainder, so how many stand before a touch can be counted. -#}
{% macro cents_of_role(model, creation='lead_creation_position') -%}
    {%- set m = model -%}
    {%- set has_last = '(case when journey_length > 1 then 1 else 0 end)' -%}
    {%- set has_creation -%}
        (case when {{ creation }} in (1, journey_length) then 0 else 1 end)
    {%- endset -%}
    {%- set others = '(journey_length - 1 - ' ~ has_last ~ ' - ' ~ has_creation ~ ')' -%}
    {%- set others_before -%}
        (
            position - 1
            - case when position > 1 then 1 else 0 end
            - {{ has_creation }} * case when {{ creation }} < position then 1 else 0 end
        )
    {%- endset -%}
    {%- set of_touch = {} -%}
    {%- for column in ['whole', 'rest'] -%}
        {%- do of_touch.update({column:
            '(case when position = 1 then ' ~ m ~ '_first_' ~ column
            ~ ' when position = journey_length then ' ~ m ~ '_last_' ~ column
            ~ ' when position = ' ~ creation ~ ' then ' ~ m ~ '_creation_' ~ column
            ~ ' else ' ~ m ~ '_other_' ~ column ~ ' end)'
        }) -%}
    {%- endfor -%}
    {%- set whole, rest = of_touch['whole'], of_touch['rest'] -%}
    {%- set left_over -%}
        (
            cents - {{ m }}_first_whole - {{ has_last }} * {{ m }}_last_whole
            - {{ has_creation }} * {{ m }}_creation_whole - {{ others }} * {{ m }}_other_whole
        )
    {%- endset -%}
    {%- set receivers -%}
        (
            case when {{ m }}_first_rest >= 0 then 1 else 0 end
            + {{ has_last }} * case when {{ m }}_last_rest >= 0 then 1 else 0 end
            + {{ has_creation }} * case when {{ m }}_creation_rest >= 0 then 1 else 0 end
            + {{ others }} * case when {{ m }}_other_rest >= 0 then 1 else 0 end
        )
    {%- endset -%}
    {%- set to_everyone -%}
        cast(floor(cast({{ left_over }} as double) / {{ receivers }}) as bigint)
    {%- endset -%}
    {%- set ahead -%}
        (
            case when position != 1 and {{ m }}_first_rest >= {{ rest }} then 1 else 0 end
            + case when position != journey_length and {{ m }}_last_rest > {{ rest }} then 1 else 0 end
            + {{ has_creation }} * case
                when
                    position != {{ creation }}
                    and (
                        {{ m }}_creation_rest > {{ rest }}
                        or ({{ m }}_creation_rest = {{ rest }} and {{ creation }} < position)
                    )
                    then 1
                else 0
            end
            + case
                when {{ m }}_other_rest = {{ rest }} then {{ others_before }}
                when {{ m }}_other_rest > {{ rest }} then {{ others }}
                else 0
            end
        )
    {%- endset -%}
    case
        when {{ rest }} >= 0
            then
                {{ whole }}
                + {{ to_everyone }}
                + case when {{ ahead }} < {{ left_over }} - {{ receivers }} * {{ to_everyone }} then 1 else 0 end
        when cents is not null then 0
    end
{%- endmacro %}
