"""The schema is made once, and one that is not ours is never written to."""

from __future__ import annotations

import copy

import pytest
from PureCloudPlatformClientV2 import ConversationJsonSchemaRequest, CustomAttributesUpdateRequest

from common.attribution_attributes import ATTRIBUTION_KEYS
from common.errors import AttributionError
from write_back.run import write_back
from write_back.schema import differences, schema_body


def put_schema(org, change):
    """Give the org our schema after ``change`` was made to its JSON schema or to itself."""
    schema = {"id": "schema-x", "enabled": True, "jsonSchema": copy.deepcopy(schema_body())}
    change(schema)
    org.schemas.append(schema)


def test_schema_says_what_genesys_asks_of_a_property():
    assert schema_body()["properties"]["attribution_credit_number"] == {
        "allOf": [{"$ref": "#/definitions/number"}],
        "title": "AttributionCredit",
        "description": "Credit of this conversation, summed over conversions (1 = one whole conversion)",
    }
    assert list(schema_body()["properties"]) == list(ATTRIBUTION_KEYS.values())


def test_schema_that_is_there_is_used(org, export, row):
    export.fill(row(1))
    put_schema(org, lambda schema: schema["jsonSchema"]["properties"].update())
    write_back()
    assert len(org.schemas) == 1
    assert org.writes[0].body[0]["schemaId"] == "schema-x"


def test_limits_and_descriptions_of_the_org_are_no_difference():
    document = copy.deepcopy(schema_body())
    document["properties"]["attribution_model_text"].update(maxLength=100, description="else")
    assert differences(document) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda properties: properties.pop("attribution_model_text"),
            "it lacks attribution_model_text",
        ),
        (
            lambda properties: properties.update(cost_number={"title": "Cost"}),
            "it has cost_number, which is not ours",
        ),
        (
            lambda properties: properties["attribution_credit_number"].update(allOf=[{"$ref": "#/definitions/text"}]),
            "attribution_credit_number has the core type text, not number",
        ),
        (
            lambda properties: properties["attribution_credit_number"].update(title="Credit"),
            "attribution_credit_number has the title Credit, not AttributionCredit",
        ),
    ],
)
def test_schema_that_differs_is_refused_in_words(org, export, row, change, words):
    export.fill(row(1))
    put_schema(org, lambda schema: change(schema["jsonSchema"]["properties"]))
    with pytest.raises(AttributionError) as caught:
        write_back()
    assert words in caught.value.message
    assert org.writes == []


def test_disabled_schema_is_refused(org, export, row):
    export.fill(row(1))
    put_schema(org, lambda schema: schema.update(enabled=False))
    with pytest.raises(AttributionError, match="is disabled"):
        write_back()


def test_bodies_have_no_field_that_the_sdk_lacks(org, export, row):
    export.fill(row(1), row(2))
    write_back()
    export.fill(row(1, campaign_id="other"))
    write_back()
    posted = [call.body for call in org.calls if call.method == "POST"]
    assert len(posted) == 1
    assert posted[0].keys() <= set(ConversationJsonSchemaRequest().attribute_map.values())
    records = [record for call in org.writes for record in call.body]
    assert len(records) == 4
    for record in records:
        assert record.keys() <= set(CustomAttributesUpdateRequest().attribute_map.values())
        assert record["customAttributes"].keys() <= posted[0]["properties"].keys()
