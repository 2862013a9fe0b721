#!/bin/sh
# Builds .build/tools/actionlint, which checks .github/workflows.
exec "$(dirname "$0")/../go_tool.sh" actionlint 1.7.12 github.com/rhysd/actionlint/cmd/actionlint
