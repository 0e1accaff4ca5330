"""What all messages share."""

from __future__ import annotations

import msgspec

from tonewatch.stream import messages
from tonewatch.stream.messages import Message, ModelRef


def kinds(base: type[msgspec.Struct]) -> set[type[msgspec.Struct]]:
    return {sub for direct in base.__subclasses__() for sub in (direct, *kinds(direct))}


def test_every_message_has_a_tag_of_its_own_and_cannot_be_changed() -> None:
    own = [kind for kind in kinds(Message) if kind.__module__.startswith(messages.__name__)]
    tagged = [kind for kind in own if kind.__struct_config__.tag]
    assert len({kind.__struct_config__.tag for kind in tagged}) == len(tagged) >= 14
    assert all(kind.__struct_config__.frozen for kind in own)


def test_a_model_of_an_older_release_names_no_provider() -> None:
    assert msgspec.json.decode(b'{"name":"m","version":"1"}', type=ModelRef).provider == ""
