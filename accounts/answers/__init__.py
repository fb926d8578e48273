"""API reads answered from memory, as ready bytes with an entity tag.

Who asks, what they may and how often is decided for every request, before this is reached; what is
left out on a hit is DRF's machinery and the queries. Answers are kept apart by organization, by
sight, and by everything in the request that they may depend on.
"""
