"""Words by which one speaks about words and weighs them, for a model that reads them.

A closed list, as `vocabulary.py` is: none of them tells how a voice sounds or what happened to a caller. What happened
may be told in the caller's own words.
"""

from __future__ import annotations

_WORDS = """
why because how what whose whom can must should able agent anyone anybody someone somebody nobody everybody everyone
something anything everything ask asks asked asking answer answers answered answering reply replies question questions
request requests requested demand demands demanded demanding want wants wanted wanting need needs needed wish wishes
insist insists insisted explain explains explained explaining explanation name names named naming mention mentions
mentioned describe describes described describing report reports reported reporting list lists listed listing mean
means meant meaning meanings read reads reading sense matter matters give gives given gave giving leave leaves left
leaving room make makes made making take takes took taking reason reasons cause causes caused trouble problem problems
issue issues fault mistake complaint complaints grievance promise promises promised apology apologise apologises sorry
please thank you yes no okay fine good bad news help helps helped waiting wait waits waited long hour hours day days
week weeks month months today tomorrow yesterday again twice another once already ever order orders ordered parcel
bill bills refund money charge charges charged payment payments contract contracts appointment technician delivery
account line connection service insurance claim booking ticket flight hotel subscription product device number address
letter email form photo card fee price amount content routine information informs detail details facts factual
business matter-of-fact literal literally taken actually really only just simply merely purely openly plainly
apparently probably possibly perhaps likely unlikely plausible doubt doubts certain uncertain sure believe think hide
hides hidden hiding cover covers covered covering mask masks masked masking behind under beneath contradict
contradicts contradicted contradiction clash clashes clashed agree agrees agreed fit fits match matches matched
support supports supported supporting point points pointed pointing back backs backed backing suggest suggests
suggested suggesting speaks decide decides decided deciding settle settles settled weigh weighs weighed outweigh
outweighs count counts counted rule rules ruled out out-weigh surface face tone-wise side sides sided opposite reverse
same similar such like unlike enough little few hardly barely nearly almost here hence therefore thus otherwise
instead rather despite though unless if whether except without never always often sometimes first second third last
next earlier later soon meanwhile part parts half whole rest end start middle beginning real true false alarm concern
concerns concerned step stepping listen listening check checking watch watching transcript transcripts recogniser
recognised recognized understood unclear unsure language english german spanish french polish italian dutch turkish
swedish translated holding held keep keeps keeping trying tries try tried hold put putting up going through neighbour
neighbouring alternative alternatives candidate rival patience patient impatient insistent firm firmly blunt bluntly
short curt curtly cold resigned tired weary exhausted threat threatens threatened threatening warn warns warned
warning lawyer cancel cancels cancelled cancelling supervisor manager superior competitor worth ahead down-to-earth
everyday usual normal does done doing go goes my me I we us our mine him himself herself themselves solved resolved
fixed sorted repaired replaced finished over unresolved unsolved open pending way ways kind sort thing things
direction directions plain ordinary unremarkable baseline audio background noise recording
"""

READER_WORDS = frozenset(_WORDS.split())
