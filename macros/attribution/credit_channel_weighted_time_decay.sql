{% macro credit_channel_weighted_time_decay() -%}
    {{ share_of_journey('weighted_decay_term') }}
{%- endmacro %}
