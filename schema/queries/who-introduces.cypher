// Who introduces a method, data set or benchmark: the papers that propose or release it, the surest first.
// param name: string, required
// param limit: integer = 20
MATCH (x:Method|Dataset|Benchmark)
WHERE x.id = $name OR toLower(x.name) = toLower($name)
  OR any(alias IN x.aliases WHERE toLower(alias) = toLower($name)) OR $name IN x.former_ids
MATCH (p:Paper)-[i:INTRODUCES]->(x)
RETURN x.name AS name, labels(x)[0] AS label, p.id AS paper, p.title AS title, p.authors AS authors, p.year AS year,
  i.score AS score, i.evidence AS evidence
ORDER BY x.id, i.score DESC, p.year IS NULL, p.year, p.id
LIMIT $limit
