"""Pages for anybody: what a file says of itself, from the answers down to the bytes.

The levels are those of the C2PA guidance for user experience: 2 on top (`summary`), 3 (`history`)
and 4 (`evidence`) in parts that can be opened. The command line and the service show the same
`article`. Nothing in a page is a script, and nothing is loaded; all text of files is escaped.
"""
