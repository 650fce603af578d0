#!/usr/bin/env bash
# Checks PATHS with ARGS: lines that the problem matcher turns into annotations, a SARIF file, a summary in Markdown.
# The exit code of the check becomes an output: the steps after this one report it before the job fails.
set -euo pipefail

# Both are lists of words.
read -r -a paths <<< "${PATHS:-.}"
read -r -a args <<< "${ARGS:-}"
work="${RUNNER_TEMP:-$(mktemp -d)}"
report="$work/glue-compile.sarif"
summary="$work/glue-compile.md"

echo "::add-matcher::$GITHUB_ACTION_PATH/.github/glue-compile-matcher.json"
code=0
glue-compile check ${args[@]+"${args[@]}"} --format oneline "${paths[@]}" | tee "$work/glue-compile.txt" || code=${PIPESTATUS[0]}
echo "::remove-matcher owner=glue-compile::"
echo "::remove-matcher owner=glue-compile-hint::"
# Anything else than "fine" and "has errors" gives no report.
if [ "$code" -gt 1 ]; then exit "$code"; fi
glue-compile check ${args[@]+"${args[@]}"} --format sarif --quiet --output "$report" "${paths[@]}" || true

count() { grep -cE "(^|: )$1\[GC[0-9]{4}\]: " "$work/glue-compile.txt" || true; }
errors=$(count error)
warnings=$(count warning)
{
  echo "<!-- glue-compile -->"
  if [ "$errors" -eq 0 ] && [ "$warnings" -eq 0 ]; then
    echo "**glue-compile**: no errors, no warnings."
  else
    echo "**glue-compile**: $errors error(s), $warnings warning(s)."
    echo
    echo "| where | what |"
    echo "|---|---|"
    # A table has one line a row, and `|` parts its columns.
    { grep -E "(^|: )(error|warning)\[GC[0-9]{4}\]: " "$work/glue-compile.txt" || true; } | head -n 50 \
      | sed -E -e 's/\|/\\|/g' -e 's/^(.*:[0-9]+:[0-9]+): (error|warning)\[(GC[0-9]{4})\]: (.*)$/| `\1` | \2 \3: \4 |/' \
        -e 's/^(error|warning)\[(GC[0-9]{4})\]: (.*)$/| | \1 \2: \3 |/'
    if [ $((errors + warnings)) -gt 50 ]; then echo "| | … and $((errors + warnings - 50)) more |"; fi
  fi
} > "$summary"
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then cat "$summary" >> "$GITHUB_STEP_SUMMARY"; fi
{
  echo "code=$code"
  echo "errors=$errors"
  echo "warnings=$warnings"
  echo "report=$report"
  echo "summary=$summary"
} >> "$GITHUB_OUTPUT"
