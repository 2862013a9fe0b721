"""Turns what the sandbox was seeded with into the demo's variables."""

import json
import sys

with open(sys.argv[1]) as file:
    seed = json.load(file)
print(json.dumps({"cluster_name": seed["cluster"], "node_role_arn": seed["node_role_arn"],
                  "subnet_ids": seed["private_subnet_ids"]}, indent=2))
