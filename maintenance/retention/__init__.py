"""How long each kind of data is kept, and what becomes of it then.

``policies`` and ``holds`` say what may go, ``due`` finds what is past its time, ``recycling`` moves
it into the recycle archive, ``restoring`` brings it back, ``removing`` deletes it for good and
writes the certificate. What must never happen stands at the head of each.
"""
