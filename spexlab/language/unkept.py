"""Conditions that nothing here keeps to, so that they can be named: years, heights, "near Berlin", "north of the river"."""

import re
from collections.abc import Iterator, Sequence

from spexlab.language.condition import Condition, inner
from spexlab.language.sides import COMPASS, OF_IT, SEEN
from spexlab.language.sizes import DISTANCE, NUMBER
from spexlab.language.vocabulary import Mention

_SIDE = rf"(?:upper|lower|top|bottom|left|right|cent(?:re|er|ral)|middle|{COMPASS})"
_TOWARDS = rf"(?:the )?(?:{COMPASS}|left|right|top|bottom|middle|cent(?:re|er)|foot)"
_THE = r"(?:(?:the|an?|my|our|their|every|any) )"
_OF_ELSE = rf"(?:of|from) (?!{OF_IT}|this|it\b){_THE}?\w+"
_MORE = (
    r"(?:larger|bigger|greater|smaller|less|more|fewer|wider|narrower|longer|shorter|taller|higher|lower|deeper|shallower|"
    r"older|younger|closer|farther|steeper) than"
)
_UP_TO = r"(?:at least(?! one (?!mile|k?m\b|kilomet|met))|at most|over|under|above|below|within|up to)"
_WHEN = r"(?:in|since|before|after|during|until|from|by|of)"
_YEAR = r"(?:19|20)\d\d\b(?! ?(?:ha|m|m²|k|px|pixels|acres|sq|square|feet|ft|yards|met(?:er|re)s)\b)"
_SPAN = r"(?:week|month|year|spring|summer|autumn|fall|winter|season|decade|century)"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|march|april|may|june?|july?|aug(?:ust)?|sept(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|"
    r"spring|summer|autumn|winter)"
)
_NEXT_TO = r"(?:near(?:by)?|next to|close to|beside|adjacent to|along|around|surrounded by|touching|bordering)"
_NO_NEIGHBOUR = r"(?:here|there|with|them|it|me|us|for|or|and|to|at|in|on|of|this|that|these|those)"
_COUNTED = r"(?:years?|months?|weeks?|days?|degrees?|storeys?|stor(?:y|ies)|floors?|people|inhabitants|residents)"
_SO_MANY = rf"{NUMBER} {_COUNTED}(?: (?:old|ago|of age))?\b"
_AGED = rf"(?:{NUMBER} {_COUNTED} (?:old|ago|of age)|\d+ {_COUNTED})\b"
_FIGURE = rf"(?:{_SO_MANY}|{DISTANCE}|{NUMBER})"
_KINDS = (
    # Of sizes that are no areas, and of other figures: "20 m wide", "larger than a pitch", "NDVI > 0.3".
    rf"{_MORE} (?:{_SO_MANY}|{DISTANCE}|{_THE}?(?!\d)\w+(?: (?:field|pitch|lake|pond|house)s?)?|{NUMBER})",
    rf"{_UP_TO} {_FIGURE}(?: (?:of|from) {_THE}?\w+)?",
    rf"between {NUMBER} ?(?:and|to) {_FIGURE}",
    rf"(?:{DISTANCE}|{NUMBER}) (?:wide|long|high|tall|deep)\b",
    _AGED,
    rf"(?:\w+ ?)?[<>≤≥]=? ?(?:{DISTANCE}|{NUMBER})",
    r"(?:second|third|fourth|fifth|2nd|3rd|[4-9]th) (?:largest|biggest|smallest)",
    # Of neighbours: "near the river"; "far from a road" says no distance.
    rf"(?:not |too |very |that |so )*(?:far|distant|remote)(?: away)?(?: from| of)? {_THE}?\w+",
    rf"{_NEXT_TO} (?!{_NO_NEIGHBOUR}\b|{_THE}?{_SIDE}\b){_THE}?\w+(?:['’]s? \w+)?",
    rf"by {_THE}(?:river|stream|canal|lake|pond|sea|coast|shore|water|road)s?\b",
    rf"between {_THE}\w+ and {_THE}?\w+",
    rf"within {_THE}(?!{SEEN}|{_SIDE})\w+",
    # Of places that are no part of the area: "north of the river", "the left bank", "from top to bottom".
    rf"from {_TOWARDS} to {_TOWARDS}",
    rf"(?<!is )(?<!are )(?:(?:in|on|at|to) )?{_TOWARDS}(?:[- ](?:bank|coast|shore|side|part|edge|end))? {_OF_ELSE}",
    rf"(?:on the )?(?:{COMPASS}|left|right)(?:[- ](?:bank|coast|shore|facing)\b)(?: \w+)?",
    rf"(?:facing|flowing|running|heading|sloping|oriented|exposed|pointing)(?: to(?:wards?)?)? (?:the )?{COMPASS}\b",
    rf"(?:upstream|downstream|uphill|downhill|behind|opposite|in front|across from|upwind|downwind)(?: (?:of|from))? {_THE}\w+",
    # Of time: "in 2019", "last summer".
    rf"(?:{_WHEN} )?(?:(?:early|mid|late) )?(?:{_MONTH} )?{_YEAR}",
    rf"(?!of){_WHEN} {_MONTH}\b",
    rf"(?:{_WHEN} )?(?:last|this|next|past|previous) {_SPAN}\b",
    r"(?:yesterday|nowadays)\b",
)
_CHINESE = (
    r"水?(?:高|深|宽|长|厚)度?(?:大于|小于|超过|不到|至少|不超过|低于|高于)[^，。、,.\s的]{1,6}",
    rf"(?:高于|低于|长于|深于|宽于|高过|老于){DISTANCE}(?:以上|以下)?",
    rf"{DISTANCE}(?:以上)?(?:高|深|宽|长)(?!方)",
    r"(?:去年|前年|今年|明年|最近[一二两三四五六七八九十几]?年|近[一二两三四五六七八九十几]年|上个?月|这个?月|[春夏秋冬][季天])(?:新?[建增修]的?)?",
    r"(?<![成为用以])[红橙黄蓝紫白黑灰棕]色的(?=[\u4e00-\u9fff])",
    r"[^，。、,.\s的]{1,4}(?:附近|旁边|旁)",
    r"(?:河|城|路|山|湖|江)以[东南西北]",
    r"第[二三四五]大",
)
_UNKEPT = re.compile("|".join([*(rf"(?:\b|(?<=\s)|^){kind}" for kind in _KINDS), *_CHINESE]), re.IGNORECASE)


def unkept(text: str, mentions: Sequence[Mention]) -> Iterator[Condition]:
    """Within 100 m of a power line: to the end of what is named."""
    for match in _UNKEPT.finditer(text):
        start, end = inner(match)
        yield Condition(
            start, max([end, *(one.end for one in mentions if one.kind == "thing" and one.start < end < one.end)]), None
        )
