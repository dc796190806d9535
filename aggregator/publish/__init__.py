"""Stories as documents: what a topic feed holds, and its bytes. Pure: the same stories give the
same bytes in every process, at any time.
"""
