"""The one exception that is shown to people instead of a traceback."""


class InputError(Exception):
    """Something the user gave cannot be used.

    Its message is one sentence that names the field, the value and what is allowed. (Not a ValueError: pydantic would
    wrap that in a message of its own.)
    """
