-- depends_on: {{ ref('int_changed_keys') }}
-- depends_on: {{ ref('int_touch_records') }}
-- depends_on: {{ ref('int_conversion_records') }}
-- depends_on: {{ ref('int_conversions_to_identify') }}
with asked_keys as (
    {% if builds_everything() %}
        {% for records in ['int_touch_records', 'int_conversion_records'] %}
            {% for key in ['phone_key', 'email_key'] %}
                select {{ key }} as identity_key from {{ ref(records) }}
                where given_lead_id is null and {{ key }} is not null
                {{ 'union distinct' if not loop.last }}
            {% endfor %}
            {{ 'union distinct' if not loop.last }}
        {% endfor %}
    {% else %}
        -- A conversion with a new rate alone asks again too.
        select changed_key as identity_key from {{ ref('int_changed_keys') }}
        where kind = 'key'
        {% for key in ['phone_key', 'email_key'] %}
            union distinct
            select {{ key }} as identity_key from {{ ref('int_conversions_to_identify') }}
            where given_lead_id is null and {{ key }} is not null
        {% endfor %}
    {% endif %}
),

ties as (
    select distinct
        named_together.identity_key,
        named_together.lead_id
    from {{ ref('int_named_together') }} as named_together
    inner join asked_keys on named_together.identity_key = asked_keys.identity_key
),

counted as (
    select
        *,
        count(*) over (partition by identity_key) as lead_count
    from ties
),

-- When a lead was created matters only where several leads have one phone or e-mail.
contested_leads as (
    select distinct lead_id from counted
    where lead_count > 1
),

creations as (
    {{ lead_creations(leads='contested_leads') | indent(4) }}
),

with_creation as (
    select
        counted.identity_key,
        counted.lead_id,
        creations.created_at,
        counted.lead_count
    from counted
    left join creations on counted.lead_id = creations.lead_id
)

select * from with_creation
