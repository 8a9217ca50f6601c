{#- CTEs of a `with recursive` that has a CTE leads: a survivor can be merged away in turn; the depth ends a chain that
    bites its own tail. -#}
{% macro merge_chain_ends(id_column) -%}
merge_chain ({{ id_column }}, reached_{{ id_column }}, depth) as (
    select
        {{ id_column }},
        {{ id_column }} as reached_{{ id_column }},
        0 as depth
    from leads

    union all

    select
        merge_chain.{{ id_column }},
        leads.merged_into_{{ id_column }} as reached_{{ id_column }},
        merge_chain.depth + 1 as depth
    from merge_chain
    inner join leads on merge_chain.reached_{{ id_column }} = leads.{{ id_column }}
    where leads.merged_into_{{ id_column }} is not null and merge_chain.depth < 100
),

chain_ends as (
    select
        {{ id_column }},
        reached_{{ id_column }} as surviving_{{ id_column }}
    from merge_chain
    qualify row_number() over (partition by {{ id_column }} order by depth desc) = 1
)
{%- endmacro %}
