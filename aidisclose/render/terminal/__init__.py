"""Output at a terminal, drawn by rich; pipes, files and JSON never get here.

Text that comes from files is made safe first (`render.safe`), and is put into `rich.text.Text`, so
that nothing in it is taken for markup.
"""
