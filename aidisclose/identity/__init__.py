"""Identity assertions (CAWG Identity Assertion 1.3): who is named, apart from who signed the claim.

Nothing here knows a whole manifest, emits a status or asks the network.
"""
