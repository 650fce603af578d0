#!/usr/bin/env bash
# Writes SUMMARY as the one comment of glue-compile on PULL_REQUEST: an earlier one is replaced.
set -euo pipefail

comments="repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments"
id=$(gh api --paginate "$comments" --jq '.[] | select(.body | startswith("<!-- glue-compile -->")) | .id' | head -n 1)
if [ -n "$id" ]; then
  gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" --field "body=@$SUMMARY" > /dev/null
else
  gh api --method POST "$comments" --field "body=@$SUMMARY" > /dev/null
fi
