{% macro value_of_share(value, share, partition_by, order_by) -%}
    {%- set shared = 'cast(' ~ share ~ ' as decimal(20, 15))' -%}
    {%- set total_of_shares -%}
        sum({{ shared }}) over (partition by {{ partition_by }})
    {%- endset -%}
    {%- set shares_so_far -%}
        sum({{ shared }}) over (
            partition by {{ partition_by }} order by {{ order_by }}
            rows between unbounded preceding and current row
        )
    {%- endset -%}
    {#- Decimals, so that a half cent is one whatever the amount. -#}
    {%- set ratio = 'cast(cast(%s as double) / cast(' ~ total_of_shares ~ ' as double) as decimal(18, 15))' -%}
    cast(
        round(cast({{ value }} as decimal(20, 2)) * {{ ratio % shares_so_far }}, 2)
        - round(cast({{ value }} as decimal(20, 2)) * {{ ratio % ('(' ~ shares_so_far ~ ' - ' ~ shared ~ ')') }}, 2) as decimal(18, 2)
    )
{%- endmacro %}
