{% macro cents_of_even_share() -%}
    cast((cents - mod(cents, journey_length)) / journey_length as bigint)
    + case when position <= mod(cents, journey_length) then 1 else 0 end
{%- endmacro %}
