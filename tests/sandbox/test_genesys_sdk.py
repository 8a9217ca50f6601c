"""Genesys' own Python client works against the sandbox, and knows every field that it sends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import PureCloudPlatformClientV2 as genesys_sdk
import pytest
from PureCloudPlatformClientV2.rest import ApiException
from sdk_models import assert_fits, faults

from sandbox.genesys.listings import LISTINGS
from sandbox.org import Org
from sandbox.server import Sandbox

WHOLE = "2020-01-01T00:00:00.000Z/2027-01-01T00:00:00.000Z"
MODELS = {
    "/api/v2/outbound/campaigns": "CampaignEntityListing",
    "/api/v2/outbound/messagingcampaigns": "MessagingCampaignEntityListing",
    "/api/v2/outbound/contactlists": "ContactListEntityListing",
    "/api/v2/routing/wrapupcodes": "WrapupCodeEntityListing",
    "/api/v2/routing/queues": "QueueEntityListing",
    "/api/v2/routing/skills": "SkillEntityListing",
    "/api/v2/users": "UserEntityListing",
    "/api/v2/flows": "FlowEntityListing",
    "/api/v2/flows/outcomes": "FlowOutcomeListing",
    "/api/v2/flows/milestones": "FlowMilestoneListing",
}


@pytest.fixture
def api(sandbox: Sandbox) -> genesys_sdk.ApiClient:
    """The SDK's client, logged in with the client credentials grant."""
    return genesys_sdk.ApiClient(host=sandbox.base_url).get_client_credentials_token("sandbox-client", "sandbox-secret")


def test_the_sdk_logs_in_and_sees_who_it_is(api: genesys_sdk.ApiClient, org: Org) -> None:
    assert genesys_sdk.TokensApi(api).get_tokens_me().organization.id == org.organization["id"]
    assert genesys_sdk.OrganizationApi(api).get_organizations_me().name == "Small org"
    client = genesys_sdk.OAuthApi(api).get_oauth_client("sandbox-client")
    assert client.authorized_grant_type == "CLIENT-CREDENTIALS"


def test_the_sdk_runs_a_job_and_pages_its_results_by_cursor(api: genesys_sdk.ApiClient, org: Org) -> None:
    analytics = genesys_sdk.AnalyticsApi(api)
    query = genesys_sdk.AsyncConversationQuery()
    query.interval = WHOLE
    job_id = analytics.post_analytics_conversations_details_jobs(query).job_id
    states = []
    while not states or states[-1] != "FULFILLED":
        states.append(analytics.get_analytics_conversations_details_job(job_id).state)
    assert states[0] == "QUEUED"
    found, cursor, pages = [], None, 0
    while cursor or not pages:
        arguments = {"cursor": cursor} if cursor else {}
        page = analytics.get_analytics_conversations_details_job_results(job_id, page_size=50, **arguments)
        found += page.conversations
        cursor, pages = page.cursor, pages + 1
    assert pages == 3
    assert [one.conversation_id for one in found] == [one["conversationId"] for one in org.conversations]
    assert found[-1].participants[0].attributes == {"CampaignID": "C-1", "TouchSequence": "4"}
    available = analytics.get_analytics_conversations_details_jobs_availability().data_availability_date
    assert available > found[-1].conversation_end
    analytics.delete_analytics_conversations_details_job(job_id)
    with pytest.raises(ApiException) as refused:
        analytics.get_analytics_conversations_details_job(job_id)
    assert refused.value.status == 404


def test_the_sdk_reads_the_synchronous_query(api: genesys_sdk.ApiClient) -> None:
    query = genesys_sdk.ConversationQuery()
    query.interval = "2026-01-01T00:00:00.000Z/2026-01-31T00:00:00.000Z"
    query.paging = genesys_sdk.PagingSpec()
    query.paging.page_size, query.paging.page_number = 100, 2
    answer = genesys_sdk.AnalyticsApi(api).post_analytics_conversations_details_query(query)
    assert answer.total_hits == 120
    assert len(answer.conversations) == 20


def test_the_sdk_reads_contacts_and_wrapup_codes(api: genesys_sdk.ApiClient, org: Org) -> None:
    outbound = genesys_sdk.OutboundApi(api)
    list_id = org.contact_lists[0]["id"]
    bulk = outbound.post_outbound_contactlist_contacts_bulk(list_id, ["contact-3", "contact-1", "gone"])
    assert [one.id for one in bulk] == ["contact-3", "contact-1"]
    assert outbound.get_outbound_contactlist_contact(list_id, "contact-2").data["LeadID"] == "L-2"
    search = genesys_sdk.ContactListingRequest()
    search.page_size, search.page_number = 3, 3
    page = outbound.post_outbound_contactlist_contacts_search(list_id, search)
    assert ([one.id for one in page.entities], page.total, page.page_count) == (["contact-6"], 7, 3)
    added = genesys_sdk.WritableDialerContact()
    added.data = {"LeadID": "L-new"}
    new_id = outbound.post_outbound_contactlist_contacts(list_id, [added])[0].id
    assert outbound.get_outbound_contactlist_contact(list_id, new_id).data == {"LeadID": "L-new"}
    codes = genesys_sdk.RoutingApi(api).get_routing_wrapupcodes(page_size=25, page_number=3)
    assert (len(codes.entities), codes.total, codes.page_count, codes.next_uri) == (10, 60, 3, None)


