"""How much of a model's text may wait, unseen, for what follows it: one bound, shared out over the filters.

In code points. What comes to the end of its share is decided then and there, by its place in the text and not by the
borders of the pieces that it came in.
"""

MOST_HELD = 256
MARKER = 48
"""Of `pipeline.thinking`: for the longest token or channel's name."""
FIRST_WORD = 32
"""Of `pipeline.shown`: marks and numbers before the first word."""
BLANKS = 8
"""Of `pipeline.marks`: those that go with a citation that is dropped."""
LAST_BLANKS = 24
"""Of `pipeline.published`: what nothing has followed yet."""
BRACKETS = MOST_HELD - MARKER - FIRST_WORD - BLANKS - LAST_BLANKS
"""Of `pipeline.citations`: a bracket and the address behind it, together with an address before it."""
ADDRESS = BRACKETS - 16
"""Of these, `pipeline.addresses`: enough is left for a citation right behind the address."""
