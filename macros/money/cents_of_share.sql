{% macro cents_of_share(model) -%}
    case
        when {{ model }}_rest >= 0
            then
                {{ model }}_whole
                + {{ model }}_cents_to_everyone
                + case
                    when
                        {{ model }}_rest > {{ model }}_last_rest
                        or (
                            {{ model }}_rest = {{ model }}_last_rest
                            and position <= {{ model }}_last_position
                        )
                        then 1
                    else 0
                end
        when cents is not null then 0
    end
{%- endmacro %}
