"""How the argument reads English."""

from __future__ import annotations

from tonewatch.stream.tone.reading.reading import Reading

_TIME = r"(?:minutes?|hours?|days?|nights?|weeks?|months?|years?)"

READS_ENGLISH = Reading(
    code="en",
    repeats=(
        r"(?:second|third|fourth|fifth|sixth|tenth|\d+(?:st|nd|rd|th)) \w+|(?:month|week|day)s? in a row",
        r"times|again|over and over|every (?:single )?time|already (?:told|called|said|sent|explained)",
        r"told you|keep \w+ing|three people|the same (?:thing|answer)",
    ),
    problem=(
        r"wrong|broken?|missing|lost|ruined|dead|stuck|worse|refused|stopped|leaks?|leaking|mould|stinks|damp",
        r"fault(?:y)?|late|delay(?:s|ed)?|problems?|trouble|errors?|mistakes?|damage[ds]?|cancelled",
        r"failed|(?:down|out) since",
        rf"(?:been|wait\w*|sitting|told|asked) (?:\w+ ){{0,4}}(?:since|for \w+ {_TIME})|{_TIME} (?:late|old and)",
        r"losing|(?:is|are|was) gone|times already|three people|ill and|every (?:single )?(?:evening|day|night|time)",
        r"nobody|no one|nothing|never|not (?:even|what|the one)|no longer|any ?more|on hold|again and again",
        r"(?:can't|cannot|can not|couldn't|could not|won't|will not|don't want|do not want|didn't|did not)",
        r"(?:doesn't|does not|isn't|is not|aren't|are not) (?:\w+ )?(?:work\w*|here|there|right|true|com\w+|help\w*)",
        r"waiting|still (?:not|no|take|have|\w+ing)|keeps? \w+ing|had to|why (?:do|does|did|is|are|am|should)",
        r"you (?:said|told|took|gave|sent|put|left|lost|sold|cancelled|changed|promised|charged|want to charge)",
        r"don't tell me|do not tell me|how can (?:i|we|it|they)|another (?:apology|bill|form|letter|fee)",
        r"(?:so )?(?:afraid|scared?|scares|alone|tired|ill|pain|hurts?|sorry|crying|cried|died|burden|help me)",
        r"on my own|by myself|nowhere|(?:was|were|is|are) (?:supposed|meant) to|stinks?|frightened|worried",
        r"money back|complain\w*|unacceptable|unfair|lied?|useless|fee for|overcharged",
    ),
    warm=(
        r"thanks?(?: you)?|thankful|great|good news|perfect|wonderful|lovely|brilliant|excellent|amazing|fantastic",
        r"kind(?:ly)?|so nice|how nice|happy|glad|pleased|delighted|relieved|relief|love (?:it|the|that|your)",
        r"appreciate",
        r"helped (?:me|us|a lot)|real help|saved (?:my|our)|better than|much better|impressed|you are a star",
    ),
    wry=(
        r"(?:great|wonderful|lovely|fantastic|brilliant|perfect|well done), (?:so|another|and (?:my|i|we|now))",
        r"thanks?(?: you)? for nothing",
    ),
    personal=(r"i|i'm|i've|i'd|we|we're|we've|my|me|our|us|you|you've|your",),
    ordinary=(
        r"(?:could|can|may|would|will|shall) (?:you|i|we|it|that|they|he|she)",
        r"(?:is|are|was|does|do|did|has|have|should) (?:it|that|this|there|the|my|i|we|you|they|breakfast|dinner)",
        r"(?:what|which|when|where|who|how)(?:'s| is| are| do| does| did| much| many| long| far| time| should)?",
        r"(?:i would|i'd|we would|we'd) (?:like|prefer|need)|i (?:want|need) (?:to|an?|the)|i(?:'m| am) calling",
        r"(?:the|my|our) (?:\w+ ){0,2}(?:number|address|name|date|booking|account|policy|appointment|order|code)",
        r"just (?:a|one) (?:second|moment|question)|it is for|two (?:adults|boxes)",
    ),
    openings=frozenset(["and", "but", "so", "now", "well", "oh", "then", "no", "yes", "finally", "okay"]),
    dangling=frozenset(
        ["a", "an", "and", "as", "but", "from", "if", "my", "of", "or", "our", "the", "with", "your", "to", "i"]
    ),
)
