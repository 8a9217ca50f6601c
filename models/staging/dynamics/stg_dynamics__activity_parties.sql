{{ config(enabled='dynamics' in var('sources') | string) }}

with activities as (
    {% for table in ['campaign_response', 'email', 'phone_call'] %}
        select
            id as activity_id,
            parties
        from {{ source('raw_dynamics', table) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

unnested as (
    {{ unnest_json_array(
        relation='activities',
        array='parties',
        keep=['activity_id'],
        text_fields={
            'role': 'role',
            'party_guid': 'party_id',
            'party_type': 'party_type',
            'address': 'address'
        }
    ) }}
),

renamed as (
    select
        activity_id,
        role,
        party_guid,
        party_type,
        {{ person_hash('email', email_key_text('address')) }} as email_key
    from unnested
)

select * from renamed
