; Where two patterns take the same node, the later one counts.

(comment) @comment

; Words

["Metadata" "DataSources" "DefaultLabels" "Rules" "Analyzers"] @keyword
["where" "with" "labels"] @keyword
(connector) @keyword
["and" "or" "not" "between" "in" "matches"] @keyword.operator

(rule_type) @type
(column) @property
(tag_name) @attribute
(word) @constant
(keyword) @constant.builtin
(now) @function.builtin
(function_call name: (identifier) @function)

(constant name: (identifier) @constant)
(variable) @constant

; Texts and numbers

(string) @string
(escape_sequence) @string.escape
(number) @number
(unit) @type.builtin

(pair key: (string) @property)
(rule parameter: (string) @property)
((rule type: (rule_type) @type parameter: (string) @string)
  (#match? @type "^[Cc]ustom[Ss][Qq][Ll]$"))

(label key: [(string) (number) (label_word)] @attribute)
(label value: [(string) (number) (label_word)] @string)

; Signs

(comparison_sign) @operator
(arithmetic_sign) @operator
["=" "==" "&&" "||"] @operator
(number ["-" "+"] @operator)
["," ";" ":"] @punctuation.delimiter
["[" "]" "(" ")" "{" "}"] @punctuation.bracket
(variable ["$" "{" "}"] @punctuation.special)
