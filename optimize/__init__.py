"""Engines on arrays: they divide, schedule and route, and know no ids, clocks, files or databases.

Each engine has the same files: `problem` (frozen inputs, validated once), `solve`, `checks` (an independent judge) and
`metrics`. A solve takes its stopping criterion and its seed from the caller and returns infeasibility as a value.
"""
