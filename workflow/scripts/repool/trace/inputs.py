"""Which input file a row of the normal form came from: the file itself, or the zip that it lay in."""

from collections.abc import Collection


def input_of(place: str, inputs: Collection[str]) -> tuple[str, str]:
    """(the folder of the inputs, as results name it; the input file, as inputs.csv does) of a row's file.

    `place` is the file as rows name it, the way through zips included. Both are "" for a file that is none
    of the inputs.
    """
    way = f"/{place}/"
    for name in sorted(inputs, key=len, reverse=True):
        start = way.find(f"/{name}/")
        if start >= 0:
            return way[1:start], name
    return "", ""
