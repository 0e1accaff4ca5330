"""What a caller's words may speak of, by language: the whole of what Tonewatch looks for in words.

Each line is a pattern (regular expression, lower case) that stands between word boundaries. `NEGATIONS` take a match
away when they stand before it in the same clause, `NEGATED_AFTER` when they follow it (German puts them there);
`BOUNDARIES` begin a new clause. Add to it by need: a word belongs here when hardly any calm caller says it.
"""

from __future__ import annotations

from tonewatch.stream.messages import SpokenOf

Language = dict[SpokenOf, tuple[str, ...]]

NATS: dict[SpokenOf, float] = {
    "complaint": 0.6,
    "again": 0.8,
    "leaving": 1.0,
    "escalation": 1.0,
    "swearing": 1.0,
    "distress": 0.8,
    "relief": -0.8,
}
"""How much each speaks for a degraded tone, once a segment; relief speaks against it."""

_MANY = r"(?:two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|forty|several|many|\d+)"
_OURS = r"(?:my|our|the|this|that|your)"
_NOBODY = r"(?:nobody|no one|no-one)(?: ever| even)?"

ENGLISH: Language = {
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
        r"report (?:you|this) to|consumer (?:protection|rights)|trading standards|go(?:ing)? to the (?:press|police)",
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
        r"(?:that's|that is|it's) (?:great|perfect|wonderful|fantastic|lovely|brilliant|excellent|very (?:good|kind))",
        r"(?:what a|such a|big|is a) relief|relieved|(?:works|working|fixed|sorted|solved|warm) (?:now|again)",
        r"(?:that|you)(?:'s|'ve| has| have| are)? (?:really |been )?(?:so |very |really |a great )?"
        r"(?:helps?|helped|helpful|kind|patient|star)",
        r"(?:very|so|really) (?:happy|glad|pleased|grateful|impressed)|(?:i am|i'm) (?:glad|impressed|happy)",
        r"oh (?:good|lovely|nice)",
        r"(?:was|is) (?:so )?(?:quick|easy|polite)|nice surprise|you found it|clears it(?: all)? up",
        r"(?:great|big) help",
    ),
}

GERMAN: Language = {
    "complaint": (
        r"beschwer\w*|reklamation\w*|unverschämt\w*|unverschämtheit|frechheit|inakzeptabel|nicht akzeptabel",
        r"unfassbar|lächerlich|katastrophe|katastrophal|zumutung|unmöglich(?:er|es)? (?:service|zustand|verhalten)",
        r"(?:schnauze|nase) voll|(?:es|mir|jetzt) reicht(?:'s| es)?(?: mir)?|genug davon",
        r"funktioniert (?:immer noch |noch immer |schon wieder |wieder )?nicht",
        r"geht (?:immer noch|noch immer|schon wieder|wieder) nicht",
        r"(?:bin|sehr|so|wirklich) (?:sehr |so |wirklich )?(?:verärgert|wütend|sauer|enttäuscht)",
    ),
    "again": (
        r"zum (?:zweiten|dritten|vierten|fünften|zehnten|x-ten|hundertsten|wiederholten|\d+\.) mal",
        r"schon wieder|immer wieder|wie oft (?:noch|soll|muss)",
        r"(?:mehrmals|mehrfach|drei ?mal|vier ?mal|fünf ?mal) angerufen",
        r"(?:niemand|keiner) (?:ruft|hilft|meldet|antwortet|geht ran|kümmert)",
        r"warte (?:ich )?(?:schon|immer noch|noch immer|seit)",
    ),
    "leaving": (
        r"kündig(?:e|en|ung)|gekündigt|vertrag (?:auflösen|beenden|widerrufen)",
        r"(?:anbieter|bank|versicherung) wechseln|wechsle (?:den|die|zu)|zur konkurrenz|mein geld zurück",
    ),
    "escalation": (
        r"(?:ihren|ihrem|einen|einem|den|dem) (?:vorgesetzten|chef|teamleiter|geschäftsführer)",
        r"anwalt|anwältin|verklagen?|vor gericht|verbraucherzentrale|ombudsmann|rechtliche schritte",
    ),
    "swearing": (
        r"schei(?:ß|ss)\w*|verdammt\w*|verflucht\w*|verfickt\w*|zum teufel|so ein mist|arschl\w+|idiot(?:en)?",
    ),
    "distress": (
        r"verzweifel\w*|hilflos|hoffnungslos|(?:ich )?kann nicht mehr|(?:große|solche|so viel) angst",
        r"wei(?:ß|ss) nicht (?:mehr )?(?:weiter|was ich (?:tun|machen) soll)|bitte helfen sie mir|ich flehe sie an",
    ),
    "relief": (
        r"(?:vielen|herzlichen|besten|tausend) (?:lieben |herzlichen )?dank|danke (?:sehr|schön|vielmals|ihnen)",
        r"wunderbar|großartig|ausgezeichnet|erleichter(?:t|ung)|(?:sehr|wirklich) geholfen|hilft mir (?:sehr|weiter)",
        r"(?:funktioniert|klappt) (?:es )?(?:jetzt|wieder)",
    ),
}

