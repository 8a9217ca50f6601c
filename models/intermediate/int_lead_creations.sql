{{ config(materialized='view') }}

{{ lead_creations() }}
