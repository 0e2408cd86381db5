"""The verification service: a page and an API that tell anybody what a file says of itself.

One process speaks HTTP and parses no media. Others verify, one file each at a time; they have
limits of time and memory, and are killed and replaced where they break them. Nothing is kept.
"""
