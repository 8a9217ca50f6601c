#!/bin/sh
# Sends what it reads on standard input to whoever has to know: alert.sh "what failed" < text
# ALERT_WEBHOOK: an address that takes {"text": "..."} (Slack, Teams, Mattermost). ALERT_MAIL: an address for mail(1).
# With neither it says so and exits 1, so that an alert that reaches nobody is itself a failure that is seen.
set -eu
subject="Outbound Attribution on $(uname -n): ${1:?what failed}"
text="$subject
$(tail -n 40)"
sent=1
if [ -n "${ALERT_WEBHOOK:-}" ]; then
    printf '%s' "$text" | python3 -c 'import json, sys; print(json.dumps({"text": sys.stdin.read()}))' |
        curl --fail --silent --show-error --max-time 30 --header 'Content-Type: application/json' \
            --data-binary @- "$ALERT_WEBHOOK" >/dev/null
    sent=0
fi
if [ -n "${ALERT_MAIL:-}" ]; then
    printf '%s\n' "$text" | mail -s "$subject" "$ALERT_MAIL"
    sent=0
fi
[ "$sent" = 0 ] || echo "Neither ALERT_WEBHOOK nor ALERT_MAIL is set; nobody was told: $subject" >&2
exit "$sent"
