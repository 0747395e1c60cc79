"""The checker of annotations while tests run."""

from beartype import BeartypeConf, beartype

# A whole number is welcome where a float is asked for, as everywhere in Python.
check = beartype(conf=BeartypeConf(is_pep484_tower=True))
