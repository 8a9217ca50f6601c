{#- Rows whose key is not theirs alone, or is not filled: the columns of a key taken together. -#}
{% test unique_combination(model, columns) %}

    select {{ columns | join(', ') }}, count(*) as row_count
    from {{ model }}
    group by {{ columns | join(', ') }}
    having
        count(*) > 1
        {% for column in columns %}
            or {{ column }} is null
        {% endfor %}

{% endtest %}
