// A shortest way between two methods, at most six steps, over methods and over papers that introduce, use or compare them.
// param from: string, required
// param to: string, required
MATCH (a:Method)
WHERE a.id = $from OR toLower(a.name) = toLower($from)
  OR any(alias IN a.aliases WHERE toLower(alias) = toLower($from)) OR $from IN a.former_ids
MATCH (b:Method)
WHERE b.id = $to OR toLower(b.name) = toLower($to)
  OR any(alias IN b.aliases WHERE toLower(alias) = toLower($to)) OR $to IN b.former_ids
WITH a, b
WHERE a.id <> b.id
MATCH path = allShortestPaths(
  (a)-[:INTRODUCES|USES|COMPARES_WITH|VARIANT_OF|PART_OF|OUTPERFORMS|COMPARED_WITH*..6]-(b))
WITH length(path) AS steps, [n IN nodes(path) | n.id] AS ids, [r IN relationships(path) | type(r)] AS relationships,
  [n IN nodes(path) | CASE labels(n)[0] WHEN 'Paper' THEN n.title ELSE n.name END] AS names
RETURN steps, names, relationships, ids
ORDER BY steps, ids, relationships
LIMIT 1
