"""The SQL statements for PostgreSQL."""

from __future__ import annotations

VERSION = "Roundtable knowledge, version 1"

LOCK = "SELECT pg_advisory_xact_lock(7665863)"
"""Programs that make the tables at the same moment do it one after another."""

SELECT_VERSION = "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = 'roundtable'"

CREATE_TABLES = f"""
CREATE SCHEMA IF NOT EXISTS roundtable;
COMMENT ON SCHEMA roundtable IS '{VERSION}';
CREATE TABLE IF NOT EXISTS roundtable.collection (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key text NOT NULL UNIQUE, name text NOT NULL,
    model text NOT NULL DEFAULT '', server text NOT NULL DEFAULT '', size integer NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS roundtable.source (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    collection integer NOT NULL REFERENCES roundtable.collection ON DELETE CASCADE,
    path text NOT NULL, name text NOT NULL, digest text NOT NULL, unit text NOT NULL,
    UNIQUE (collection, path)
);
CREATE TABLE IF NOT EXISTS roundtable.passage (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, collection integer NOT NULL,
    source bigint NOT NULL REFERENCES roundtable.source ON DELETE CASCADE,
    first integer NOT NULL, last integer NOT NULL, heading text NOT NULL, content text NOT NULL,
    words tsvector NOT NULL, length integer NOT NULL
);
-- A passage stays in its row: to look at its words must not mean to fetch and unpack them.
ALTER TABLE roundtable.passage SET (toast_tuple_target = 8160);
-- In how many passages of a collection a term is.
CREATE TABLE IF NOT EXISTS roundtable.term (
    collection integer NOT NULL REFERENCES roundtable.collection ON DELETE CASCADE,
    term text COLLATE "C" NOT NULL, passages integer NOT NULL, PRIMARY KEY (collection, term)
);
CREATE INDEX IF NOT EXISTS passage_source ON roundtable.passage (source);
CREATE INDEX IF NOT EXISTS passage_collection ON roundtable.passage (collection) INCLUDE (length);
CREATE INDEX IF NOT EXISTS passage_words ON roundtable.passage USING gin (words);
"""

CREATE_EXTENSION = "CREATE EXTENSION IF NOT EXISTS vector"
SELECT_EXTENSION_VERSION = "SELECT extversion FROM pg_extension WHERE extname = 'vector'"
ADD_VECTOR_COLUMN = "ALTER TABLE roundtable.passage ADD COLUMN IF NOT EXISTS embedding halfvec"
# An index of `vector` ends at 2000 dimensions, one of half floats at 4000. Each collection has an index of
# its own: filtering a shared index by collection would discard most of its results. A small collection is
# scanned without an index; building the index at once is much faster than row by row.
SELECT_UNINDEXED = """
SELECT c.id, c.size FROM roundtable.collection c
WHERE size BETWEEN 1 AND %(widest)s AND to_regclass('roundtable.passage_embedding_' || c.id) IS NULL
  AND (SELECT count(embedding) FROM roundtable.passage WHERE collection = c.id) >= %(many)s
"""
CREATE_INDEX = """
SET LOCAL maintenance_work_mem = '256MB';
CREATE INDEX IF NOT EXISTS passage_embedding_{collection} ON roundtable.passage
USING hnsw ((embedding::halfvec({size})) halfvec_cosine_ops) WHERE collection = {collection}
"""
DROP_INDEX = "DROP INDEX IF EXISTS roundtable.passage_embedding_{collection}"
MAX_INDEXED_VECTOR_SIZE = 4000

