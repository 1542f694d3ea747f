#!/bin/sh
# The tour of README.md: connect, preview, send, update, send again, explain.
# Usage: examples/tour.sh SERVICE_KEY [URL]   (against a running `make dev`, which prints the key)
set -eu
KEY=${1:?usage: examples/tour.sh SERVICE_KEY [URL]}
URL=${2:-http://localhost:8080}
USER=tour-$(date +%s)

for tool in curl jq; do
	command -v "$tool" >/dev/null || { echo "this script needs $tool" >&2; exit 1; }
done

say() { printf '\n# %s\n' "$*"; }
call() { # METHOD PATH [BODY]
	curl -sS -X "$1" "$URL$2" -H "Authorization: Bearer $TOKEN" ${3:+-H 'Content-Type: application/json' -d "$3"} -w '\n%{http_code}\n'
}
value() { printf '%s' "$1" | head -n 1 | jq -r "$2"; }

say "A session token for the user's browser, from your back end"
TOKEN=$KEY
SESSION=$(call POST /v1/sessions "{\"userId\":\"$USER\"}")
echo "$SESSION" | sed 's/"token":"[^"]*"/"token":"eyJ…"/'
case $SESSION in *201) ;; *) echo "no session: is the key the one that make dev prints?" >&2; exit 1 ;; esac
TOKEN=$(value "$SESSION" .token)

say "Connect HubSpot: send the browser to authorizationUrl"
CONNECTION=$(call POST /v1/connections '{"connector":"hubspot"}')
echo "$CONNECTION"
ID=$(value "$CONNECTION" .id)
AUTHORIZE=$(value "$CONNECTION" .authorizationUrl)

say "The user allows it on the CRM's page, and Alloy sends the browser back to the callback"
FORM=$(curl -sS "$AUTHORIZE")
ACTION=$(printf '%s' "$FORM" | sed -n 's/.*<form[^>]*action="\([^"]*\)".*/\1/p' | head -n 1 | sed 's/&amp;/\&/g')
ORIGIN=$(printf '%s' "$AUTHORIZE" | sed 's#^\(https\{0,1\}://[^/]*\).*#\1#')
case $ACTION in "") ACTION=$AUTHORIZE ;; /*) ACTION=$ORIGIN$ACTION ;; esac
curl -sS -L -o /dev/null -w '%{url_effective}\n%{http_code}\n' -d decision=allow "$ACTION"
call GET "/v1/connections/$ID"

RECORD='"record":{"id":"cust_42","fields":{"contact_email":"john.doe@acme.com","contact_first_name":"John","contact_last_name":"Doe","contact_phone":"+1 (555) 123-4567"}}'
say "Preview"
call POST /v1/preview "{\"connectionId\":\"$ID\",\"object\":\"contact\",$RECORD}"

say "Send: 201"
call POST /v1/sends "{\"connectionId\":\"$ID\",\"object\":\"contact\",$RECORD}"

RECORD=$(printf '%s' "$RECORD" | sed 's/123-4567/765-4321/')
say "The phone has changed: 200, the same CRM id"
call POST /v1/sends "{\"connectionId\":\"$ID\",\"object\":\"contact\",$RECORD}"

say "The same again: 200, no call"
call POST /v1/sends "{\"connectionId\":\"$ID\",\"object\":\"contact\",$RECORD}"

say "Why is it in the CRM?"
call GET /v1/records/contact/cust_42
