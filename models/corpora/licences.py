"""The licence of each corpus, as its owners state it.

`commercial` is true only where they allow it without a further agreement. A summary to choose data by, and no advice:
read the owners' own terms before you use a corpus.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Licence:
    name: str
    commercial: bool
    note: str


LICENCES: Mapping[str, Licence] = {
    "ravdess": Licence("CC BY-NC-SA 4.0", False, "a commercial licence is sold separately"),
    "emodb": Licence("CC BY 4.0", True, "as of the owners' release EmoDB 2.0; name the authors"),
    "nemo": Licence("CC BY-NC-SA 4.0", False, ""),
    "crema_d": Licence("ODbL 1.0, contents DbCL 1.0", True, "name the source; a changed database stays under the ODbL"),
    "tess": Licence("CC BY-NC-ND 4.0", False, "no changed copies may be passed on"),
    "savee": Licence("research use, on registration", False, "no public licence text"),
    "emotiontts_ko": Licence("CC BY-NC-SA 4.0", False, "its public sample; sentences differ by emotion"),
    "calm_voices": Licence("made here by espeak-ng; prompts CC BY-SA 3.0", True, "name the authors of the prompts"),
    "iemocap": Licence("USC release form, research use", False, "signed by an institution; may not be passed on"),
    "meld": Licence("GPL-3.0, annotations", False, "the clips belong to the producers of a television series"),
    "msp_podcast": Licence("UT Dallas academic licence", False, "a commercial licence is sold separately"),
    "esd": Licence("research use only", False, "in the owners' own words, on a signed agreement"),
    # EmotionCoT annotates clips of IEMOCAP, MELD, MSP-Podcast and of the next two.
    "emotioncot": Licence("MIT, annotations", False, "the audio keeps the licence of its own corpus"),
    "expresso": Licence("CC BY-NC 4.0", False, ""),
    "ears": Licence("CC BY-NC 4.0", False, ""),
}
