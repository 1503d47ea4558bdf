"""The table of rows."""
import collections

Row = collections.namedtuple("Row", "id title limit play")
ROWS = []


def row(id, title, limit=150):
    """Adds a row: play(stage) ends with stage.Verdict. At the limit, in seconds, it is still blocked: a fault."""
    def add(play):
        ROWS.append(Row(id, title, limit, play))
        return play
    return add