def test_the_sdk_edits_contacts_in_bulk(api: genesys_sdk.ApiClient, sandbox: Sandbox, org: Org) -> None:
    outbound = genesys_sdk.OutboundApi(api)
    list_id = org.contact_lists[0]["id"]
    before = outbound.get_outbound_contactlist_contact(list_id, "contact-2").data
    edit = genesys_sdk.ContactBulkEditRequest()
    edit.contact_ids = ["contact-2", "contact-4", "gone"]
    edit.contact = genesys_sdk.DialerContact()
    edit.contact.data = {"LeadID": "L-edited"}
    job = outbound.post_outbound_contactlist_contacts_bulk_update(list_id, edit)
    assert (job.state, job.type, job.total_records) == ("InProgress", "BulkEdit", 2)
    job = outbound.get_outbound_contactlist_contacts_bulk_job(list_id, job.id)
    assert (job.state, job.completed_records, job.percent_complete) == ("Complete", 2, 100)
    after = outbound.get_outbound_contactlist_contact(list_id, "contact-2").data
    assert after == {**before, "LeadID": "L-edited"}
    assert outbound.get_outbound_contactlist_contact(list_id, "contact-3").data["LeadID"] == "L-3"
    assert org.contacts[list_id]["contact-2"]["data"] == before, "the org is as it was made"
    assert [(entry["kind"], entry["ids"]) for entry in sandbox.genesys.journal] == [
        ("contacts_edited", ["contact-2", "contact-4"])
    ]
    edit.contact.data = {"NoSuchColumn": "x"}
    with pytest.raises(ApiException) as refused:
        outbound.post_outbound_contactlist_contacts_bulk_update(list_id, edit)
    assert refused.value.status == 400 and "NoSuchColumn" in refused.value.body


def test_the_sdk_patches_a_participant_s_attributes(api: genesys_sdk.ApiClient, org: Org) -> None:
    conversations = genesys_sdk.ConversationsApi(api)
    call = org.conversations[-1]
    participant = call["participants"][0]
    given = genesys_sdk.ParticipantAttributes()
    given.attributes = {"AttributionCredit": "0.5", "TouchSequence": "9"}
    conversations.patch_conversation_participant_attributes(call["conversationId"], participant["participantId"], given)
    found = conversations.get_conversation(call["conversationId"])
    assert found.participants[0].attributes == {**participant["attributes"], **given.attributes}
    assert participant["attributes"]["TouchSequence"] == "4", "the org is as it was made"
    for id in ("gone", participant["participantId"]):
        with pytest.raises(ApiException) as refused:
            conversations.patch_conversation_participant_attributes("gone", id, given)
        assert refused.value.status == 404


def test_the_sdk_writes_custom_attributes_and_meets_a_version_conflict(
    api: genesys_sdk.ApiClient, org: Org, schema_body: dict[str, Any]
) -> None:
    conversations = genesys_sdk.ConversationsApi(api)
    request = genesys_sdk.ConversationJsonSchemaRequest()
    request.title, request.properties = schema_body["title"], schema_body["properties"]
    schema = conversations.post_conversations_customattributes_schemas(request)
    conversation_id = org.conversations[-1]["conversationId"]
    record = genesys_sdk.CustomAttributesUpdateRequest()
    record.id, record.schema_id = "attribution", schema.id
    record.custom_attributes = {"credit_number": 0.25, "model_text": "linear"}
    first = conversations.put_conversation_customattributes_bulk(conversation_id, body=[record])
    assert first.results["attribution"].status_code == 200
    assert first.results["attribution"].attributes.version == 1
    record.version, record.custom_attributes = 1, {"credit_number": 0.5}
    second = conversations.put_conversation_customattributes_bulk(conversation_id, body=[record])
    assert second.results["attribution"].attributes.custom_attributes == {"credit_number": 0.5}
    conflict = conversations.put_conversation_customattributes_bulk(conversation_id, body=[record])
    assert conflict.results["attribution"].status_code == 409
    with pytest.raises(ApiException) as refused:
        conversations.put_conversation_customattributes(conversation_id, body=record)
    assert refused.value.status == 409
    patch = genesys_sdk.CustomAttributesPatchRequest()
    patch.id, patch.version, patch.custom_attributes = "attribution", 2, {"model_text": "linear"}
    conversations.patch_conversation_customattributes_bulk(conversation_id, body=[patch])
    read = conversations.get_conversation_customattribute(conversation_id, "attribution")
    assert (read.version, read.custom_attributes) == (3, {"credit_number": 0.5, "model_text": "linear"})
    assert len(conversations.get_conversation_customattributes(conversation_id).results) == 1
    names = [one.name for one in conversations.get_conversations_customattributes_schemas_coretypes().entities]
    assert {"number", "integer", "text"} <= set(names)
    limits = conversations.get_conversations_customattributes_schemas_limits()
    assert limits.max_number_of_fields_per_schema >= 7


