{#- Groups in which a column of shares or credits does not sum to 1 within 1e-9. -#}
{% test sums_to_one(model, column_name, group_by) %}

    select {{ group_by | join(', ') }}, sum({{ column_name }}) as total
    from {{ model }}
    group by {{ group_by | join(', ') }}
    having sum({{ column_name }}) is null or abs(sum({{ column_name }}) - 1) > 1e-9

{% endtest %}