COLLECTIONS = """
SELECT name, (SELECT count(*) FROM roundtable.source WHERE collection = c.id),
       (SELECT count(*) FROM roundtable.passage WHERE collection = c.id), model, server, size
FROM roundtable.collection c ORDER BY key
"""
SELECT_COLLECTION = "SELECT id, name, model, size FROM roundtable.collection WHERE key = %s"
INSERT_COLLECTION = (
    "INSERT INTO roundtable.collection (key, name) VALUES (%s, %s) ON CONFLICT (key) DO NOTHING"
)
LOCK_COLLECTION = "SELECT id, name, model, size FROM roundtable.collection WHERE key = %s FOR UPDATE"
UPDATE_MODEL = "UPDATE roundtable.collection SET model = %s, server = %s, size = %s WHERE id = %s"
SOURCES = """
SELECT path, name, digest, unit, (SELECT count(*) FROM roundtable.passage WHERE source = s.id)
FROM roundtable.source s WHERE collection = %s ORDER BY path COLLATE "C"
"""
COUNT_SOURCES = "SELECT count(*) FROM roundtable.source WHERE collection = %s"
DECREMENT_TERMS = """
UPDATE roundtable.term t SET passages = t.passages - gone.passages FROM (
    SELECT term, count(*) AS passages
    FROM roundtable.source s JOIN roundtable.passage p ON p.source = s.id,
         unnest(tsvector_to_array(words)) AS term
    WHERE s.collection = %(id)s AND s.path = %(path)s GROUP BY term
) gone WHERE t.collection = %(id)s AND t.term = gone.term
"""
DELETE_SOURCE = "DELETE FROM roundtable.source WHERE collection = %(id)s AND path = %(path)s"
DELETE_COLLECTION = """
DELETE FROM roundtable.passage WHERE collection = %(id)s;
DELETE FROM roundtable.collection WHERE id = %(id)s
"""
ADD_SOURCE = """
INSERT INTO roundtable.source (collection, path, name, digest, unit) VALUES (%s, %s, %s, %s, %s) RETURNING id
"""
ADD_PASSAGE = """
INSERT INTO roundtable.passage (collection, source, first, last, heading, content, words, length)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
ADD_PASSAGE_WITH_VECTOR = """
INSERT INTO roundtable.passage (collection, source, first, last, heading, content, words, length, embedding)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
ADD_TERMS = """
INSERT INTO roundtable.term (collection, term, passages)
SELECT %s, * FROM unnest(%s::text[], %s::integer[])
ON CONFLICT (collection, term) DO UPDATE SET passages = term.passages + excluded.passages
"""

SET_SEARCH_WIDTH = """
SET LOCAL hnsw.ef_search = 100;
SET LOCAL hnsw.iterative_scan = strict_order
"""
"""Deleted rows are filtered out after the index scan, which continues until enough rows are left."""

NO_VECTOR = "SELECT NULL::bigint AS id, NULL::bigint AS rank WHERE false"

BY_VECTOR = """
SELECT id, row_number() OVER (ORDER BY distance, id) AS rank FROM (
    SELECT id, embedding::halfvec({size}) <=> %(vector)s::halfvec({size}) AS distance FROM roundtable.passage
    WHERE collection = {collection} AND embedding IS NOT NULL ORDER BY distance LIMIT %(depth)s
) nearest
"""

# One statement: BM25 (k1 = 1.2, b = 0.75, as FTS5 has it) over our own terms, the vectors' ranking, and
# both fused. A term of more than half of the passages tells nothing, unless there are no others; where
# there are many passages, only those with one of the rarer terms are looked at.
# How often a passage has a term is found a hundred times faster from ts_rank than by taking its tsvector
# apart: of a lone term it is the sum of 1, 1/4, 1/9, ... over pi^2/6, a member for each time.
SEARCH = """
WITH total AS (
    SELECT count(*)::float8 AS passages, greatest(avg(length), 1)::float8 AS mean
    FROM roundtable.passage WHERE collection = {collection}
), known AS (
    SELECT quote_literal(term)::tsquery AS asked, passages::float8 AS found
    FROM roundtable.term WHERE collection = {collection} AND term = ANY (%(terms)s::text[]) AND passages > 0
), telling AS (
    SELECT asked, found, greatest(ln((passages - found + 0.5) / (found + 0.5)), 1e-6) AS weight
    FROM known, total
    WHERE found * 2 <= passages OR NOT EXISTS (SELECT FROM known, total WHERE found * 2 <= passages)
), rare AS (
    SELECT string_agg(asked::text, ' | ')::tsquery AS asked FROM telling
    WHERE found <= (SELECT greatest(min(found), 1000, (SELECT passages FROM total) / 20) FROM telling)
), scored AS (
    SELECT id, sum(weight * times * 2.2 / (times + 1.2 * (0.25 + 0.75 * length / mean))) AS score
    FROM roundtable.passage CROSS JOIN total CROSS JOIN telling
    CROSS JOIN LATERAL (SELECT ts_rank('{{1, 1, 1, 1}}', words, asked) AS rank) AS ranked
    CROSS JOIN LATERAL (SELECT round(1 / (1.6449341 * (1 - rank)) - 0.5) AS times) AS counted
    WHERE collection = {collection} AND rank > 0 AND words @@ (SELECT asked FROM rare)
    GROUP BY id
), by_words AS (
    SELECT id, row_number() OVER (ORDER BY score DESC, id) AS rank FROM scored ORDER BY rank LIMIT %(depth)s
), by_vector AS ({by_vector})
SELECT s.path, s.name, s.digest, s.unit, p.content, p.first, p.last, p.heading,
       coalesce(1 / (%(k)s::float8 + w.rank), 0) + coalesce(1 / (%(k)s::float8 + v.rank), 0) AS score,
       coalesce(w.rank, 0), coalesce(v.rank, 0)
FROM by_words w FULL JOIN by_vector v USING (id) JOIN roundtable.passage p USING (id)
JOIN roundtable.source s ON s.id = p.source
ORDER BY score DESC, p.id LIMIT %(count)s
"""
