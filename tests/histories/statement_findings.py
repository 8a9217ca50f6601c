"""The findings as the rules of design have them, and with them all contract tables of one world."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cached_property

from reference import truncate
from statement import Table
from statement_reports import Reports

CONTRACT_TABLES = [
    "marts.fct_touches",
    "marts.fct_conversions",
    "marts.fct_attribution",
    "marts.fct_attribution_credit",
    "marts.fct_single_win",
    "marts.fct_costs",
    "marts.bridge_touch_agents",
    "marts.bridge_touch_ivr_nodes",
    "marts.dim_agents",
    "marts.dim_queues",
    "marts.dim_ivr_nodes",
    "marts.dim_channels",
    "marts.dim_dispositions",
    "marts.dim_campaigns",
    "marts.dim_days",
    "marts.dim_attribution_models",
    "reports.rpt_campaign_touch_sequence",
    "reports.rpt_campaign_roi",
    "reports.rpt_agent_credit",
    "reports.rpt_ivr_node_credit",
    "reports.rpt_disposition_credit",
    "reports.rpt_conversion_paths",
    "reports.rpt_data_quality",
    "exports.export_genesys_attribution",
]


class Contract(Reports):
    """All contract tables of one world."""

    @cached_property
    def rpt_data_quality(self) -> Table:
        """Finding, source, record and value at stake; the words are not repeated here."""
        found = self._of_touches() | self._of_conversions() | self._of_catalogue()
        sources = self.world.sources
        if "files" in sources:
            found |= self.world.files.marks()
        if "salesforce" in sources:
            found |= self.world.salesforce.marks()
        if "genesys" in sources:
            found |= self.world.genesys.findings(self.world.seeds.aliases)
        found |= {("late_source", source, source) for source in self.world.late}
        model = self.world.vars.exported_model
        rows = []
        for finding, source, id in found:
            of_touch = self.of_touch.get((id, model), {}).get("attributed_value")
            value = self.values.get(id)
            value = of_touch if value is None else value
            rows.append({"finding": finding, "source": source, "record_id": id, "value_at_stake": value})
        return rows

    def _of_touches(self) -> set[tuple[str, str, str]]:
        found = set()
        largest: dict[tuple[str, str], int] = {}
        for touch in sorted(self.touches, key=lambda t: (self.touched(t), t.id)):
            match = self.reference.person[touch.id][2]
            has_lead = self.lead_id(touch) is not None
            names = {
                "lead_found_by_phone": match == "phone" and has_lead,
                "lead_found_by_email": match == "email" and has_lead,
                "ambiguous_identity": match == "ambiguous",
                "touch_without_identity": match == "none",
                "future_timestamp": self.reference.touched_at[touch.id] > datetime.now(UTC),
                "untagged_touch": self.campaign(touch) == "(untagged)" and touch.source == "files",
            }
            if self.campaign(touch) != "(untagged)" and touch.sequence is not None:
                key = self.person_key(touch), self.campaign(touch)
                names["touch_sequence_out_of_order"] = touch.sequence < largest.get(key, touch.sequence)
                largest[key] = max(touch.sequence, largest.get(key, touch.sequence))
            found |= {(name, touch.source, touch.id) for name, holds in names.items() if holds}
        return found

    def _of_conversions(self) -> set[tuple[str, str, str]]:
        found = set()
        counted = {conversion.id for conversion in self.counted}
        for conversion in self.reference.conversions:
            if conversion.id not in counted:
                found.add(("conversion_of_deleted_lead", conversion.source, conversion.id))
                continue
            date_only = not isinstance(conversion.at, datetime)
            at = self.reference.converted_at[conversion.id]
            beside = [t for t in self.touches if self.person_key(t) == self.person_key(conversion)]
            granularity = self.reference.settings.granularity
            spans = [
                (self.reference.begins(t.started or t.at), self.reference.begins(t.at), self.reference.touched_at[t.id])
                for t in beside
            ]
            names = {
                "date_only_conversion": date_only,
                "date_only_on_clock_change": date_only and self._has_clock_change(conversion.at),
                "touch_in_conversion_period": any(
                    start <= at and end <= at and truncate(touched, granularity) == truncate(at, granularity)
                    for start, end, touched in spans
                ),
                "converted_during_touch": any(
                    start <= at < end and truncate(touched, granularity) >= truncate(at, granularity)
                    for start, end, touched in spans
                ),
                "conversion_without_touch": not self.journeys[conversion.id],
                "currency_without_rate": conversion.value is not None and self.values[conversion.id] is None,
                "ambiguous_identity": self.reference.person[conversion.id][2] == "ambiguous",
                "refund": conversion.value is not None and conversion.value < 0,
                "conversion_without_value": conversion.value is None,
                "future_timestamp": at > datetime.now(UTC),
            }
            found |= {(name, conversion.source, conversion.id) for name, holds in names.items() if holds}
        return found

    def _has_clock_change(self, day: datetime | object) -> bool:
        start, after = self.reference.begins(day), self.reference.begins(day + timedelta(days=1))  # type: ignore[operator]
        return after - start != timedelta(days=1)

    def _of_catalogue(self) -> set[tuple[str, str, str]]:
        sources = self.world.sources
        found = {
            ("cost_without_rate", row["cost_source"], row["campaign_id"]) for row in self.costs if row["cost"] is None
        }
        weighted = {row["channel"] for row in self.dim_channels if row["has_weight_row"]}
        found |= {
            ("channel_without_weight", touch.source, touch.channel)
            for touch in self.touches
            if touch.channel not in weighted
        }
        if "genesys" in sources:
            for finding, noun, table in (
                ("unknown_user", "agent_id", self.dim_agents),
                ("unknown_queue", "queue_id", self.dim_queues),
                ("unknown_wrapup_code", "disposition_code", self.dim_dispositions),
            ):
                unknown = [row[noun] for row in table if not row["is_known"] and row[noun] != "(none)"]
                found |= {(finding, "genesys", id) for id in unknown}
        if "salesforce" in sources:
            for lead in self.reference.leads.values():
                if lead.survivor != lead.id:
                    found.add(("merged_lead", "salesforce", lead.id))
                elif lead.deleted:
                    found.add(("deleted_lead", "salesforce", lead.id))
            named = {self.campaign(touch) for touch in self.touches} | {c.campaign for c in self.reference.conversions}
            campaigns = self.world.salesforce.rows["campaign"]
            for row in self.dim_campaigns:
                id = row["campaign_id"]
                is_gone = id in campaigns and campaigns[id]["is_deleted"] and id in named
                if (not row["is_known"] and id != "(untagged)") or is_gone:
                    found.add(("unknown_campaign", "salesforce", id))
        return found

    def table(self, name: str) -> Table:
        """The rows of a contract table, such as ``marts.fct_touches``."""
        rows: Table = getattr(self, name.split(".")[1])
        return rows
