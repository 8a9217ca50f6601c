#!/bin/sh
# One scheduled command of the project: scheduled.sh NAME COMMAND [ARGUMENT...]
# It reads the settings, keeps a log by month, lets no two runs meet, and raises the alarm where the command fails.
set -eu
PROJECT=${PROJECT:-/opt/outbound-attribution}
SETTINGS=${SETTINGS:-/etc/outbound-attribution/environment}
LOGS=${LOGS:-/var/log/outbound-attribution}

name=$1
shift
set -a
. "$SETTINGS"
set +a
cd "$PROJECT"
log="$LOGS/$name-$(date -u +%Y-%m).log"
last=$(mktemp)
trap 'rm -f "$last"' EXIT

# DuckDB's file takes one writer. A run that is still going makes this one wait, up to 50 minutes, not fail.
code=0
flock --wait 3000 "$LOGS/lock" .venv/bin/"$@" >"$last" 2>&1 || code=$?
{
    echo "=== $(date -u +%Y-%m-%dT%H:%M:%SZ) $* (exit code $code)"
    cat "$last"
} >>"$log"
if [ "$code" != 0 ]; then
    examples/alerts/alert.sh "$name failed with exit code $code" <"$last"
fi
exit "$code"
