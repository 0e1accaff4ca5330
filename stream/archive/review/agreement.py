"""Do two people who judged the same moments agree, beyond what chance would give?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations

from tonewatch.stream.archive.review.views import Agreement


def cohens_kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """(p_o - p_e) / (1 - p_e) of two raters' labels, item by item; 1 is agreement in all, 0 what chance gives.

    Null without items, and where both gave one and the same label throughout: chance would agree on all of it.

    J. Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20, 1960.
    """
    if not pairs:
        return None
    count = len(pairs)
    firsts, seconds = Counter(one for one, _ in pairs), Counter(two for _, two in pairs)
    observed = sum(one == two for one, two in pairs) / count
    expected = sum(firsts[label] * seconds[label] for label in firsts) / count**2
    return None if expected == 1.0 else (observed - expected) / (1.0 - expected)


def agreements(judged: Mapping[str, Mapping[str, str]]) -> tuple[Agreement, ...]:
    """Of every two people who judged a moment both; `judged` has by moment each person's label, given blind."""
    people = sorted({person for labels in judged.values() for person in labels})
    found = []
    for first, second in combinations(people, 2):
        pairs = [(labels[first], labels[second]) for labels in judged.values() if {first, second} <= labels.keys()]
        if pairs:
            agreed = sum(one == two for one, two in pairs)
            kappa = cohens_kappa(pairs)
            found.append(Agreement(first=first, second=second, both=len(pairs), agreed=agreed, kappa=kappa))
    return tuple(found)
