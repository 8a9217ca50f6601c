{% macro credit_w_shaped(position='position') -%}
    {#- Tenths, so that 0.3 + 0.3 + 0.3 is 0.9 to the bit: how many of the three roles fall on this touch. -#}
    {%- set roles -%}
        (
            case when {{ position }} = 1 then 1 else 0 end
            + case when {{ position }} = lead_creation_position then 1 else 0 end
            + case when {{ position }} = journey_length then 1 else 0 end
        )
    {%- endset -%}
    {%- set touches_with_a_role -%}
        (
            case when journey_length = 1 then 1 else 2 end
            + case when lead_creation_position in (1, journey_length) then 0 else 1 end
        )
    {%- endset -%}
    case
        when not has_lead_creation then {{ credit_position_based(position) }}
        when journey_length = {{ touches_with_a_role }} then {{ roles }} / cast(3 as double)
        when {{ roles }} > 0 then 3 * {{ roles }} / cast(10 as double)
        else cast(1 as double) / (10 * (journey_length - {{ touches_with_a_role }}))
    end
{%- endmacro %}
