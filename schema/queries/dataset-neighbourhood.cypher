// Everything that leads to a data set or benchmark in one step, by kind of relationship, the most supported first.
// param dataset: string, required
// param limit: integer = 100
MATCH (d:Dataset|Benchmark)
WHERE d.id = $dataset OR toLower(d.name) = toLower($dataset)
  OR any(alias IN d.aliases WHERE toLower(alias) = toLower($dataset)) OR $dataset IN d.former_ids
MATCH (x)-[r]->(d)
WITH d, x, r, labels(x)[0] AS label, coalesce(r.support, 1) AS support
RETURN d.name AS dataset, type(r) AS relationship, label,
  CASE label WHEN 'Paper' THEN x.title WHEN 'Result' THEN x.value ELSE x.name END AS name, x.id AS id, support,
  r.score AS score
ORDER BY d.id, relationship, label, support DESC, score DESC, id
LIMIT $limit
