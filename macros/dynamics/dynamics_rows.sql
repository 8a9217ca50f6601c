{#- No row is taken away by a load: one that Dataverse said was deleted after it was read, and one that a later full
    read did not see, are gone. -#}
{% macro dynamics_rows(table) -%}
(
    select
        found.*,
        coalesce(deleted_records.read_at >= found.read_at, false)
        or coalesce(found.read_at < full_reads.read_at, false) as is_deleted
    from {{ source('raw_dynamics', table) }} as found
    left join {{ source('raw_dynamics', 'deleted_record') }} as deleted_records
        on deleted_records.table_name = '{{ table }}' and found.id = deleted_records.record_id
    left join {{ source('raw_dynamics', 'full_read') }} as full_reads
        on full_reads.table_name = '{{ table }}'
)
{%- endmacro %}
