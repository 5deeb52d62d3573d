"""What `packaging` answers, in the words of the oracle."""

ERROR = {"error": "packaging refuses"}


def ok(value):
    return {"ok": value}


def attempt(function, *arguments):
    """Call a function; what it raises because of its input is an error, anything else a bug."""
    try:
        return ok(function(*arguments))
    except ValueError:
        # InvalidVersion, InvalidSpecifier, InvalidMarker, InvalidRequirement and UndefinedComparison are ValueErrors.
        return ERROR
    except KeyError:
        # UndefinedEnvironmentName.
        return ERROR
