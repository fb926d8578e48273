"""Upkeep of partitioned tables: plan → print → apply, in ``public`` and in every organization.

``catalogue`` reads what there is, ``planning`` compares it with what ``tables`` declares,
``applying`` takes the steps, each in a short transaction of its own.
"""
