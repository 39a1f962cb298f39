"""Re-derives every total, seat and hash from the accepted protocols and the log.

What is checked here was made by other rooms; nothing of theirs is imported (an import contract says so). The tables
are read by plain SQL, and sums, hashes, signatures and seats are computed by code of their own, so that one mistake
cannot hide itself in both places.
"""
