// Variants of a method, and variants of those up to three steps away, the nearest and most supported first.
// param method: string, required
// param limit: integer = 50
MATCH (m:Method)
WHERE m.id = $method OR toLower(m.name) = toLower($method)
  OR any(alias IN m.aliases WHERE toLower(alias) = toLower($method)) OR $method IN m.former_ids
MATCH path = (v:Method)-[:VARIANT_OF*1..3]->(m)
WHERE v.id <> m.id
WITH m, v, min(length(path)) AS steps
RETURN m.name AS method, v.name AS variant, v.id AS id, steps, v.support AS support
ORDER BY m.id, steps, support DESC, id
LIMIT $limit
