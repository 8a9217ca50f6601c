{% macro cents_of_even_share(cents='cents', position='position', count='journey_length') -%}
    cast(({{ cents }} - mod({{ cents }}, {{ count }})) / {{ count }} as bigint)
    + case when {{ position }} <= mod({{ cents }}, {{ count }}) then 1 else 0 end
{%- endmacro %}
