{% macro refuse_negative_weights() -%}
    {%- if execute -%}
        {%- set bad = run_query(
            'select channel, weight from ' ~ ref('channel_weights')
            ~ ' where not (weight >= 0 and weight <= 1000000000) order by channel'
        ) -%}
        {%- if bad.rows | length > 0 -%}
            {{ exceptions.raise_compiler_error(
                "seeds/channel_weights.csv gives the channel " ~ bad.rows[0][0] ~ " the weight "
                ~ bad.rows[0][1] ~ ". A weight is a number from 0 to 1000000000; "
                ~ "0 takes a channel out of the credit."
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
