"""Which CRM the demo reads; the whole way on Dynamics 365 is tests/end_to_end/test_dynamics.py's."""

from __future__ import annotations

import yaml

from cli.arguments import vars_option
from cli.demo import Crm
from cli.load import systems
from common.dbt_vars import dbt_vars, parse_vars


def test_the_demo_s_vars_name_the_crm_and_can_be_typed_again():
    for crm in Crm:
        typed = vars_option(crm.variables).removeprefix("--vars ").strip("'")
        assert parse_vars(typed) == crm.variables
        assert yaml.safe_load(typed)["crm_timezone"] == "America/New_York"
        assert systems(dbt_vars(crm.variables)) == ["genesys", crm.value]
