#!/bin/sh
# Runs the sandbox for manual use until Ctrl-C: sandbox/run.sh [port].
set -eu

port=${1:-4566}
root=$(cd "$(dirname "$0")/.." && pwd)
"$root/sandbox/setup.sh"

cat <<EOF

In the terminal where you run Terraform:

export AWS_ENDPOINT_URL=http://127.0.0.1:$port
export AWS_ACCESS_KEY_ID=AKIASANDBOXSANDBOX00
export AWS_SECRET_ACCESS_KEY=sandbox
export AWS_REGION=us-east-1

To create a cluster with its network and roles:

curl -s -X POST http://127.0.0.1:$port/_sandbox/seed -d '{"cluster": "demo", "nodegroups": 1}'

EOF
exec "$root/.build/sandbox-venv/bin/python" -m ekscompute_sandbox --port "$port"
