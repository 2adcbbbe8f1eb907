// Papers that link no code, of one year or of all, newest first.
// param year: integer = null
// param limit: integer = 50
MATCH (p:Paper)
WHERE ($year IS NULL OR p.year = $year) AND NOT EXISTS { (p)-[:HAS_CODE]->() }
RETURN p.id AS paper, p.title AS title, p.year AS year, p.url AS url
ORDER BY p.year IS NULL, p.year DESC, p.id
LIMIT $limit
