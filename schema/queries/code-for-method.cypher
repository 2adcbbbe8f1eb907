// Where the code for a method is: of the papers that introduce it, then of those that use it, newest first.
// param method: string, required
// param limit: integer = 20
MATCH (m:Method)
WHERE m.id = $method OR toLower(m.name) = toLower($method)
  OR any(alias IN m.aliases WHERE toLower(alias) = toLower($method)) OR $method IN m.former_ids
MATCH (p:Paper)-[role:INTRODUCES|USES]->(m)
MATCH (p)-[code:HAS_CODE]->(r:Repository|Website)
RETURN m.name AS method, type(role) AS role, r.url AS url, p.id AS paper, p.title AS title, p.year AS year,
  code.score AS score
ORDER BY m.id, role, p.year IS NULL, p.year DESC, p.id, r.id
LIMIT $limit
