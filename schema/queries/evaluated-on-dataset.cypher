// What is evaluated on a data set or benchmark: methods, the most supported first, then papers, the newest first.
// param dataset: string, required
// param limit: integer = 50
MATCH (d:Dataset|Benchmark)
WHERE d.id = $dataset OR toLower(d.name) = toLower($dataset)
  OR any(alias IN d.aliases WHERE toLower(alias) = toLower($dataset)) OR $dataset IN d.former_ids
MATCH (x:Method|Paper)-[e:EVALUATED_ON|EVALUATES_ON]->(d)
WITH d, x, e, labels(x)[0] AS kind, coalesce(e.support, 1) AS support
RETURN d.name AS dataset, kind, CASE kind WHEN 'Paper' THEN x.title ELSE x.name END AS name, x.id AS id,
  CASE kind WHEN 'Paper' THEN x.year ELSE null END AS year, support, e.score AS score, e.evidence AS evidence
ORDER BY d.id, kind, support DESC, year IS NULL, year DESC, score DESC, id
LIMIT $limit
