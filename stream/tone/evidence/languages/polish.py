"""What callers say in Polish that speaks of their tone."""

from __future__ import annotations

from tonewatch.stream.tone.evidence.languages.language import Language

POLISH = Language(
    code="pl",
    patterns={
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
    },
    negations=frozenset({"nie", "nigdy", "bez", "żaden", "żadna", "żadnej", "żadnego", "ani"}),
    boundaries=frozenset({"ale", "tylko", "bo", "ponieważ", "jeśli", "to", "więc"}),
)
