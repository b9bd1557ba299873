-- What a text contains, in pieces of one, two and three characters, whatever their capitals: a search of any length and in any
-- script then uses an index. pg_trgm knows no piece shorter than three, and of other scripts only what the locale knows.
CREATE FUNCTION search_grams(VARIADIC texts text[]) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
  SELECT array_agg(DISTINCT substr(folded, first, size))
  FROM unnest(texts) AS part, lower(part COLLATE "pg_c_utf8") AS folded,
    generate_series(1, char_length(folded)) AS first, generate_series(1, 3) AS size
  WHERE first + size <= char_length(folded) + 1
);

-- The pieces that a text with this search in it must have; null of ''.
CREATE FUNCTION search_grams_of(search text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
  SELECT array_agg(DISTINCT substr(folded, first, size))
  FROM lower(search COLLATE "pg_c_utf8") AS folded, least(3, char_length(folded)) AS size,
    generate_series(1, char_length(folded) - size + 1) AS first
);

CREATE INDEX "customers_search" ON "customers" USING gin (search_grams(customer_id, name, email));
