"""Getting data back on request: asked for, planned, approved by a second person, done, undone.

A request names what and to which moment. A plan is made from a copy restored beside the running
database and says in numbers and in words what would happen; its SHA-256 is what a second person
approves. What runs is that plan, byte for byte, within 24 hours, or nothing.

Asking and approving are anybody's of the platform's staff, on a page or at the terminal. Planning
and running need the superuser's connection and the keys, which only the operator's commands have.
"""
