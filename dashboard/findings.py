"""What each finding of reports.rpt_data_quality means and what to do, in a line; docs/data_quality.md has all."""

from __future__ import annotations

from collections.abc import Collection

CRMS = ("salesforce", "dynamics")

MEANING_AND_REMEDY: dict[str, tuple[str, str]] = {
    "untagged_touch": (
        "The touch names no campaign, anywhere.",
        "Set the attribute in the flow, or map the dialer's campaign in the seed campaign_aliases.",
    ),
    "campaign_on_other_participant": (
        "The campaign was missing on the customer's participant and found on another.",
        "Set the attribute on the customer's participant.",
    ),
    "campaign_from_contact": (
        "Only the contact that the dialer called had the campaign.",
        "Set the attribute in the flow.",
    ),
    "participants_disagree": (
        "Two participants carry different values of one attribute; the customer's was taken.",
        "See which flow writes the other one.",
    ),
    "touch_sequence_missing": (
        "The touch has a campaign, and nothing says which attempt it was.",
        "Set the attribute, or the column of the contact list.",
    ),
    "touch_sequence_not_a_number": ("The sequence is no whole number.", "Correct what writes it."),
    "touch_sequence_out_of_order": (
        "The sequence is smaller than an earlier one of the same person and campaign.",
        "See whether a counter was reset, or two lists run at once.",
    ),
    "unknown_campaign": (
        "No source lists a campaign of this id.",
        "Correct the attribute; nothing, for one that is over.",
    ),
    "channel_without_weight": (
        "The seed channel_weights has no row for the channel, so it weighs 1.",
        "Write the channel as the seed does, or give it a row there.",
    ),
    "lead_found_by_phone": ("The touch names no lead; its phone led to exactly one.", "Set the lead id."),
    "lead_found_by_email": ("The touch names no lead; its e-mail led to exactly one.", "Set the lead id."),
    "ambiguous_identity": (
        "Several leads share its phone or e-mail: it may have gone to the wrong one.",
        "Merge leads that are one person; set the lead id.",
    ),
    "touch_without_identity": (
        "The touch has neither lead, phone nor e-mail, so it can earn nothing.",
        "See why the source has none, such as withheld numbers.",
    ),
    "unparsable_phone": (
        "A phone is no number, so it identifies nobody.",
        "Correct it; check ATTRIBUTION_PHONE_REGION for national numbers.",
    ),
    "lead_id_trimmed": ("The lead id had blanks around it; they were taken off.", "Correct what writes it."),
    "merged_lead": ("The lead was merged into another, for which everything of it counts.", "Nothing."),
    "deleted_lead": ("The lead was deleted in the CRM.", "Restore it, if it was deleted by mistake."),
    "conversion_of_deleted_lead": (
        "The conversion's lead was deleted, so it is not counted.",
        "Restore it, if it was deleted by mistake.",
    ),
    "date_only_conversion": (
        "A day and no time: touches of that day may have earned credit after the sale.",
        "Fill a datetime field and name it in {crm}_conversion_time_field.",
    ),
    "date_only_on_clock_change": ("The clocks change on that day.", "Nothing."),
    "touch_in_conversion_period": (
        "A touch ended in the same minute as the conversion, so it is not before it.",
        "A finer timestamp_granularity, if both clocks can be trusted.",
    ),
    "converted_during_touch": (
        "The conversion was marked while a touch was under way, which so earns nothing.",
        "Where agents mark sales while they talk: touch_anchor: start.",
    ),
    "conversion_without_touch": (
        "No touch of this person lies within the lookback window.",
        "Look at some with attribution explain. Is the identity complete?",
    ),
    "conversion_without_date": (
        "It has neither a time nor a day, so it is not counted.",
        "Fill the date in the source.",
    ),
    "future_timestamp": ("It lies in the future.", "Check the clock or the time zone of what writes it."),
    "provisional_touch": (
        "The details jobs do not have the conversation yet, so its attributes are not known.",
        "Nothing: a later load replaces it.",
    ),
    "open_conversation": ("The conversation has not ended.", "Nothing: a later load brings its end."),
    "currency_without_rate": (
        "There is no rate to the reporting currency, so its value counts nowhere.",
        "Add a row to the seed exchange_rates.",
    ),
    "cost_without_rate": (
        "There is no rate for a campaign's cost, so its ROI is too good.",
        "Add a row to the seed exchange_rates; give the campaign dates.",
    ),
    "conversion_without_value": (
        "The source has no value for it.",
        "Fill the value, or name its field in {crm}_value_field.",
    ),
    "refund": ("The value is below 0, and lowers that of its touches.", "Nothing."),
    "late_source": ("The last load that ended well was too long ago.", "See why the scheduled load failed."),
    "campaign_awaits_late_source": (
        "No touch of these campaigns has credit, and conversions after some of them may just not be loaded yet.",
        "Load the source and build before the campaign is judged.",
    ),
    "inbound_not_a_touch": (
        "Inbound conversations without a campaign were left out.",
        "Put the campaign on those that are outreach.",
    ),
    "malformed_value": (
        "A value is of another type than the API documents, and was left out.",
        "Report it, with the conversation's id.",
    ),
    "write_back_attribute_dropped": (
        "The conversation carried attributes named as the write-back's.",
        "Rename attributes of your own that are called Attribution….",
    ),
    "id_named_by_two_sources": (
        "Another source has a touch or conversion of this id, so this one was left out.",
        "Give each source ids of its own.",
    ),
    "forgotten_person": (
        "A person was taken out on request; the sums are smaller by the value at stake.",
        "Nothing.",
    ),
    "webhook_event_undecided": (
        "Several conversions or events of that lead and day could be meant, so the event is counted by itself.",
        "Send the conversion_id.",
    ),
    "webhook_event_without_record": (
        "No record of the CRM belongs to the event (yet), so it is counted by itself.",
        "Nothing, where the webhook alone knows these conversions.",
    ),
    "unknown_user": ("The org lists no such user.", "Nothing, for one who left; else check the client's divisions."),
    "unknown_queue": (
        "The org lists no such queue.",
        "Nothing, for one that is gone; else check the client's divisions.",
    ),
    "unknown_wrapup_code": (
        "The org lists no such wrap-up code.",
        "Nothing, for one that is gone; else check the client's divisions.",
    ),
}


# What to do instead where files and the webhook are the only sources.
REMEDY_WITHOUT_SYSTEMS = {
    "untagged_touch": "Fill campaign_id.",
    "date_only_conversion": "Give the time with the day, in converted_at.",
    "conversion_without_value": "Fill conversion_value.",
    "touch_sequence_out_of_order": "See what counts touch_sequence.",
}


def meaning_and_remedy(finding: str, sources: Collection[str]) -> tuple[str, str]:
    """Both, for a finding that is named here; else a pointer to the column that says it of each row.

    The remedy is one for these sources of data.
    """
    if finding not in MEANING_AND_REMEDY:
        return "See the column detail of reports.rpt_data_quality.", "See docs/data_quality.md."
    meaning, remedy = MEANING_AND_REMEDY[finding]
    if {"genesys", *CRMS}.isdisjoint(sources):
        remedy = REMEDY_WITHOUT_SYSTEMS.get(finding, remedy)
    return meaning, remedy.replace("{crm}", next((crm for crm in CRMS if crm in sources), CRMS[0]))
