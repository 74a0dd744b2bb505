"""The data package of a Cochrane review, as downloaded or unpacked, read into the normal form."""
