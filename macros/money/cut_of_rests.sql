{#- A query: up to which rest and position a conversion's touches get one cent more than all of them get. -#}
{% macro cut_of_rests(model, rests, of_shares) -%}
    with placed as (
        select
            rests.conversion_number,
            rests.position,
            rests.{{ model }}_rest,
            of_shares.{{ model }}_with_more,
            row_number() over (
                partition by rests.conversion_number order by rests.{{ model }}_rest desc, rests.position asc
            ) as place
        from {{ rests }} as rests
        inner join {{ of_shares }} as of_shares on rests.conversion_number = of_shares.conversion_number
        where rests.{{ model }}_rest >= 0
    )

    select
        conversion_number,
        max(case when place = {{ model }}_with_more then {{ model }}_rest end) as {{ model }}_last_rest,
        max(case when place = {{ model }}_with_more then position end) as {{ model }}_last_position
    from placed
    group by conversion_number
{%- endmacro %}
