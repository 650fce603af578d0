; Conditions over rows and whole queries are SQL, patterns are regular expressions.

((filter (string (string_content) @injection.content))
  (#set! injection.language "sql")
  (#set! injection.include-children))

((rule type: (rule_type) @_type parameter: (string (string_content) @injection.content))
  (#match? @_type "^[Cc]ustom[Ss][Qq][Ll]$")
  (#set! injection.language "sql")
  (#set! injection.include-children))

((matches (string (string_content) @injection.content))
  (#set! injection.language "regex")
  (#set! injection.include-children))

((comment) @injection.content
  (#set! injection.language "comment"))
