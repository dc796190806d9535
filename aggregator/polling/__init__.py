"""When to ask, how to ask, and what an answer means for the next time. Pure: `now` and chance are
arguments.
"""
