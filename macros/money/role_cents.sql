{#- The largest remainder without a sort, once for a conversion: all touches without a role have one and the same rest,
    so how many stand ahead of a role is counted. Of equal rests the earlier position goes first. A query. -#}
{% macro role_cents(model, conversions, creation='lead_creation_position') -%}
    {%- set is_ahead = 'case when %s then 1 else 0 end' %}
    with credits as (
        select
            conversion_number,
            journey_length,
            cents,
            {{ creation }} as creation_position,
            case when journey_length > 1 then 1 else 0 end as has_last,
            case when {{ creation }} in (1, journey_length) then 0 else 1 end as has_creation,
        {% for role, position in touch_roles() %}
            {{ context['credit_' ~ model](position) }} as {{ role }}_credit
            {{- ',' if not loop.last }}
        {% endfor %}
        from {{ conversions }}
    ),

    rests as (
        {{ with_rests('credits', touch_roles() | map('first') | list) }}
    ),

    with_others as (
        select
            *,
            journey_length - 1 - has_last - has_creation as others
        from rests
    ),

    left_over as (
        select
            *,
            cents - first_whole - has_last * last_whole - has_creation * creation_whole - others * other_whole
                as role_left_over,
            {{ is_ahead % 'first_rest >= 0' }}
            + has_last * {{ is_ahead % 'last_rest >= 0' }}
            + has_creation * {{ is_ahead % 'creation_rest >= 0' }}
            + others * {{ is_ahead % 'other_rest >= 0' }} as role_receivers,
            has_last * {{ is_ahead % 'last_rest > first_rest' }}
            + has_creation * {{ is_ahead % 'creation_rest > first_rest' }}
            + others * {{ is_ahead % 'other_rest > first_rest' }} as ahead_of_first,
            {{ is_ahead % 'first_rest >= creation_rest' }}
            + has_last * {{ is_ahead % 'last_rest > creation_rest' }}
            + case
                when other_rest = creation_rest then creation_position - 2
                when other_rest > creation_rest then others
                else 0
            end as ahead_of_creation,
            {{ is_ahead % 'first_rest >= last_rest' }}
            + has_creation * {{ is_ahead % 'creation_rest >= last_rest' }}
            + others * {{ is_ahead % 'other_rest >= last_rest' }} as ahead_of_last,
            {{ is_ahead % 'first_rest >= other_rest' }}
            + has_last * {{ is_ahead % 'last_rest > other_rest' }}
            + has_creation * {{ is_ahead % 'creation_rest > other_rest' }} as ahead_of_others
        from with_others
    ),

    to_everyone as (
        select
            *,
            {{ cents_to_everyone('role') }} as cents_to_everyone
        from left_over
    ),

    with_more as (
        select
            *,
            role_left_over - role_receivers * cents_to_everyone as touches_with_more,
            role_left_over - role_receivers * cents_to_everyone - ahead_of_others as others_with_more
        from to_everyone
    )

    select
        conversion_number,
        {% for role in ['first', 'creation', 'last'] %}
            case
                when {{ role }}_rest >= 0
                    then
                        {{ role }}_whole + cents_to_everyone
                        + case when ahead_of_{{ role }} < touches_with_more then 1 else 0 end
                when cents is not null then 0
            end as {{ model }}_{{ role }}_cents,
        {% endfor %}
        case
            when other_rest >= 0 then other_whole + cents_to_everyone
            when cents is not null then 0
        end as {{ model }}_other_cents,
        -- The touch at the lead's creation is passed over, unless it has the rest of those without a role.
        case
            when other_rest < 0 then 0
            when
                has_creation = 1
                and creation_rest != other_rest
                and creation_position <= others_with_more + 1
                then others_with_more + 2
            else others_with_more + 1
        end as {{ model }}_last_with_more
    from with_more
{%- endmacro %}
