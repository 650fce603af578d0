[
  (rule_list)
  (dictionary)
  (group)
  (constant_list)
  (list)
  (label_list)
  (comment)
] @fold
