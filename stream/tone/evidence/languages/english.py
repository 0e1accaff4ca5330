"""What callers say in English that speaks of their tone."""

from __future__ import annotations

from tonewatch.stream.tone.evidence.languages.language import Language

_MANY = r"(?:two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|forty|several|many|\d+)"
_OURS = r"(?:my|our|the|this|that|your)"
_NOBODY = r"(?:nobody|no one|no-one)(?: ever| even)?"

ENGLISH = Language(
    code="en",
    patterns={
        "complaint": (
            r"complain(?:s|ed|ing|ts?)?",
            r"unacceptable|ridiculous|outrageous|disgrace(?:ful)?|appalling|shambles|useless|a (?:lie|scam|joke|trick)",
            r"fed up|sick (?:and tired )?of|had enough|waste of (?:my )?time|not good enough|makes? no sense",
            r"(?:does not|doesn't|is not|isn't|still not|never|has not|hasn't) work(?:s|ed|ing)?",
            r"(?:broken|failed|wrong) again",
            r"(?:i'm|i am|we're|we are|very|so|really) (?:angry|furious|annoyed|disappointed|frustrated|upset)",
            r"(?:that is|that's|this is|it is|it's) (?:just |simply )?(?:not|a) (?:true|lie|good enough)",
            r"lied to (?:me|us)",
            r"are you (?:serious|kidding|joking)|listen to me",
            r"stop (?:reading|talking|sending|offering|interrupting|lying)",
            r"(?:your|their) (?:own )?(?:mistake|fault)|not (?:my|our) (?:job|fault|mistake)|you people",
            r"charg(?:e|ed|ing) (?:me|us) (?:twice|again|for (?:a|your|something))",
            r"never (?:ordered|agreed|signed|asked for)",
            r"(?:i|we) (?:was|were) told|what do you mean",
            r"(?:was|were|been) promised|you promised|what (?:\w+ ){1,2}promised|(?:did not|didn't|never) even",
            r"you (?:have )?(?:lost|ruined|broke|blocked|refused?|lied|keep) (?:\w+)|do nothing|for nothing",
            r"(?:cut|hung) (?:me )?off|hiding behind|small print|(?:it is|it's|that is|that's) my money",
        ),
        "again": (
            r"(?:second|third|fourth|fifth|sixth|tenth|umpteenth|\d+(?:st|nd|rd|th)) (?:time|letter|call)",
            r"(?:month|week|day)s? in a row",
            rf"{_MANY} (?:times|letters|e-?mails|calls|desks|days off|different (?:answers|people|offices))",
            r"again and again|over and over|how many times|how often do i",
            r"every (?:single )?time i (?:call|ring|phone|ask|write)",
            r"(?:already|always) (?:told|called|explained|said|sent)|keep (?:calling|waiting|telling|explaining)",
            r"(?:just|have|already) told you|told you (?:already|before|twice)",
            rf"the same (?:\w+ ){{1,2}}(?:again|{_MANY} times)",
            rf"{_NOBODY} (?:calls?|called|helps?|helped|answers?|answered|listens?|cares?|came|comes|rang|knocked)",
            rf"{_NOBODY} (?:replied|told|reads?|turned up|showed up|picked up|can tell)",
            r"still (?:waiting|no |nothing|broken)",
            rf"(?:wait(?:ing|ed)?|on hold) (?:for )?(?:hours|days|weeks|months|forever|{_MANY})",
            r"(?:waiting|asking|trying|on order) (?:\w+ ){0,4}since|no (?:reply|response|decision)",
            r"(?:called|rang) about (?:this|it)",
            r"passed (?:from|around|between)|sen[dt](?:ing)? (?:me|us) (?:to the (?:other|next)|from)",
            r"(?:took|taken) (?:\w+ ){1,2}off (?:work|to|for)",
        ),
        "leaving": (
            r"cancel(?:ling|ing)? (?:my|the|this|our|that) (?:\w+ )?"
            r"(?:contract|subscription|account|policy|service|insurance|membership|plan)",
            r"cancel(?:ling|ing)? (?:everything|the whole|it all|all of)|(?:i|we) (?:want to|will) leave",
            r"(?:want|get) a refund",
            r"clos(?:e|ing) (?:my|our|the) account|leav(?:e|ing) your company|end (?:my|the|our) contract",
            r"switch(?:ing)? (?:to (?:another|a different)|providers?|compan(?:y|ies)|banks?)",
            r"(?:go|going) to (?:another|a different|your) (?:company|provider|bank|insurer|competitors?)",
            r"(?:take|taking) my business elsewhere|my money back|(?:not|never) pay(?:ing)? for",
        ),
        "escalation": (
            r"(?:speak|talk)(?:ing)? (?:to|with) (?:your|a|the|some) (?:supervisor|manager|boss|superior)",
            rf"name of {_OURS} (?:supervisor|manager|boss|person)",
            r"(?:want|get me) (?:your|a|the) (?:supervisor|manager|boss)",
            r"lawyers?|solicitors?|attorney|legal action|(?:take|see) you (?:to|in) court|sue you|ombudsman",
            r"(?:can|will) prove it",
            r"report (?:you|this) to|consumer (?:protection|rights)|trading standards",
            r"go(?:ing)? to the (?:press|police)",
        ),
        "swearing": (
            r"damn(?:ed|it)?|bloody|(?:what|who|how|go) (?:the|to) hell|(?:bull)?shit(?:ty)?|f(?:u|\*)[c*]k\w*",
            r"crap|bastards?|ass?holes?|idiots?|morons?|screw you|piss(?:ed)? off|for (?:god|heaven|christ)'?s sake",
        ),
        "distress": (
            r"(?:can't|cannot|can not) (?:take|bear|cope|stand|go on|do this)(?: with)?(?: (?:it|this))?"
            r"(?: any ?more| any longer)?",
            r"(?:can't|cannot|can not) (?:\w+ )?(?:sleep|afford|eat|pay for|trust|plan anything)",
            r"awake (?:all|every) night",
            r"desperate|hopeless|terrified",
            r"(?:so|very|really|am|i'm) (?:scared|frightened|ashamed|worried (?:about|that))",
            r"at my wits? end|afraid (?:of|that (?:they|we|he|she|it)|(?:they|we) will)",
            r"(?:no|not have the|haven't the) strength|too much for (?:me|us)",
            r"(?:don't|do not) know (?:what (?:else )?(?:to|i)|how (?:i|we)|who|whom|where) (?:\w+)|please help me",
            r"begging you",
            r"lost (?:everything|my job|our (?:house|home))",
            r"(?:house|savings|everything|all) (?:is |are )?(?:gone|lost)|nothing left|nowhere to go",
            r"passed away|(?:he|she|wife|husband|mother|father|son|daughter) (?:has )?died",
            r"nobody (?:to (?:ask|help|turn to)|who can)",
            r"(?:i|we|she|he) (?:have )?cried|in tears|break(?:s|ing)? my heart|(?:have to )?give (?:it )?up",
            r"my back hurts",
            r"feel (?:stupid|bad|ashamed|helpless|so alone|like nobody)|(?:all|sits?|so) alone|it (?:is|was) too late",
        ),
        "relief": (
            r"thank you (?:so|very) much|thanks (?:so|very) much|many thanks|(?:really|so) appreciate",
            r"thank you,? thank you",
            r"(?:that's|that is|it's) "
            r"(?:great|perfect|wonderful|fantastic|lovely|brilliant|excellent|very (?:good|kind))",
            r"(?:what a|such a|big|is a) relief|relieved|(?:works|working|fixed|sorted|solved|warm) (?:now|again)",
            r"(?:that|you)(?:'s|'ve| has| have| are)? (?:really |been )?(?:so |very |really |a great )?"
            r"(?:helps?|helped|helpful|kind|patient|star)",
            r"(?:very|so|really) (?:happy|glad|pleased|grateful|impressed)|(?:i am|i'm) (?:glad|impressed|happy)",
            r"oh (?:good|lovely|nice)",
            r"(?:was|is) (?:so )?(?:quick|easy|polite)|nice surprise|you found it|clears it(?: all)? up",
            r"(?:great|big) help",
        ),
    },
    negations=frozenset({"not", "no", "never", "without", "hardly", "cannot", "nor", "neither"}),
    negation_suffixes=("n't",),
    boundaries=frozenset({"but", "because", "so", "if", "i", "i'll", "i'm", "i've", "we", "we'll"}),
)
