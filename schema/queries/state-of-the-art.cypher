// The best stated results on a data set or benchmark in a metric: absolute values, as written, best first.
// Less is better where the metric says so; where it says nothing, more is.
// param dataset: string, required
// param metric: string, required
// param limit: integer = 20
MATCH (d:Dataset|Benchmark)
WHERE d.id = $dataset OR toLower(d.name) = toLower($dataset)
  OR any(alias IN d.aliases WHERE toLower(alias) = toLower($dataset)) OR $dataset IN d.former_ids
MATCH (r:Result)-[:ON]->(d)
WHERE r.delta = false AND r.number IS NOT NULL
MATCH (r)-[:MEASURES]->(k:Metric)
WHERE k.id = $metric OR toLower(k.name) = toLower($metric)
  OR any(alias IN k.aliases WHERE toLower(alias) = toLower($metric)) OR $metric IN k.former_ids
MATCH (p:Paper)-[:STATES]->(r)
OPTIONAL MATCH (r)-[:OF]->(m:Method)
WITH d, k, r, p, m, CASE WHEN k.higher_is_better = false THEN r.number ELSE -r.number END AS rank
RETURN d.name AS dataset, k.name AS metric, m.name AS method, r.value AS value, r.number AS number, r.unit AS unit,
  p.id AS paper, p.title AS title, p.year AS year
ORDER BY d.id, k.id, rank, p.year IS NULL, p.year, p.id, r.id, m.id IS NULL, m.id
LIMIT $limit
