"""Words by which an instruction wants something gone: "ignore", "leave out", "anything but"."""

DROPPING = (
    r"(?:ignor(?:e|ing)|drop(?:ping)?|exclud(?:e|es|ing)|remov(?:e|ing)|skip(?:ping)?|leav(?:e|ing) out|omit(?:ting)?|"
    r"discard(?:ing)?|disregard(?:ing)?|get(?:ting)? rid of|filter(?:ing)? out|tak(?:e|ing) away|not counting|"
    r"except(?:ing)?(?: for)?|without)"
)
"""Pattern of verbs and prepositions before what is not wanted."""
ZH_DROPPING = r"(?:不要|不含|不包括|不包含|不算|去掉|去除|除去|排除|忽略|避开)"
"""The same in Chinese."""
CLAUSE_ENDS = r"(?=\s*[了吧啊呢]*(?:$|[,.;:!?)，。；！？]|(?:and|but|please|now|then|any ?more|at all|again|either)\b))"
"""Pattern of where a clause ends, or goes over to another."""
