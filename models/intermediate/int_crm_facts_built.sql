{#- What changed is noted before the facts are taken over, so that a build that stops between
    finds it noted. -#}
-- depends_on: {{ ref('int_changed_keys') }}
select * from {{ ref('int_crm_facts') }}