POLISH: Language = {
    "complaint": (
        r"skarg[aęiąo]\w*|reklamacj\w*|skandal(?:iczn\w*)?|niedopuszczaln\w*|żenujące|kpin[ay]|bezczeln\w*",
        r"mam (?:tego |już |was )*(?:dość|dosyć)|strata czasu|(?:znowu|wciąż|ciągle|nadal|dalej) nie działa",
        r"(?:jestem|bardzo) (?:bardzo )?(?:zły|zła|wściekł[ya]|zdenerwowan[ya]|rozczarowan[ya]|oburzon[ya])",
    ),
    "again": (
        r"(?:drugi|trzeci|czwarty|piąty|szósty|dziesiąty|setny|kolejny|enty) raz",
        r"po raz (?:drugi|trzeci|czwarty|piąty|szósty|dziesiąty|setny|kolejny|enty)",
        r"ile razy|tyle razy|wielokrotnie (?:dzwoni\w*|prosi\w*|zgłasza\w*)|w kółko",
        r"nikt (?:nie )?(?:oddzwania|oddzwonił|pomaga|pomógł|odbiera|odpowiada|słucha)",
        r"(?:ciągle|wciąż|nadal|dalej) (?:czekam|czekamy)|czekam (?:już )?od",
    ),
    "leaving": (
        r"rezygnuj\w*|zrezygn\w+|rezygnacj\w*",
        r"(?:rozwiąz\w+|wypowi\w+|zerw\w+|zakończyć) (?:tę |tą |moją |z wami )?umow\w*",
        r"(?:odchodzę|przen(?:oszę|iosę) się|pójdę|idę) (?:od was|do (?:konkurencji|innej|innego))",
        r"zwrot\w* pieniędzy",
    ),
    "escalation": (
        r"(?:z|ze|od) (?:pan[ai] )?(?:kierownikiem|przełożonym|szefem|menedżerem|dyrektorem)",
        r"prawnik\w*|adwokat\w*|do sądu|uokik|rzeczni(?:k|ka|kiem|kowi) (?:konsumentów|praw|finansow\w*)",
        r"pozw(?:ę|iemy|ać)",
    ),
    "swearing": (
        r"cholera|cholern\w*|kurw\w*|kurde|do (?:diabła|cholery|jasnej)|szlag|idiot\w*|debil\w*|gówn\w*|pieprz\w*",
    ),
    "distress": (
        r"nie wiem,? co (?:mam |już )*(?:robić|zrobić)|nie (?:daję|dam) (?:już )?rady|nie mam (?:już )?sił[y]?",
        r"zrozpaczon\w*|rozpacz\w*|bezradn\w*|boję się|błagam|bardzo proszę mi pomóc",
    ),
    "relief": (
        r"(?:dziękuję|dzięki) (?:bardzo|serdecznie|ślicznie|wielkie)|(?:bardzo|serdecznie|ślicznie) dziękuję",
        r"wspaniale|doskonale|co za ulga|ulżyło mi|kamień z serca",
        r"(?:już|teraz) działa|(?:bardzo )?mi pani? pom(?:ógł|ogła)",
    ),
}

LEXICON: dict[str, Language] = {"en": ENGLISH, "de": GERMAN, "pl": POLISH}

NEGATIONS: dict[str, frozenset[str]] = {
    "en": frozenset({"not", "no", "never", "without", "hardly", "cannot", "nor", "neither"}),
    "de": frozenset({"nicht", "nie", "niemals", "kein", "keine", "keinen", "keiner", "keinem", "ohne", "weder"}),
    "pl": frozenset({"nie", "nigdy", "bez", "żaden", "żadna", "żadnej", "żadnego", "ani"}),
}

NEGATED_AFTER: dict[str, frozenset[str]] = {"en": frozenset(), "de": frozenset({"nicht"}), "pl": frozenset()}

BOUNDARIES: dict[str, frozenset[str]] = {
    "en": frozenset({"but", "because", "so", "if", "i", "i'll", "i'm", "i've", "we", "we'll"}),
    "de": frozenset({"aber", "sondern", "weil", "denn", "wenn", "dann"}),
    "pl": frozenset({"ale", "tylko", "bo", "ponieważ", "jeśli", "to", "więc"}),
}