@pytest.mark.parametrize("path", [listing.path for listing in LISTINGS])
def test_every_listing_fits_the_sdks_model(client: Any, path: str) -> None:
    answer = client("GET", path, params={"pageSize": 2})
    assert answer.status_code == 200
    assert answer.json()["entities"]
    assert_fits(answer.json(), MODELS[path])


def test_every_other_answer_fits_the_sdks_model(client: Any, org: Org, schema_id: str) -> None:
    jobs = "/api/v2/analytics/conversations/details/jobs"
    schemas = "/api/v2/conversations/customattributes/schemas"
    contacts = f"/api/v2/outbound/contactlists/{org.contact_lists[0]['id']}/contacts"
    records = f"/api/v2/conversations/{org.conversations[0]['conversationId']}/customattributes"
    created = client("POST", jobs, {"interval": WHOLE})
    assert_fits(created.json(), "AsyncQueryResponse")
    record = {"id": "a", "schemaId": schema_id, "customAttributes": {"count_integer": 1}}
    assert_fits(client("PUT", records, record).json(), "CustomAttributesIdResponse")
    bulk = client("PUT", f"{records}/bulk", [record, {"id": "b"}]).json()
    assert {each["statusCode"] for each in bulk["results"].values()} == {200, 400}
    assert_fits(bulk, "CustomAttributesBulkUpdateResponseMap")
    job = f"{jobs}/{client.fulfilled_job(WHOLE)}"
    query = {"interval": "2026-01-01T00:00:00Z/2026-01-05T00:00:00Z"}
    for method, path, body, kind in [
        ("GET", f"{jobs}/availability", None, "DataAvailabilityResponse"),
        ("GET", job, None, "AsyncQueryStatus"),
        ("GET", f"{job}/results?pageSize=100", None, "AnalyticsConversationAsyncQueryResponse"),
        ("POST", jobs[:-4] + "query", query, "AnalyticsConversationQueryResponse"),
        ("POST", f"{contacts}/bulk", ["contact-1"], "list[DialerContact]"),
        ("POST", f"{contacts}/search", {"pageSize": 2}, "ContactListingResponse"),
        ("POST", contacts, [{"data": {"LeadID": "x"}}], "list[DialerContact]"),
        ("GET", f"{contacts}/contact-1", None, "DialerContact"),
        ("GET", schemas, None, "ConversationDataSchemaListing"),
        ("GET", f"{schemas}/{schema_id}", None, "ConversationDataSchema"),
        ("GET", f"{schemas}/limits", None, "SchemaQuantityLimits"),
        ("GET", f"{schemas}/coretypes", None, "CoretypeListing"),
        ("GET", f"{schemas}/coretypes/number", None, "Coretype"),
        ("GET", records, None, "CustomAttributesListing"),
        ("GET", f"{records}/a", None, "CustomAttributes"),
        ("GET", "/api/v2/organizations/me", None, "Organization"),
        ("GET", "/api/v2/tokens/me", None, "TokenInfo"),
        ("GET", "/api/v2/oauth/clients/sandbox-weak", None, "OAuthClient"),
    ]:
        answer = client(method, path, body)
        assert answer.status_code == 200, (path, answer.text)
        assert_fits(answer.json(), kind)
    for path in ("/api/v2/nothing", f"{jobs}/none", f"{schemas}/none"):
        assert_fits(client("GET", path).json(), "ErrorBody")


def test_the_walk_over_the_models_finds_what_does_not_fit() -> None:
    conversation = {
        "conversationId": 7,
        "conversationStart": "yesterday",
        "metadata": {},
        "participants": [{"purpose": "customer", "sessions": [{"mediaType": "telepathy"}]}],
    }
    assert [fault.split(":")[0] for fault in faults(conversation, "AnalyticsConversation")] == [
        "$.conversationId",
        "$.conversationStart",
        "$.metadata",
        "$.participants[0].sessions[0].mediaType",
    ]


def test_everything_in_the_generated_org_fits_the_sdks_models(
    run_sandbox: Callable[..., Sandbox], client_of: Any, generated_org: Org
) -> None:
    client = client_of(run_sandbox(generated_org).base_url)
    conversations = client.job_conversations(client.fulfilled_job(WHOLE), page_size=1000)
    assert len(conversations) == len(generated_org.conversations)
    assert_fits(conversations, "list[AnalyticsConversation]")
    for listing in LISTINGS:
        answer = client("GET", listing.path, params={"pageSize": listing.page_max}).json()
        assert answer["entities"], listing.path
        assert answer["pageCount"] == 1
        assert_fits(answer, MODELS[listing.path])
    assert_fits(client("GET", "/api/v2/organizations/me").json(), "Organization")
    for list_id, contacts in generated_org.contacts.items():
        path = f"/api/v2/outbound/contactlists/{list_id}/contacts/bulk"
        answer = client("POST", path, list(contacts)[:1000])
        assert len(answer.json()) == min(len(contacts), 1000)
        assert_fits(answer.json(), "list[DialerContact]")
