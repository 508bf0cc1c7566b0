"""Documents: split into passages, stored, and searched for a question.

A store holds named collections. Two kinds are known, behind one interface (`store.Store`): SQLite, with
nothing to install, and PostgreSQL with pgvector.
"""
