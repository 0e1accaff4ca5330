"""A new model beside the live one: its own groups and topics, and the comparison of what both say."""
