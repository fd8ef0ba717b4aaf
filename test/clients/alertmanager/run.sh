#!/bin/sh
# Lets Alertmanager tell serve of an alert that fires and, once that has arrived, is resolved.
set -eu
here=$(dirname "$0")
alertmanager=$(command -v prometheus-alertmanager || command -v alertmanager)
work=$(mktemp -d)
port=${ALERTMANAGER_PORT:-19093}
trap 'kill $! 2>/dev/null && wait $!; rm -rf "$work"' EXIT
sed -e "s|\${SLACK_WEBHOOK_URL}|$SLACK_WEBHOOK_URL|; s|\${SLACK_API_URL}|$SLACK_API_URL|; s|\${SLACK_BOT_TOKEN}|$SLACK_BOT_TOKEN|" \
  "$here/alertmanager.yml" >"$work/alertmanager.yml"
"$alertmanager" --config.file="$work/alertmanager.yml" --storage.path="$work/data" --cluster.listen-address= \
  --web.listen-address="127.0.0.1:$port" --log.level=warn &
alert() {
  curl -sf --retry 20 --retry-connrefused --retry-delay 1 -H 'content-type: application/json' \
    "http://127.0.0.1:$port/api/v2/alerts" \
    -d "[{\"labels\": {\"alertname\": \"TeaIsCold\", \"host\": \"kettle\"}$1}]"
}
# Waits until both ways have brought it.
arrived() {
  for _ in $(seq 100); do
    [ "$(curl -s "${SLACK_API_URL%api/}received" | grep -c "\"title\": \"$1: ")" -ge 2 ] && return
    sleep 0.2
  done
  echo "the message '$1' has not arrived" >&2
  return 1
}
alert ''
arrived firing
alert ', "endsAt": "2020-01-01T00:00:00Z"'
arrived resolved
