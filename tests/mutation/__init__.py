"""Mutation testing of the code that decides verdicts, by a random sample: `make mutants`.

mutmut makes the mutants. Its runner chooses tests by function, and stops where any test fails
without a mutant; so coverage says here which tests reach a line, once, and each mutant runs those
in a fork of one process that has collected and imported all, the quick before the slow, until one
fails. A test that fails without a mutant as well kills none. What survives is printed with its
change.

A run with the same seed goes on where the last one stopped, and tries again what survived. What
code computes while it is imported is never that of the mutant.
"""
