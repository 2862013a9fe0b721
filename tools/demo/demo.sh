#!/bin/sh
# The main job against the sandbox: apply an example, show an empty second plan, change it, show the difference to the
# live state, destroy. Everything it makes is in .build/demo. Expects the provider's binary as its argument.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(cd "$(dirname "$1")" && pwd)
work="$root/.build/demo"
terraform="$root/.build/clis/terraform-path"
python="$root/.build/sandbox-venv/bin/python"

step() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
fail() { echo "demo: $*" >&2; exit 1; }

rm -rf "$work"
mkdir -p "$work/config"
cp "$root/tools/demo/main.tf" "$work/config/"

step "Start the sandbox: an AWS API on this machine, no account behind it"
(cd "$root/sandbox" && exec "$python" -m ekscompute_sandbox --port 0 --port-file "$work/port" --parent-pid $$ >"$work/sandbox.log" 2>&1) &
sandbox=$!
trap 'kill "$sandbox" 2>/dev/null || true' EXIT INT TERM
waited=0
until [ -s "$work/port" ]; do
    kill -0 "$sandbox" 2>/dev/null || fail "the sandbox did not start: $(cat "$work/sandbox.log")"
    [ "$waited" -lt 300 ] || fail "the sandbox did not answer within 30 seconds"
    waited=$((waited + 1))
    sleep 0.1
done
url="http://127.0.0.1:$(cat "$work/port")"
echo "sandbox at $url"

# call PATH BODY: one control call; prints the answer.
call() {
    "$python" - "$url/_sandbox/$1" "$2" <<'PYTHON'
import sys, urllib.request
body = sys.argv[2].encode() if sys.argv[2] else None
request = urllib.request.Request(sys.argv[1], data=body, headers={"content-type": "application/json"})
print(urllib.request.urlopen(request).read().decode())
PYTHON
}

export AWS_ENDPOINT_URL="$url" AWS_ACCESS_KEY_ID=AKIADEMO AWS_SECRET_ACCESS_KEY=demo AWS_REGION=us-east-1
export TF_IN_AUTOMATION=1 CHECKPOINT_DISABLE=1
unset AWS_PROFILE AWS_SESSION_TOKEN TF_LOG 2>/dev/null || true

step "Seed it with a network, a role and a cluster"
call seed '{"cluster": "demo", "region": "us-east-1"}' >"$work/seed.json"
"$python" "$root/tools/demo/variables.py" "$work/seed.json" >"$work/config/demo.auto.tfvars.json"
cat "$work/config/demo.auto.tfvars.json"

step "Take the provider from this build"
cat >"$work/terraformrc" <<RC
provider_installation {
  dev_overrides { "ekscompute/ekscompute" = "$folder" }
  direct {}
}
RC
export TF_CLI_CONFIG_FILE="$work/terraformrc"
cd "$work/config"
"$terraform" version

step "Apply: a node group with one node at least, and its own idea of nothing else"
"$terraform" apply -auto-approve -no-color

step "Plan again: nothing to do"
"$terraform" plan -detailed-exitcode -no-color || fail "the second plan is not empty"

step "An autoscaler sets the size to 3: still nothing to do"
call drift '{"cluster": "demo", "nodegroup": "workers", "action": "set_desired_size", "value": 3}' >/dev/null
"$terraform" plan -detailed-exitcode -no-color || fail "the autoscaler's size shows as drift"

step "Somebody changes the labels by hand, and the configuration changes, too: the plan shows both against the live state"
call drift '{"cluster": "demo", "nodegroup": "workers", "action": "set_labels", "value": {"team": "somebody"}}' >/dev/null
set +e
"$terraform" plan -detailed-exitcode -no-color -var max_size=5 -var team=data
code=$?
set -e
[ "$code" -eq 2 ] || fail "the plan should show a change, but ended with $code"

step "Apply the change"
"$terraform" apply -auto-approve -no-color -var max_size=5 -var team=data

step "Destroy"
"$terraform" destroy -auto-approve -no-color -var max_size=5 -var team=data
call resources '' | "$python" -c 'import json, sys; left = json.load(sys.stdin).get("nodegroup", []); sys.exit(f"left behind: {left}" if left else 0)'

step "Done: the sandbox has no node group left"
