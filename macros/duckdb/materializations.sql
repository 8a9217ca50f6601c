{% materialization table, adapter='duckdb' %}
    {{ return(replaced_in_place('table')) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {{ return(replaced_in_place('view')) }}
{% endmaterialization %}
