{% macro credit_time_decay() -%}
    {{ share_of_journey('decay_term') }}
{%- endmacro %}
