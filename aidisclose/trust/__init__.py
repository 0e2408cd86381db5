"""Trust: X.509 certificates, chains to an anchor, time stamps, revocation.

It knows RFC 5280, 3161 and 6960 and the C2PA certificate profile, and nothing of manifests: what it
finds it returns as values, which the validator turns into status codes.
"""
