"""Knowledge from documents: files cut into passages, kept in a store, and found again for a question.

A store holds named collections. Two kinds are known, behind one interface (`store.Store`): SQLite, with
nothing to install, and PostgreSQL with pgvector.
"""
