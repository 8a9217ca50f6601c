{% macro winning_position() -%}
    {%- set criterion = settings().single_win_criterion -%}
    {%- if criterion == 'first_touch' -%}
        1
    {%- elif criterion == 'last_touch' -%}
        journey_length
    {%- else -%}
        {#- Weights within a relative 1e-12 are a tie, and a tie goes to the later touch. -#}
        max(case
            when weighted_decay_term >= largest_weighted_decay_term * (1 - 1e-12) then position
        end) over (partition by conversion_number)
    {%- endif -%}
{%- endmacro %}
