; Each editor has words of its own for the same: Helix and Zed `indent`, Neovim `indent.begin`.

[
  (rule_list)
  (dictionary)
  (text_list)
  (group)
  (constant_list)
  (list)
  (round_list)
  (label_list)
  (arguments)
  (parenthesized)
] @indent @indent.begin

["]" ")" "}"] @outdent @indent.branch @end
