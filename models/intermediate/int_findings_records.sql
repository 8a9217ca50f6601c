{%- set sources = sources_of_touches() -%}
{%- set with_conversions = sources_of_conversions() -%}

with known as (
    select
        source,
        touch_id as record_id,
        'touch' as kind,
        touched_at as happened_at
    from {{ ref('int_touches') }}
    union all
    select
        source,
        conversion_id as record_id,
        'conversion' as kind,
        converted_at as happened_at
    from {{ ref('int_conversions') }}
    where not is_deleted_lead
),

in_the_future as (
    select
        'future_timestamp' as finding,
        source,
        record_id,
        'warn' as severity,
        'The ' || kind || ' lies in the future.' as detail
    from known
    where happened_at > {{ current_utc() }}
),

without_date as (
    {% for source in with_conversions %}
        select
            'conversion_without_date' as finding,
            '{{ source }}' as source,
            conversion_id as record_id,
            'error' as severity,
            'The source has neither a time nor a day for it, so it is not counted.' as detail
        from {{ loaded_conversions(source) }} as conversions
        where
            converted_at is null
            and converted_on is null
        {% for first in with_conversions if loop.index < with_conversions.index(source) + 1 %}
                and conversion_id not in (
                    select earlier.conversion_id from {{ loaded_conversions(first) }} as earlier
                )
            {% endfor %}
        union all
    {% endfor %}
    select *
    from in_the_future
    where 1 = 0
),

-- An id that two sources name is one record: the source that the var names first keeps it.
doubled_ids as (
    {% for kind, plural, of_sources in [
        ('touch', 'touches', sources), ('conversion', 'conversions', with_conversions)
    ] %}
        {% for first in of_sources %}
            {% for second in of_sources if loop.index > of_sources.index(first) + 1 %}
                select
                    'id_named_by_two_sources' as finding,
                    '{{ second }}' as source,
                    later.{{ kind }}_id as record_id,
                    'error' as severity,
                    'Another source has a {{ kind }} of this id; this row was left out.' as detail
                {% if kind == 'conversion' %}
                    from {{ loaded_conversions(first) }} as earlier
                    inner join {{ loaded_conversions(second) }} as later
                {% else %}
                    from {{ ref('int_' ~ first ~ '__touches') }} as earlier
                    inner join {{ ref('int_' ~ second ~ '__touches') }} as later
                {% endif %}
                    on earlier.{{ kind }}_id = later.{{ kind }}_id
                union all
            {% endfor %}
        {% endfor %}
    {% endfor %}
    select *
    from in_the_future
    where 1 = 0
),

all_findings as (
    select * from in_the_future
    union all
    select * from without_date
    union all
    select * from doubled_ids
)

select * from all_findings
