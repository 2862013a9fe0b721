#!/bin/sh
# Builds .build/tools/tfplugindocs, which checks docs/ as the registry does.
exec "$(dirname "$0")/../go_tool.sh" tfplugindocs 0.25.0 github.com/hashicorp/terraform-plugin-docs/cmd/tfplugindocs
