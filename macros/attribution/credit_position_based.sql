{% macro credit_position_based(position='position') -%}
    {%- set first, middle, last = settings().position_based_weights -%}
    case
        when journey_length = 1 then 1
        when journey_length = 2 then 0.5
        when {{ position }} = 1 then {{ first }}
        when {{ position }} = journey_length then {{ last }}
        else cast({{ middle }} as double) / (journey_length - 2)
    end
{%- endmacro %}
