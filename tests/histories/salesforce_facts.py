"""What the rows of a Salesforce org mean: leads and what they live on in, touches and conversions."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from zoneinfo import ZoneInfo

from people import meant_email
from reference_facts import Conversion, Lead, Touch
from salesforce_source import Row, SalesforceRows


class Salesforce(SalesforceRows):
    """The rows and what they mean."""

    def leads(self) -> list[Lead]:
        """All leads, with what they live on in."""
        found = []
        for id in self.rows["lead"]:
            survivor = self.rows["lead"][self.survivor(id)]
            found.append(Lead(id, survivor["id"], survivor["created_date"], survivor["is_deleted"]))
        return found

    def ties(self) -> list[tuple[str, str, str]]:
        """(lead, "phone" or "email", value) that rows of the CRM have together."""
        holders = [(id, row) for id, row in self.rows["lead"].items()]
        contacts = self._leads_of_contacts()
        holders += [(contacts[id], row) for id, row in self._living("contact") if id in contacts]
        return [
            (lead, kind, value)
            for lead, row in holders
            for kind, value in (
                ("phone", row["phone_e164"]),
                ("phone", row["mobile_phone_e164"]),
                ("email", meant_email(row["email"])),
            )
            if value
        ]

    def _living(self, table: str) -> list[tuple[str, Row]]:
        return [(id, row) for id, row in self.rows[table].items() if not row["is_deleted"]]

    def _is_gone(self, lead: str) -> bool:
        return bool(self.rows["lead"][self.survivor(lead)]["is_deleted"])

    def _leads_of_contacts(self) -> dict[str, str]:
        """Contact → the surviving lead that it was converted from: the last one converted that is not deleted."""
        found: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for id, row in self.rows["lead"].items():
            if row["converted_contact_id"] and not self._is_gone(id):
                day = -row["converted_date"].toordinal()
                found[row["converted_contact_id"]].append((day, self.survivor(id)))
        return {contact: min(leads)[1] for contact, leads in found.items()}

    def touches(self) -> list[Touch]:
        """E-mails and responses."""
        seen: list[tuple[str, str | None, str | None, str, datetime | date | None]] = [
            (
                id,
                row["who_id"],
                row["what_id"],
                "email",
                row["completed_date_time"] or row["created_date"],
            )
            for id, row in self._living("task")
        ]
        seen += [
            (id, row["lead_id"] or row["contact_id"], row["campaign_id"], "campaign_response", day)
            for id, row in self._living("campaign_member")
            if (day := row["first_responded_date"])
        ]
        contacts = self._leads_of_contacts()
        found = []
        for id, who, campaign, channel, at in seen:
            contact = self.rows["contact"].get(who or "")
            lead = contacts.get(who or "") if contact else who
            found.append(Touch(id, at, channel, lead=lead, campaign=campaign, source="salesforce", **address(contact)))
        return found

    def conversions(self, zone: ZoneInfo) -> list[Conversion]:
        """Won opportunities, and converted leads without one; ``zone`` is that of the CRM's days."""
        contacts = self._leads_of_contacts()
        found = []
        for id, row in self._living("opportunity"):
            if not row["is_won"]:
                continue
            converted = [lead for lead, each in self.rows["lead"].items() if each["converted_opportunity_id"] == id]
            roles = [
                role
                for _, role in sorted(self._living("opportunity_contact_role"))
                if role["opportunity_id"] == id and role["is_primary"] and role["contact_id"] in self.rows["contact"]
            ]
            primary = roles[0]["contact_id"] if roles else None
            lead = self.survivor(converted[0]) if converted else contacts.get(primary or "")
            found.append(
                Conversion(
                    id,
                    row["conversion_time"] or self._noted_on_its_day(id, zone) or row["close_date"],
                    lead=lead,
                    value=row["conversion_value"],
                    currency=row["currency_iso_code"],
                    campaign=row["conversion_campaign"],
                    source="salesforce",
                    type="opportunity",
                    **address(self.rows["contact"].get(primary or "")),
                )
            )
        for id, row in self.rows["lead"].items():
            if row["is_converted"] and not row["converted_opportunity_id"] and self.survivor(id) == id:
                found.append(Conversion(id, row["converted_date"], lead=id, source="salesforce", type="lead"))
        return found

    def _noted_on_its_day(self, opportunity: str, zone: ZoneInfo) -> datetime | None:
        """When it came into its stage for the last time, if that was on the day of its close."""
        row = self.rows["opportunity"][opportunity]
        steps = [each for each in self.rows["opportunity_history"].values() if each["opportunity_id"] == opportunity]
        left = max((each["created_date"] for each in steps if each["stage_name"] != row["stage_name"]), default=None)
        arrived = min(
            (
                each["created_date"]
                for each in steps
                if each["stage_name"] == row["stage_name"] and (left is None or each["created_date"] > left)
            ),
            default=None,
        )
        return arrived if arrived and arrived.astimezone(zone).date() == row["close_date"] else None

    def marks(self) -> set[tuple[str, str, str]]:
        """(finding, source, record id) for leads and contacts whose phone is no number."""
        return {
            ("unparsable_phone", "salesforce", id)
            for table in ("lead", "contact")
            for id, row in self._living(table)
            if "not a phone" in (row["phone"], row["mobile_phone"])
        }


def address(contact: Row | None) -> dict[str, str | None]:
    """Phone and e-mail of a contact."""
    if contact is None:
        return {"phone": None, "email": None}
    return {"phone": contact["phone_e164"] or contact["mobile_phone_e164"], "email": meant_email(contact["email"])}
