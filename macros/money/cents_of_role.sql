{% macro cents_of_role(model, creation='lead_creation_position') -%}
    case
        when position = 1 then {{ model }}_first_cents
        when position = journey_length then {{ model }}_last_cents
        when position = {{ creation }} then {{ model }}_creation_cents
        else {{ model }}_other_cents + case when position <= {{ model }}_last_with_more then 1 else 0 end
    end
{%- endmacro %}
