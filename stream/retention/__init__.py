"""How long each class of data is kept, and whether the places that keep it do as they were told."""
