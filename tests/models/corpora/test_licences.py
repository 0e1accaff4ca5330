from __future__ import annotations

from tonewatch.models.corpora import LABELS, LICENCES


def test_every_corpus_has_its_licence_and_only_these_may_be_sold() -> None:
    assert set(LABELS) <= set(LICENCES)
    assert {name for name, licence in LICENCES.items() if licence.commercial} == {"emodb", "crema_d", "calm_voices"}


def test_no_licence_that_forbids_commercial_use_by_its_name_counts_as_commercial() -> None:
    assert not [name for name, licence in LICENCES.items() if licence.commercial and "NC" in licence.name]
