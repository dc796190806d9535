"""Mistakes of an operator or of ours, as exceptions. What the world does wrong is a `Failure`.

AggregatorError
├── ConfigError        feeds.yaml or the environment is invalid; carries every problem
├── UsageError         a command was asked for something that does not exist
├── UnknownStory       there is no story by the name that a command was given
└── StoreError         the database cannot be opened, or is of another version
"""


class AggregatorError(Exception):
    """Something a person has to mend; its text says what, where and how."""


class ConfigError(AggregatorError):
    """feeds.yaml cannot come into force."""

    def __init__(self, problems: list[str]) -> None:
        """Keep `problems`, each a line: place, what is wrong, what to do."""
        super().__init__("\n".join(problems))
        self.problems = problems


class UsageError(AggregatorError):
    """A command names what is not there."""


class UnknownStory(AggregatorError):
    """No story has this id or address."""

    def __init__(self, named: str) -> None:
        """`named`: what it was called."""
        super().__init__(f"no story has the id or the address {named}")


class StoreError(AggregatorError):
    """The database cannot be used."""
