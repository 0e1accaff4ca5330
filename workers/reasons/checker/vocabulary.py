"""Filler words, which claim nothing by themselves. Any other unread word in a reason is an unsupported claim.

The list is closed on purpose: a model that writes "because his dog died" says something the facts cannot carry, and
no list of forbidden words would ever be long enough.
"""

from __future__ import annotations

_WORDS = """
a an the this that these those it its he she they his her their him them who which what there here
caller customer speaker person caller's customer's speaker's
is are was were be been being has have had do does did
and or but while whereas yet although though so also too both either then now still again even
of in on at by to from for with into onto about around over under than as per against beside between across
during after before since until when where
voice speech speaking speaks speak spoke spoken talks talk talking talked vocal delivery says say said saying
sounds sound sounding sounded seems seem seemed appears appear heard hears hear shows show showed shown showing
has gets get getting got turns turn turning turned becomes become becoming became stays stay staying stayed
remains remain remaining remained keeps keep keeping kept goes go going went comes come coming came moves move
moving moved grows returns return returned returning holds hold held begins begin began starts start started
measured measurement measurements measures measure model acoustic acoustically evidence words word text fact facts
prosody prosodic reading figure figures sign signs signal indicates indicate
more less most least much many
usual usually normally baseline own compared comparison relative against difference differs
moment call window point seconds second time times share syllables syllable semitones semitone
together overall mainly mostly rather quite well all any each one first
clearly maybe may might could would
within scale self value alone tells tell carry carries sits sit
likeliest emotion emotions leads lead noticeably puts put gone stands contour
alert note out known yet worth
"""

FILLERS = frozenset(_WORDS.split())
