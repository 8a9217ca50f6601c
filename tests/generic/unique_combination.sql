{#- Rows whose key is not theirs alone, or is not filled: the columns of a key taken together. -#}
{% test unique_combination(model, columns, may_be_null=[]) %}

    select {{ columns | join(', ') }}, count(*) as row_count
    from {{ model }}
    group by {{ columns | join(', ') }}
    having
        count(*) > 1
        {% for column in columns if column not in may_be_null %}
            or {{ column }} is null
        {% endfor %}

{% endtest %}
