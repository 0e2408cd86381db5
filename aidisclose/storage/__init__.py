"""Files in object storage: how they are named, read, written and listed.

opendal speaks to the services (extra `cloud`); it is imported when the first address is opened.
"""
