-- What a text contains, in pieces of one to three characters, whatever their capitals: a search of any length and in any script
-- then uses an index. pg_trgm knows no piece shorter than three, and of other scripts only what the locale knows.
CREATE FUNCTION search_grams(VARIADIC texts text[]) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  part text;
  letters text[];
  grams text[] := '{}';
BEGIN
  FOREACH part IN ARRAY texts LOOP
    letters := string_to_array(lower(part COLLATE "pg_c_utf8"), NULL);
    FOR i IN 1..cardinality(letters) LOOP
      grams := grams || letters[i];
      IF i > 1 THEN
        grams := grams || (letters[i - 1] || letters[i]);
      END IF;
      IF i > 2 THEN
        grams := grams || (letters[i - 2] || letters[i - 1] || letters[i]);
      END IF;
    END LOOP;
  END LOOP;
  RETURN grams;
END $$;

-- The pieces that a text with this search in it must have.
CREATE FUNCTION search_grams_of(search text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
  SELECT array_agg(DISTINCT substr(folded, first, size))
  FROM lower(search COLLATE "pg_c_utf8") AS folded, least(3, char_length(folded)) AS size,
    generate_series(1, char_length(folded) - size + 1) AS first
);

CREATE INDEX "products_search" ON "products" USING gin (search_grams(product_id, name));
